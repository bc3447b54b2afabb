"""Keeps small copies of classified pictures as files: made anew, without metadata, under names that nobody guesses.

<data folder>/pictures/3f/3fa1...-....jpg      at most 512 x 512 pixels, JPEG
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.conf import settings
from PIL import Image

from recognizer import files
from webui.config import data_folder

MAX_SIDE = 512
"""Of a kept picture, in pixels. Networks look at 224; more is for people."""
THUMBNAIL_SIDE = 160
_QUALITY = 85
_THUMBNAIL_QUALITY = 75


def folder() -> Path:
    """The folder of the kept pictures."""
    return Path(settings.ENVIRONMENT.data) / "pictures"


def path_of(answer_id: uuid.UUID) -> Path:
    """The file of an answer's picture, whether it is there or not."""
    return folder() / str(answer_id)[:2] / f"{answer_id}.jpg"


def shrunk(picture: Image.Image) -> Image.Image:
    """A copy of at most `MAX_SIDE` pixels a side, without metadata."""
    small = picture.copy() if max(picture.size) <= MAX_SIDE else _reduced(picture)
    small.info.clear()  # Pillow would write comment and XMP back into the file.
    return small


def save(answer_id: uuid.UUID, picture: Image.Image) -> int:
    """Writes an answer's picture, whole or not at all; returns its size in bytes.

    Args:
        answer_id: whose picture.
        picture: RGB, upright, as `shrunk` makes it.

    Raises:
        OSError: it cannot be written.
    """
    if picture.mode != "RGB":
        raise ValueError(f"Expected a picture of mode 'RGB'. Received: mode={picture.mode!r}.")
    path, data = path_of(answer_id), _jpeg(picture, _QUALITY)
    if not path.parent.is_dir():
        data_folder.make(folder())  # A folder's parents would be made for everybody.
        data_folder.make(path.parent)
    files.write_whole(path, data, mode=files.OWNER_ONLY)
    return len(data)


def read(answer_id: uuid.UUID) -> bytes | None:
    """The file of an answer's picture; None where it is gone."""
    try:
        return path_of(answer_id).read_bytes()
    except OSError:
        return None


def thumbnail(answer_id: uuid.UUID) -> bytes | None:
    """A JPEG of at most 160 x 160 pixels, made in some milliseconds; None where the picture is gone or damaged."""
    try:
        with Image.open(path_of(answer_id), formats=["JPEG"]) as picture:
            picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))  # Decodes at 1/2 scale where that is enough.
            return _jpeg(picture, _THUMBNAIL_QUALITY)
    except OSError:
        return None


def remove(answer_ids: Iterable[uuid.UUID]) -> None:
    """Removes the pictures of answers; one that is not there is no error."""
    for answer_id in answer_ids:
        path_of(answer_id).unlink(missing_ok=True)


def kept_before(time_s: float) -> Iterator[uuid.UUID]:
    """Ids of the answers whose pictures were written before a time, in seconds since 1970."""
    for path in folder().glob("??/*.jpg"):
        answer_id = _answer_of(path)
        if answer_id is not None and _is_older(path, time_s):
            yield answer_id


def remove_drafts_before(time_s: float) -> None:
    """Removes drafts that a killed process left before a time, in seconds since 1970."""
    for path in folder().glob("??/.*"):
        if _is_older(path, time_s):
            path.unlink(missing_ok=True)


def _reduced(picture: Image.Image) -> Image.Image:
    width, height = picture.size
    scale = MAX_SIDE / max(picture.size)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    return picture.resize(size, Image.Resampling.BOX)  # Two thirds of the time of the next better one.


def _jpeg(picture: Image.Image, quality: int) -> bytes:
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality)
    return buffer.getvalue()


def _answer_of(path: Path) -> uuid.UUID | None:
    try:
        return uuid.UUID(path.stem)
    except ValueError:  # Not ours.
        return None


def _is_older(path: Path, time_s: float) -> bool:
    try:
        return path.stat().st_mtime < time_s
    except FileNotFoundError:  # Somebody has removed it meanwhile.
        return False
