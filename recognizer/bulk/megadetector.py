"""MegaDetector's results format, which camera-trap programs such as Timelapse and AddaxAI read.

    answers -> entries -> write, picture by picture
    a detector's file -> read -> its entries

https://lila.science/megadetector-output-format
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, NoReturn, TypeGuard

from recognizer import files
from recognizer.errors import CallerError, ImageError
from recognizer.predictions import NamedModel, Prediction

Entry = dict[str, Any]
"""What a results file says of one picture."""

MOST_BYTES = 256 * 2**20
"""Of a detector's file, which is held in memory at several times its size: some million pictures."""

_FORMAT_VERSION = "1.6"
# Programs look for detections by this name.
_ANIMAL_CATEGORY, _ANIMAL = "1", "animal"
_MOST_CLASSES = 5
_WHOLE_PICTURE = (0.0, 0.0, 1.0, 1.0)
# What detectors' arithmetic may leave outside of a picture.
_TOLERANCE = 0.01


class ResultsFileError(CallerError):
    """A results file cannot be read as one, or would take the place of a file that is there."""

    code = "results_file"
    title = "The results file cannot be used"


@dataclass(frozen=True)
class Box:
    """A part of a picture, in shares of its width and height, 0 to 1."""

    left: float
    top: float
    width: float
    height: float


def place(path: Path, *, overwrite: bool) -> Path:
    """Where a results file will be written: `path`, or what it links to.

    Raises:
        ResultsFileError: there is a file, which is not to be overwritten.
        OSError: what is there is no plain file.
    """
    if path.exists():
        files.open_plain(path).close()
        if not overwrite:
            raise ResultsFileError(f"{path} is there already. Choose another file, or add --overwrite.")
    return path.resolve()


def write(path: Path, entries: Iterable[Entry], others: Callable[[], dict[str, Any]]) -> None:
    """Writes a results file; what was at `path` stays there until all of it is written.

    Args:
        path: the file.
        entries: taken one by one, so that memory does not grow with their number.
        others: the keys beside `images`, asked for after the last entry.

    Raises:
        OSError: it cannot be written.
    """
    with files.written_whole(path, durable=True) as draft, draft.open("w", encoding="utf-8") as file:
        file.write('{\n"images": [')
        separator = "\n"
        for entry in entries:
            file.write(separator + json.dumps(entry, allow_nan=False))
            separator = ",\n"
        file.write("\n]")
        for key, value in others().items():
            file.write(f",\n{json.dumps(key)}: {json.dumps(value, allow_nan=False)}")
        file.write("\n}\n")


def entry(file: str, answer: Prediction | ImageError, model: NamedModel) -> Entry:
    """The entry of a picture that was looked at whole: a box around all of it, or none where it is none of the classes.

    The confidence of the box is the likeness, or 1 of a model that has no scale for it.
    """
    if isinstance(answer, ImageError):
        return {"file": file, "failure": f"{answer.title}: {answer}", "detections": None}
    if not answer.known:
        return {"file": file, "detections": []}
    conf = 1.0 if answer.likeness is None else float(answer.likeness)
    classes = classifications(answer, model)
    box = {"category": _ANIMAL_CATEGORY, "conf": conf, "bbox": _WHOLE_PICTURE, "classifications": classes}
    return {"file": file, "detections": [box]}


def classifications(prediction: Prediction, model: NamedModel) -> list[tuple[str, float]]:
    """The best classes by their number and score, best first; none where it is none of them."""
    if not prediction.known:
        return []
    return [(str(model.class_names.index(each.label)), each.score) for each in prediction.top[:_MOST_CLASSES]]


def of_whole_pictures(model: NamedModel, digest: str) -> dict[str, Any]:
    """The keys beside `images` of a file by a classifier alone."""
    thresholds = {"typical_detection_threshold": 0.5, "conservative_detection_threshold": 0.5}
    return {
        "detection_categories": {_ANIMAL_CATEGORY: _ANIMAL},
        **_classification_categories(model),
        "info": {"format_version": _FORMAT_VERSION, "detector_metadata": thresholds, **_classifier(model, digest)},
    }


