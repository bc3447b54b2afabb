"""What an audit can find, in words that a person understands who never trained a network."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import NamedTuple

from training.audit.image_check import Examined, FileFacts, Quality
from training.data.dataset import Dataset


class Weight(Enum):
    """What a finding means for the training."""

    FAULT = "fault"
    """Should not be trained on; quarantine moves it."""
    LOOK = "look"
    """A person should look at it and decide."""
    NOTE = "note"
    """Good to know; nothing needs to be done."""


class _Words(NamedTuple):
    code: str
    weight: Weight
    title: str
    advice: str


class Kind(Enum):
    """Kinds of findings, the gravest first."""

    TOO_FEW = _Words(
        "too_few", Weight.LOOK, "Too few pictures", "`fit` refuses this. Add pictures, or remove the class."
    )
    UNREADABLE = _Words(
        "unreadable", Weight.FAULT, "Cannot be read", "Not trained on. Save them again, or remove them."
    )
    TRUNCATED = _Words("truncated", Weight.FAULT, "Cut off", "Not trained on. Copy or download them again.")
    CONFLICT = _Words(
        "conflict",
        Weight.FAULT,
        "The same file in several classes",
        "Not trained on. Keep each in its one right class.",
    )
    OUTRANKED = _Words(
        "outranked",
        Weight.FAULT,
        "The same file in another class of a later folder",
        "Not trained on: of several --data folders, the last one that has it counts, as a correction should.",
    )
    LEAK = _Words(
        "leak",
        Weight.FAULT,
        "The same file in the test folder",
        "Remove them from the training folder: a test on pictures that were learned by heart says nothing.",
    )
    NEAR_LEAK = _Words(
        "near_leak",
        Weight.FAULT,
        "Copies of test pictures",
        "Re-encoded, resized, cropped or mirrored. Remove them from the training folder, as above.",
    )
    COPY = _Words(
        "copy", Weight.FAULT, "The same file several times", "One is enough: copies make a picture count several times."
    )
    NEAR_COPY = _Words(
        "near_copy",
        Weight.FAULT,
        "Copies of one photograph",
        "Re-encoded, resized, cropped or mirrored. One is enough; the largest is kept.",
    )
    NEAR_CONFLICT = _Words(
        "near_conflict",
        Weight.LOOK,
        "Copies of one photograph in several classes",
        "One of the classes is probably wrong. Look at each, and keep it in one.",
    )
    SIMILAR_CONFLICT = _Words(
        "similar_conflict",
        Weight.LOOK,
        "Nearly the same scene in several classes",
        "Right where classes differ in details; otherwise one of them is in the wrong class.",
    )
    SIMILAR_LEAK = _Words(
        "similar_leak",
        Weight.LOOK,
        "Nearly the same scene as in the test folder",
        "Shots of one burst make a test easier than the world is. Look whether they belong together.",
    )
    DARK = _Words("dark", Weight.LOOK, "Very dark", "Remove those on which you cannot recognise anything yourself.")
    BRIGHT = _Words(
        "bright", Weight.LOOK, "Very bright", "Remove those on which you cannot recognise anything yourself."
    )
    FLAT = _Words(
        "flat", Weight.LOOK, "Nearly of one colour", "Remove those on which you cannot recognise anything yourself."
    )
    BLURRED = _Words("blurred", Weight.LOOK, "Blurred", "Keep them if you will be asked about pictures like these.")
    TINY = _Words(
        "tiny", Weight.LOOK, "Very small", "Look for larger ones: they are enlarged for the network, and are soft."
    )
    ODD_SHAPE = _Words("odd_shape", Weight.LOOK, "Very long or tall", "Cut out the part that matters.")
    PASSED_OVER = _Words(
        "passed_over", Weight.LOOK, "Passed over", "Not trained on. Convert or move them, or leave it so."
    )
    UNBALANCED = _Words(
        "unbalanced",
        Weight.LOOK,
        "Classes of very different size",
        "Add pictures to the small ones; training weighs them up.",
    )
    SIMILAR = _Words(
        "similar",
        Weight.NOTE,
        "Nearly the same scene",
        "Shots of one burst, or larger crops. Kept on one side when pictures are held back for validation.",
    )
    ROTATED = _Words("rotated", Weight.NOTE, "Turned by their EXIF data", "Nothing to do: they are turned upright.")
    COLOUR_MODE = _Words("colour_mode", Weight.NOTE, "Stored in unusual colours", "Nothing to do: they are converted.")
    WRONG_SUFFIX = _Words(
        "wrong_suffix", Weight.NOTE, "Named as another kind of file", "Nothing to do: the content counts."
    )

    @property
    def code(self) -> str:
        """A stable name, for programs."""
        return self.value.code

    @property
    def weight(self) -> Weight:
        """What it means for the training."""
        return self.value.weight

    @property
    def title(self) -> str:
        """What it is called."""
        return self.value.title

    @property
    def advice(self) -> str:
        """What to do about it."""
        return self.value.advice


@dataclass(frozen=True)
class Finding:
    """One thing that was found: a picture, or several that belong together."""

    kind: Kind
    files: tuple[Path, ...]
    """The files concerned; none where it is about a class."""
    detail: str
    """A plain sentence on this one; "" where the kind says it all."""
    surplus: tuple[Path, ...] = ()
    """Those of `files` that should not be trained on."""

    @property
    def count(self) -> int:
        """Pictures that something is to be done about: of three copies, two."""
        return len(self.surplus or self.files) or 1


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
    "MPO": {".jpg", ".jpeg", ".jpe", ".jfif"},
    "PNG": {".png"},
    "WEBP": {".webp"},
    "GIF": {".gif"},
    "BMP": {".bmp", ".dib"},
    "DIB": {".bmp", ".dib"},
    "TIFF": {".tif", ".tiff"},
}


def findings(path: Path, examined: Examined, *, tiny_px: float) -> Iterator[Finding]:
    """Everything about one readable picture that a person may want to know.

    Args:
        path: its file.
        examined: what was seen in it.
        tiny_px: a short side below this is called tiny.
    """
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_light(examined.quality))
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_size(examined.facts, tiny_px))
    yield from (Finding(kind, (path,), detail) for kind, detail in _about_file(path, examined.facts))


def _about_light(quality: Quality) -> Iterator[tuple[Kind, str]]:
    """The gravest only: what is dark is flat and blurred as well."""
    if quality.is_dark:
        yield Kind.DARK, f"Its brightest parts have {quality.brightest:.0f} of 255."
    elif quality.is_bright:
        yield Kind.BRIGHT, f"Its darkest parts have {quality.darkest:.0f} of 255."
    elif quality.is_flat:
        yield Kind.FLAT, f"Its brightness varies by {quality.contrast:.0f} of 255."
    elif quality.is_blurred:
        yield Kind.BLURRED, "No part of it is sharp."


def _about_size(facts: FileFacts, tiny_px: float) -> Iterator[tuple[Kind, str]]:
    size = f"{facts.width} x {facts.height} pixels."
    short, long = sorted((facts.width, facts.height))
    if short < tiny_px:
        yield Kind.TINY, size
    if long > _MAX_PROPORTION * short:
        yield Kind.ODD_SHAPE, size


def _about_file(path: Path, facts: FileFacts) -> Iterator[tuple[Kind, str]]:
    if facts.orientation != 1:
        yield Kind.ROTATED, f"EXIF orientation {facts.orientation}."
    if facts.mode in _MODES:
        yield Kind.COLOUR_MODE, f"Stored as {_MODES[facts.mode]}."
    if path.suffix.lower() not in _SUFFIXES.get(facts.format, {path.suffix.lower()}):
        yield Kind.WRONG_SUFFIX, f"It is a {facts.format} file."


MIN_IMAGES_PER_CLASS = 2
_UNBALANCED = 5
"""The largest class has at least this many times the pictures of the smallest."""


def refusals(usable: Dataset) -> Iterator[Finding]:
    """Why no classifier can be made of the usable pictures."""
    if len(usable.class_names) < 2:
        only = usable.class_names[0]
        yield _about(f"There is only one class, {only!r}. A classifier needs at least two folders to tell apart.")
    for label, name in enumerate(usable.class_names):
        different = len({image.digest for image in usable.images if image.label == label})
        if different < MIN_IMAGES_PER_CLASS:
            yield _about(
                f"The class {name!r} has {different} different usable pictures; at least {MIN_IMAGES_PER_CLASS} are"
                " needed, and some dozens for a model that is any good."
            )


def imbalance(usable: Dataset) -> Iterator[Finding]:
    """Whether some classes are far smaller than others."""
    counts = usable.counts()
    smallest, largest = (choose(counts, key=lambda name: counts[name]) for choose in (min, max))
    if counts[largest] >= _UNBALANCED * counts[smallest]:
        detail = f"{largest!r} has {counts[largest]} pictures, {smallest!r} has {counts[smallest]}."
        yield Finding(Kind.UNBALANCED, (), detail)


def _about(detail: str) -> Finding:
    return Finding(Kind.TOO_FEW, (), detail)
