"""Files of Studio's pictures, as they were sent, under their digests; and a small copy of each for the pages.

<data folder>/studio/<project>/3f/3fa1....jpg, 3fa1....thumb.jpg
"""

from __future__ import annotations

import io
import os
import shutil
import uuid
from pathlib import Path

from django.conf import settings
from PIL import Image

from recognizer import files
from webui.config import data_folder

THUMBNAIL_SIDE = 240
_QUALITY = 80
_THUMBNAIL = ".thumb.jpg"


def root() -> Path:
    """The folder of all projects."""
    return Path(settings.ENVIRONMENT.data) / "studio"


def folder_of(project: uuid.UUID) -> Path:
    """The folder of a project's pictures."""
    return root() / str(project)


def path_of(project: uuid.UUID, digest: str) -> Path:
    """The file of a picture, whether it is there or not. It has no suffix: what is in it tells its kind."""
    return folder_of(project) / digest[:2] / digest


def write(project: uuid.UUID, digest: str, data: bytes, picture: Image.Image) -> int:
    """Writes a picture's file and its small copy, each whole or not at all; returns how many bytes they take.

    Args:
        project: whose picture.
        digest: of the file.
        data: the file.
        picture: RGB, upright.

    Raises:
        OSError: they cannot be written, such as on a full disk; nothing of them is left.
    """
    path = path_of(project, digest)
    for folder in (root(), folder_of(project), path.parent):
        data_folder.make(folder)
    small, was_there = _thumbnail(picture), path.exists()
    try:
        files.write_whole(path, data, mode=files.OWNER_ONLY)
        files.write_whole(_thumbnail_of(path), small, mode=files.OWNER_ONLY)
    except OSError:
        if not was_there:  # Else it is another's, who has sent the same at the same time.
            remove(project, digest)
        raise
    return len(data) + len(small)


def thumbnail(project: uuid.UUID, digest: str) -> bytes | None:
    """The small copy of a picture, a JPEG of at most 240 x 240 pixels; None where it is gone."""
    try:
        return _thumbnail_of(path_of(project, digest)).read_bytes()
    except OSError:
        return None


def remove(project: uuid.UUID, digest: str) -> None:
    """Removes a picture's file and its small copy, as far as they are there."""
    path = path_of(project, digest)
    path.unlink(missing_ok=True)
    _thumbnail_of(path).unlink(missing_ok=True)


def remove_project(project: uuid.UUID) -> None:
    """Removes all files of a project."""
    shutil.rmtree(folder_of(project), ignore_errors=True)


def place(project: uuid.UUID, digest: str, target: Path) -> None:
    """Puts a picture's file at another place, without a second copy of its bytes where the file system allows it.

    Raises:
        OSError: it is gone, or cannot be put there.
    """
    source = path_of(project, digest)
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # Another file system, or one without hard links.
        shutil.copyfile(source, target)


def _thumbnail_of(path: Path) -> Path:
    return path.with_name(path.name + _THUMBNAIL)


def _thumbnail(picture: Image.Image) -> bytes:
    small = picture.copy()
    small.thumbnail((THUMBNAIL_SIDE, THUMBNAIL_SIDE), Image.Resampling.LANCZOS)
    small.info.clear()
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_QUALITY)
    return buffer.getvalue()
