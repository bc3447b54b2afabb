"""The findings of an audit: their kinds, in words for people who never trained a network, and when each is raised.

ImageCheck -> image_findings; classes -> too_few_findings, imbalance_findings; duplicates.py raises those on copies
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from training.audit.image_check import FileFacts, ImageCheck, Quality
from training.data import parts
from training.data.dataset import Dataset

NETWORK_SIDE_PX = 224
"""What most networks take; pictures with less than half of it are called tiny."""
_MAX_PROPORTION = 3.0

_MODES = {
    "CMYK": "CMYK, the colours of printing",
    "16 bit": "16 bits for each colour",
    "P": "a palette",
    "PA": "a palette with transparency, laid over white",
    "RGBA": "transparency, laid over white",
    "LA": "grey with transparency, laid over white",
    "1": "black and white without grey",
}
"""How a picture may be stored, beside plain RGB and grey."""

_SUFFIXES = {
    "JPEG": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "MPO": {".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"},
    "PNG": {".png"},
    "WEBP": {".webp"},
    "GIF": {".gif"},
    "BMP": {".bmp", ".dib"},
    "DIB": {".bmp", ".dib"},
    "TIFF": {".tif", ".tiff"},
}

MIN_IMAGES_PER_CLASS = 2
_UNBALANCED = 5
"""The largest class has at least this many times the pictures of the smallest."""


class Weight(Enum):
    """The weight of a finding: what it means for the training."""

    FAULT = "fault"
    """Should not be trained on; quarantine moves it."""
    LOOK = "look"
    """A person should look at it and decide."""
    NOTE = "note"
    """Good to know; nothing needs to be done."""


class _Words(NamedTuple):
    code: str
    """The stable name of the kind, for programs."""
    weight: Weight
    """What findings of the kind mean for the training."""
    title: str
    """What people call the kind."""
    advice: str
    """What to do about findings of the kind."""


class FindingKind(_Words, Enum):
    """The kinds of findings, the gravest first."""

    TOO_FEW = ("too_few", Weight.LOOK, "Too few pictures", "`fit` refuses this. Add pictures, or remove the class.")
    UNREADABLE = ("unreadable", Weight.FAULT, "Cannot be read", "Not trained on. Save them again, or remove them.")
    TRUNCATED = ("truncated", Weight.FAULT, "Cut off", "Not trained on. Copy or download them again.")
    CONFLICT = (
        "conflict",
        Weight.FAULT,
        "The same file in several classes",
        "Not trained on. Keep each in its one right class.",
    )
    OUTRANKED = (
        "outranked",
        Weight.FAULT,
        "The same file in another class of a later folder",
        "Not trained on: of several --data folders, the last one that has it counts, as a correction should.",
    )
    LEAK = (
        "leak",
        Weight.FAULT,
        "The same file in the test folder",
        "Remove them from the training folder: a test on pictures that were learned by heart says nothing.",
    )
    NEAR_LEAK = (
        "near_leak",
        Weight.FAULT,
        "Copies of test pictures",
        "Re-encoded, resized, cropped or mirrored. Remove them from the training folder: a test on them says nothing.",
    )
    COPY = (
        "copy",
        Weight.FAULT,
        "The same file several times",
        "One is enough: copies make a picture count several times.",
    )
    NEAR_COPY = (
        "near_copy",
        Weight.FAULT,
        "Copies of one photograph",
        "Re-encoded, resized, cropped or mirrored. One is enough; the largest is kept.",
    )
    NEAR_CONFLICT = (
        "near_conflict",
        Weight.LOOK,
        "Copies of one photograph in several classes",
        "One of the classes is probably wrong. Look at each, and keep it in one.",
    )
    SIMILAR_CONFLICT = (
        "similar_conflict",
        Weight.LOOK,
        "Nearly the same scene in several classes",
        "Right where classes differ in details; otherwise one of them is in the wrong class.",
    )
    SIMILAR_LEAK = (
        "similar_leak",
        Weight.LOOK,
        "Nearly the same scene as in the test folder",
        "Shots of one burst make a test easier than the world is. Look whether they belong together.",
    )
    DARK = ("dark", Weight.LOOK, "Very dark", "Remove those on which you cannot recognise anything yourself.")
    BRIGHT = ("bright", Weight.LOOK, "Very bright", "Remove those on which you cannot recognise anything yourself.")
    FLAT = (
        "flat",
        Weight.LOOK,
        "Nearly of one colour",
        "Remove those on which you cannot recognise anything yourself.",
    )
    BLURRED = ("blurred", Weight.LOOK, "Blurred", "Keep them if you will be asked about pictures like these.")
    TINY = ("tiny", Weight.LOOK, "Very small", "Look for larger ones: they are enlarged for the network, and are soft.")
    ODD_SHAPE = ("odd_shape", Weight.LOOK, "Very long or tall", "Cut out the part that matters.")
    UNKNOWN_DIFFERS = (
        "unknown_differs",
        Weight.LOOK,
        "Pictures of other things differ in more than what they show",
        "A model learns that instead of things. Take those of other things from the same cameras, at the same sizes.",
    )
    CLASSES_DIFFER = (
        "classes_differ",
        Weight.LOOK,
        "Classes differ in more than what they show",
        "A model learns that instead of things. Take pictures of all classes from the same cameras and places.",
    )
    PASSED_OVER = ("passed_over", Weight.LOOK, "Passed over", "Not trained on. Convert or move them, or leave it so.")
    UNBALANCED = (
        "unbalanced",
        Weight.LOOK,
        "Classes of very different size",
        "Add pictures to the small ones; training weighs them up.",
    )
    SIMILAR = (
        "similar",
        Weight.NOTE,
        "Nearly the same scene",
        "Shots of one burst, or larger crops. Kept on one side when pictures are held back for validation.",
    )
    ROTATED = ("rotated", Weight.NOTE, "Turned by their EXIF data", "Nothing to do: they are turned upright.")
    COLOUR_MODE = ("colour_mode", Weight.NOTE, "Stored in unusual colours", "Nothing to do: they are converted.")
    WRONG_SUFFIX = ("wrong_suffix", Weight.NOTE, "Named as another kind of file", "Nothing to do: the content counts.")


@dataclass(frozen=True)
class Finding:
    """One finding: about a picture, about several that belong together, or about a class."""

    kind: FindingKind
    files: tuple[Path, ...]
    """The picture files that the finding is about; none where it is about a class."""
    detail: str
    """A plain sentence about this finding; "" where its kind says it all."""
    surplus: tuple[Path, ...] = ()
    """Those of `files` that should not be trained on."""

    @property
    def count(self) -> int:
        """How many pictures something is to be done about: of three copies, two."""
        return len(self.surplus or self.files) or 1


def image_findings(path: Path, checked: ImageCheck, *, tiny_px: float) -> Iterator[Finding]:
    """The findings about one readable picture.

    Args:
        path: the picture file.
        checked: the result of its check.
        tiny_px: a short side below this is called tiny.
    """
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_light(checked.quality))
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_size(checked.facts, tiny_px))
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_file(path, checked.facts))


def _about_light(quality: Quality) -> Iterator[tuple[FindingKind, str]]:
    """The gravest only: what is dark is flat and blurred as well."""
    if quality.is_dark:
        yield FindingKind.DARK, f"Its brightest parts have {quality.brightest:.0f} of 255."
    elif quality.is_bright:
        yield FindingKind.BRIGHT, f"Its darkest parts have {quality.darkest:.0f} of 255."
    elif quality.is_flat:
        yield FindingKind.FLAT, f"Its brightness varies by {quality.contrast:.0f} of 255."
    elif quality.is_blurred:
        yield FindingKind.BLURRED, "No part of it is sharp."


def _about_size(facts: FileFacts, tiny_px: float) -> Iterator[tuple[FindingKind, str]]:
    size = f"{facts.width} x {facts.height} pixels."
    short, long = sorted((facts.width, facts.height))
    if short < tiny_px:
        yield FindingKind.TINY, size
    if long > _MAX_PROPORTION * short:
        yield FindingKind.ODD_SHAPE, size


def _about_file(path: Path, facts: FileFacts) -> Iterator[tuple[FindingKind, str]]:
    if facts.orientation != 1:
        yield FindingKind.ROTATED, f"EXIF orientation {facts.orientation}."
    if facts.mode in _MODES:
        yield FindingKind.COLOUR_MODE, f"Stored as {_MODES[facts.mode]}."
    if path.suffix.lower() not in _SUFFIXES.get(facts.format, {path.suffix.lower()}):
        yield FindingKind.WRONG_SUFFIX, f"It is a {facts.format} file."


def too_few_findings(usable: Dataset) -> Iterator[Finding]:
    """Why no classifier can be trained: a single class, or classes with too few different usable pictures."""
    if len(usable.class_names) < 2:
        only = usable.class_names[0]
        yield _about(
            f"There is only one class, {only!r}. A classifier needs at least two folders to tell apart."
            + parts.instead(usable.folders)
        )
    for label, name in enumerate(usable.class_names):
        different = len({image.digest for image in usable.images if image.label == label})
        if different < MIN_IMAGES_PER_CLASS:
            yield _about(
                f"The class {name!r} has {different} different usable pictures; at least {MIN_IMAGES_PER_CLASS} are"
                " needed, and some dozens for a model that is any good."
            )


def imbalance_findings(usable: Dataset) -> Iterator[Finding]:
    """A finding where the largest class has far more pictures than the smallest."""
    counts = usable.counts()
    smallest, largest = (choose(counts, key=lambda name: counts[name]) for choose in (min, max))
    if counts[largest] > counts[smallest] and counts[largest] >= _UNBALANCED * counts[smallest]:
        detail = f"{largest!r} has {counts[largest]} pictures, {smallest!r} has {counts[smallest]}."
        yield Finding(FindingKind.UNBALANCED, (), detail)


def _about(detail: str) -> Finding:
    return Finding(FindingKind.TOO_FEW, (), detail)
