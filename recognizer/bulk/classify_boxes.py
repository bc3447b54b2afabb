"""Classification of the boxes that a detector found in pictures.

entry -> its file, inside the folder -> decode, as large as its boxes need -> square around each box -> network
      -> the same entry, with classifications
"""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from math import ceil
from typing import Any

from recognizer.bulk import megadetector
from recognizer.bulk.classify_files import UnreadableFile, in_threads, read_picture
from recognizer.bulk.megadetector import Box, Entry
from recognizer.errors import ImageError, without_traceback
from recognizer.images.decode import Picture, decode
from recognizer.images.decoding_limits import MAX_SIDE
from recognizer.predictions import Prediction
from recognizer.recognizer import Recognizer

# An entry may hold any number of boxes; so many at once go through the network.
_BATCH = 16


class OutsideFolder(ImageError):
    """A detector's file names a picture that is not in the folder it was given with."""

    code = "outside_folder"
    title = "The picture is not in the folder"


@dataclass(frozen=True)
class Answered:
    """An entry of a detector's file whose boxes were classified, as far as they could be."""

    entry: Entry
    classified: int
    unusable: int
    """Boxes that are empty, or not within the picture."""
    error: ImageError | None
    """Why the picture cannot be read."""


class BoxClassifier:
    """Classifies those boxes of a detector's file that are of some category, and sure enough."""

    def __init__(self, recognizer: Recognizer, folder: str, categories: Iterable[str], least_confidence: float) -> None:
        """What is asked about.

        Args:
            recognizer: the model.
            folder: which the file's paths begin at; no picture outside is read.
            categories: of the detector; boxes of others are left alone.
            least_confidence: of the detector, 0 to 1; boxes below are left alone.
        """
        self._recognizer = recognizer
        self._folder = os.path.abspath(folder)  # noqa: PTH100  # Names are kept as text, see image_files.
        self._categories = frozenset(categories)
        self._least_confidence = least_confidence

    def answers(self, entries: Iterable[Entry]) -> Generator[tuple[Entry, Answered], None, None]:
        """Each entry and what became of it, in order; to stop early, close the iterator."""
        return in_threads(self._answer, entries)

    def _answer(self, entry: Entry) -> Answered:
        detections = [_unclassified(detection) for detection in entry.get("detections") or []]
        wanted = [detection for detection in detections if self._is_wanted(detection)]
        boxed = [(detection, box) for detection in wanted if (box := megadetector.box_of(detection))]
        error = None
        try:
            predictions = self._classify(entry["file"], [box for _, box in boxed])
        except ImageError as err:
            predictions, error = [], without_traceback(err)
        for (detection, _), prediction in zip(boxed, predictions, strict=False):  # No picture, no predictions.
            detection["classifications"] = megadetector.classifications(prediction, self._recognizer.metadata)
        answered = entry | {"detections": detections} if detections else entry
        return Answered(answered, len(predictions), len(wanted) - len(boxed), error)

    def _is_wanted(self, detection: Any) -> bool:
        confidence = megadetector.confidence(detection)
        if confidence is None or confidence < self._least_confidence:
            return False
        category = detection.get("category")
        return isinstance(category, str) and category in self._categories

    def _classify(self, name: str, boxes: list[Box]) -> list[Prediction]:
        if not boxes:
            return []
        preprocessing = self._recognizer.metadata.preprocessing
        smallest = min(max(box.width, box.height) for box in boxes)
        picture = decode(
            read_picture(_inside(self._folder, name)),
            needed_short_side=min(MAX_SIDE, ceil(preprocessing.input_size / smallest)),
        )
        predictions: list[Prediction] = []
        for start in range(0, len(boxes), _BATCH):
            squares = [_square(picture, box, preprocessing.crop_fraction) for box in boxes[start : start + _BATCH]]
            predictions += self._recognizer.classify_pictures(squares)
        return predictions


def _unclassified(detection: Any) -> Any:
    """A detection without what another classifier said, whose categories do not stay."""
    if not isinstance(detection, dict):
        return detection
    return {key: value for key, value in detection.items() if key != "classifications"}


def _inside(folder: str, name: str) -> str:
    """The path of a picture that a detector's file names, with slashes or with Windows's backslashes.

    Raises:
        OutsideFolder: it is not in the folder.
        UnreadableFile: it is no path.
    """
    if "\0" in name or not _is_encodable(name):
        raise UnreadableFile("No file can have its name.")
    spelled = name if "\\" not in name or _exists(folder, name) else name.replace("\\", "/")
    path = os.path.normpath(os.path.join(folder, spelled))  # noqa: PTH118
    if os.path.commonpath([folder, path]) != folder:
        raise OutsideFolder("Its path leads out of it.")
    return path


def _is_encodable(name: str) -> bool:
    try:
        os.fsencode(name)
    except UnicodeEncodeError:
        return False
    return True


def _exists(folder: str, name: str) -> bool:
    return os.path.exists(os.path.join(folder, name))  # noqa: PTH110, PTH118


def _square(picture: Picture, box: Box, kept_share: float) -> Picture:
    """The square around a box, as much of it as is in the picture, so large that the network sees all of the box.

    A box fits its animal closely, whereas the model learned from pictures with something around theirs, and of
    which it saw a share of `kept_share` around the middle.
    """
    width, height = picture.rgb.size
    side = max(box.width * width, box.height * height) / kept_share
    left, right = _span(box.left + box.width / 2, side, width)
    upper, lower = _span(box.top + box.height / 2, side, height)
    rgb = picture.rgb.crop((left, upper, right, lower))
    return Picture(rgb, rgb.width, rgb.height)


def _span(middle: float, side: float, length: int) -> tuple[int, int]:
    """First pixel, and the one past the last, of `side` pixels around a middle (0 to 1), moved to be in the picture."""
    pixels = min(max(1, round(side)), length)
    start = min(max(0, round(middle * length - pixels / 2)), length - pixels)
    return start, start + pixels