def with_classes(document: dict[str, Any], model: NamedModel, digest: str) -> dict[str, Any]:
    """The keys beside `images` of a detector's file whose boxes were classified; another classifier's are dropped."""
    dropped = ("images", "info", "classification_categories", "classification_category_descriptions")
    info = {key: value for key, value in document["info"].items() if key != "classifier_metadata"}
    return {
        **{key: value for key, value in document.items() if key not in dropped},
        **_classification_categories(model),
        "info": info | _classifier(model, digest),
    }


def _classification_categories(model: NamedModel) -> dict[str, Any]:
    return {"classification_categories": {str(number): name for number, name in enumerate(model.class_names)}}


def _classifier(model: NamedModel, digest: str) -> dict[str, str]:
    now = datetime.now().astimezone()
    return {
        "classifier": f"{model.name}-{model.version} {digest}",
        "classification_completion_time": now.strftime("%Y-%m-%d %H:%M:%S"),
    }


def read(path: Path) -> dict[str, Any]:
    """A detector's file. Of what it says, only what boxes are found by is checked; `box_of` checks each of those.

    Raises:
        ResultsFileError: it is no such file.
        OSError: it is larger than `MOST_BYTES`, cannot be read, or is no plain file.
    """
    try:
        document = json.loads(files.read_whole(path, MOST_BYTES), parse_constant=_refuse_constant)
        fault = _fault(document)
    except RecursionError:
        fault = "it is nested too deep"
    except ValueError as err:
        fault = f"it is no JSON, {err}"
    if fault:
        raise ResultsFileError(f"{path} is not a detector's file in MegaDetector's format: {fault}.")
    return document  # type: ignore[no-any-return]  # It is one.


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"for {name} is none")


def _fault(document: Any) -> str:
    """What is wrong with a document of a results file; else empty.

    Raises:
        ValueError, RecursionError: it could not be written again as JSON.
    """
    if not isinstance(document, dict):
        return "it is no JSON object"
    for key, kind in (("info", dict), ("detection_categories", dict), ("images", list)):
        if not isinstance(document.get(key), kind):
            return f"its {key} are missing, or of another kind"
    for number, each in enumerate(document["images"]):
        if not isinstance(each, dict) or not isinstance(each.get("file"), str):
            return f"entry {number} of its images names no file"
        if not isinstance(each.get("detections"), list | None):
            return f"entry {number} of its images has detections that are no list"
        json.dumps(each, allow_nan=False)
    json.dumps({key: value for key, value in document.items() if key != "images"}, allow_nan=False)
    return ""


def animal_categories(document: dict[str, Any]) -> list[str]:
    """The detector's categories that a classifier is asked about: animals, or all of them if none is called so."""
    categories: dict[str, Any] = document["detection_categories"]
    return [key for key, name in categories.items() if name == _ANIMAL] or list(categories)


def confidence(detection: Any) -> float | None:
    """How sure the detector is, 0 to 1; None where it does not say so."""
    value = detection.get("conf") if isinstance(detection, dict) else None
    return float(value) if _is_number(value) and 0 <= value <= 1 else None


def box_of(detection: dict[str, Any]) -> Box | None:
    """The part of the picture that a detection is about; None where it is not within the picture, or empty."""
    numbers = detection.get("bbox")
    if not isinstance(numbers, list) or len(numbers) != 4 or not all(map(_is_number, numbers)):
        return None
    across, down = _within(numbers[0], numbers[2]), _within(numbers[1], numbers[3])
    return Box(across[0], down[0], across[1], down[1]) if across and down else None


def _is_number(value: object) -> TypeGuard[float]:
    """Whether something is a number, and none that is far too large, infinite or NaN."""
    return isinstance(value, int | float) and not isinstance(value, bool) and -10 < value < 10


def _within(start: float, extent: float) -> tuple[float, float] | None:
    """Start and extent of a side, cut to 0 to 1; None where more than a rounding is outside, or nothing inside."""
    begin, end = max(start, 0.0), min(start + extent, 1.0)
    is_inside = start >= -_TOLERANCE and start + extent <= 1 + _TOLERANCE
    return (begin, end - begin) if is_inside and begin < end else None
