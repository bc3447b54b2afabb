"""The gallery of a model file: small pictures of what its filters and classes look for, in a folder beside it.

    models/animals-3.h5
    models/animals-3.gallery/gallery.json     which picture is of what, and of which model file
    models/animals-3.gallery/conv3-417.webp

Who passes a model on passes its gallery on. Whoever made it, nothing in it is run: a picture is read only where the
manifest names it, of the size that a small picture has, and is a WebP file with the digest that the manifest says.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recognizer import files

MANIFEST = "gallery.json"
FILE_NAME = r"[a-z0-9][a-z0-9_-]{0,60}\.webp"

MOST_PICTURES = 2000
"""Of the classes, or of the filters of a stage."""

_MAX_MANIFEST_BYTES = 4 * 2**20
_MAX_PICTURE_BYTES = 256 * 2**10
_Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)


class Drawn(_Record):
    """A picture of the gallery."""

    file: str = Field(pattern=f"^{FILE_NAME}$")
    digest: _Digest
    excited: float
    """Mean of the channel, or the class's logit, that the picture brings about."""


class DrawnFilter(Drawn):
    """A picture of what a filter looks for."""

    channel: int = Field(ge=0)


class DrawnClass(Drawn):
    """A picture of what a class looks like to the network."""

    label: str = Field(max_length=200)


class DrawnStage(_Record):
    """The filters of a stage that were drawn."""

    name: str = Field(max_length=60)
    layer: str = Field(max_length=200)
    channels: int = Field(ge=1)
    """Of which only some are drawn."""
    size: int = Field(ge=1, le=1024)
    """Side of the pictures in pixels."""
    filters: tuple[DrawnFilter, ...] = Field(max_length=MOST_PICTURES)


class Gallery(_Record):
    """The manifest of a gallery."""

    schema_version: Literal[1] = 1
    model_digest: _Digest
    """Of the model file whose filters these are."""
    stages: tuple[DrawnStage, ...] = Field(max_length=20)
    """From the input up."""
    classes: tuple[DrawnClass, ...] = Field(max_length=MOST_PICTURES)
    class_size: int = Field(ge=1, le=1024)
    """Side of the pictures of the classes in pixels."""
    steps: int = Field(ge=0)
    """Of gradient ascent that each picture took."""
    versions: dict[str, str] = Field(max_length=20)
    """Of the libraries that made it."""

    def pictures(self) -> Iterator[Drawn]:
        """All pictures, from the input up, then the classes."""
        return chain(*(stage.filters for stage in self.stages), self.classes)


def folder(model: Path) -> Path:
    """The folder of a model file's gallery, whether it is there or not."""
    return model.with_suffix(".gallery")


def read(model: Path, model_digest: str) -> Gallery | None:
    """The gallery that was made from just this model file; None where there is none, or a broken one.

    Args:
        model: the model file, which is not read.
        model_digest: its digest.
    """
    try:
        text = files.read_whole(folder(model) / MANIFEST, _MAX_MANIFEST_BYTES)
        found = Gallery.model_validate_json(text)
    except (OSError, ValidationError):
        return None
    return found if found.model_digest == model_digest else None


def picture(model: Path, gallery: Gallery, file: str) -> bytes | None:
    """A picture of the gallery, a WebP file; None where the manifest does not name it, or it is not what it names."""
    named = next((drawn for drawn in gallery.pictures() if drawn.file == file), None)
    if named is None or not re.fullmatch(FILE_NAME, file):
        return None
    try:
        data = files.read_whole(folder(model) / file, _MAX_PICTURE_BYTES)
    except OSError:
        return None
    is_webp = data[:4] == b"RIFF" and data[8:12] == b"WEBP"
    return data if is_webp and digest(data) == named.digest else None


def digest(data: bytes) -> str:
    """As the manifest has it."""
    return f"sha256:{hashlib.sha256(data).hexdigest()}"
