"""Files that are written whole or not at all, and read no further than a limit.

    hidden draft beside the file -> (fsync) -> rename -> (fsync of the folder)

A reader sees the old file or the new one, never a half. What a killed process leaves is a hidden file that ends in
`.part`.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

EVERYONE, OWNER_ONLY = 0o666, 0o600
"""Who may read a new file; the process's umask takes its share off."""


@contextmanager
def written_whole(path: Path, *, durable: bool = False, mode: int = EVERYONE) -> Iterator[Path]:
    """Gives an empty draft beside `path`, which takes its place when the block ends; not if the block raises.

    Args:
        path: the file, which may be there already.
        durable: whether to wait until the disk has the file and its name, so that a power failure keeps both.
        mode: permissions of the file.

    Raises:
        OSError: it cannot be written there.
    """
    draft = path.with_name(f".{secrets.token_hex(8)}.part")
    os.close(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode))
    try:
        yield draft
        if durable:
            flush(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)
    if durable:
        flush(path.parent)


def write_whole(path: Path, data: bytes, *, durable: bool = False, mode: int = EVERYONE) -> None:
    """Writes a file; what was at `path` stays there until all of it is written. See `written_whole`."""
    with written_whole(path, durable=durable, mode=mode) as draft:
        draft.write_bytes(data)


def flush(path: Path) -> None:
    """Waits until the disk has a file's bytes, or a folder's names."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def read_at_most(path: Path, most_bytes: int) -> bytes:
    """The first `most_bytes` of a file, or all of one that is shorter; a larger file costs no more memory.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file.read(most_bytes)
