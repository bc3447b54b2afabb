"""Moves one file, also to another file system, and never over another one."""

from __future__ import annotations

import os
import shutil
from pathlib import Path


def moved(source: Path, target: Path) -> bool:
    """Moves a file or a link; False: something is at `target` already, and nothing was done.

    Renaming would be one step, but it replaces what is there without asking.

    Raises:
        OSError: it cannot be moved; it is still where it was, and nothing is at `target`.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        _link_or_copy(source, target)
    except FileExistsError:
        return False
    try:
        source.unlink()
    except OSError:
        target.unlink()
        raise
    return True


def _link_or_copy(source: Path, target: Path) -> None:
    try:
        os.link(source, target, follow_symlinks=False)
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # Another file system, or one that knows no links.
        _copy(source, target)


def _copy(source: Path, target: Path) -> None:
    if source.is_symlink():
        target.symlink_to(source.readlink())
        return
    with source.open("rb") as original, target.open("xb") as copy:
        try:
            shutil.copyfileobj(original, copy)
            copy.flush()
            os.fsync(copy.fileno())
            shutil.copystat(source, target)
        except OSError:
            target.unlink()
            raise
