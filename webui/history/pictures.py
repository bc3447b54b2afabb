"""Keeps small copies of classified pictures as files: made anew, without metadata, under names that nobody guesses.

<data folder>/pictures/3f/3fa1...-....jpg      at most 512 x 512 pixels, JPEG
<storage>/pictures/3f/3fa1...-....jpg          the same where MENAGERIE_STORAGE names one
"""

from __future__ import annotations

import functools
import io
import uuid
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from django.conf import settings
from PIL import Image

from recognizer import files
from recognizer.errors import OperatorError
from webui.config import data_folder, shared_storage
from webui.config.shared_storage import StorageError

_FOLDER = "pictures"
MAX_SIDE = 512
"""Of a kept picture, in pixels. Networks look at 224; more is for people."""
THUMBNAIL_SIDE = 160
_QUALITY = 85
_THUMBNAIL_QUALITY = 75


class PicturesUnavailable(OperatorError):
    """The storage of the pictures cannot be asked at this moment, so nobody knows whether there is one."""

    code = "pictures_unavailable"
    title = "The pictures cannot be looked at"

    def __init__(self) -> None:
        super().__init__(
            "The storage of the kept pictures cannot be reached at this moment, and this needs it. Pictures are"
            " answered all the same. The server's log says why."
        )


def folder() -> Path:
    """The folder of the kept pictures, where no storage has them."""
    return Path(settings.ENVIRONMENT.data) / _FOLDER


def path_of(answer_id: uuid.UUID) -> Path:
    """The file of an answer's picture, whether it is there or not; of no use where a storage has them."""
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
    data, storage = _jpeg(picture, _QUALITY), shared_storage.current()
    if storage is not None:
        storage.write(_object_of(answer_id), data)
        return len(data)
    path = path_of(answer_id)
    if not path.parent.is_dir():
        data_folder.make(folder())  # A folder's parents would be made for everybody.
        data_folder.make(path.parent)
    files.write_whole(path, data, mode=files.OWNER_ONLY)
    return len(data)


def save_all(kept: Sequence[tuple[uuid.UUID, Image.Image]]) -> list[int]:
    """Writes the pictures of several answers, as `save` does; into a storage some at the same time."""
    storage = shared_storage.current()
    if storage is not None:
        return storage.at_the_same_time(lambda each: save(*each), kept)
    return [save(answer_id, picture) for answer_id, picture in kept]


def read(answer_id: uuid.UUID) -> bytes | None:
    """The file of an answer's picture; None where it is gone.

    Raises:
        PicturesUnavailable: the storage cannot be asked.
    """
    storage = shared_storage.current()
    try:
        return path_of(answer_id).read_bytes() if storage is None else storage.read(_object_of(answer_id))
    except StorageError as err:
        raise PicturesUnavailable from err
    except OSError:
        return None


def exists(answer_id: uuid.UUID) -> bool:
    """Whether an answer's picture is kept; raises as `read` does."""
    storage = shared_storage.current()
    try:
        return path_of(answer_id).is_file() if storage is None else storage.has(_object_of(answer_id))
    except StorageError as err:
        raise PicturesUnavailable from err


def thumbnail(answer_id: uuid.UUID) -> bytes | None:
    """A JPEG of at most 160 x 160 pixels, made in some milliseconds; None where the picture is gone or damaged.

    Raises:
        PicturesUnavailable: the storage cannot be asked.
    """
    data = read(answer_id)
    try:
        return None if data is None else _small(data)
    except OSError:
        return None


def remove(answer_ids: Iterable[uuid.UUID]) -> None:
    """Removes the pictures of answers; one that is not there is no error.

    From a storage they are removed in the background; what cannot be is swept up later, see `retention.py`.
    """
    storage = shared_storage.current()
    for answer_id in answer_ids:
        if storage is None:
            path_of(answer_id).unlink(missing_ok=True)
        else:
            storage.soon(functools.partial(storage.remove, _object_of(answer_id)))


def kept_before(time_s: float) -> Iterator[uuid.UUID]:
    """Ids of the answers whose pictures were written before a time, in seconds since 1970.

    Raises:
        StorageError: the storage cannot be asked.
    """
    storage = shared_storage.current()
    old = _files_before(time_s) if storage is None else map(Path, storage.written_before(_FOLDER, time_s))
    for path in old:
        answer_id = _answer_of(path)
        if answer_id is not None:
            yield answer_id


def remove_drafts_before(time_s: float) -> None:
    """Removes drafts that a killed process left before a time, in seconds since 1970; a storage has none."""
    for path in folder().glob("??/.*"):
        if _is_older(path, time_s):
            path.unlink(missing_ok=True)


def _object_of(answer_id: uuid.UUID) -> str:
    return f"{_FOLDER}/{str(answer_id)[:2]}/{answer_id}.jpg"


def _files_before(time_s: float) -> Iterator[Path]:
    return (path for path in folder().glob("??/*.jpg") if _is_older(path, time_s))


def _small(data: bytes) -> bytes:
    with Image.open(io.BytesIO(data), formats=["JPEG"]) as picture:
        picture.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE))  # Decodes at 1/2 scale where that is enough.
        return _jpeg(picture, _THUMBNAIL_QUALITY)


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
