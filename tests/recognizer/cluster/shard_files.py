"""Tar files, made in memory."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterable


def shard(members: Iterable[tuple[str, bytes]], *, packed: bool = False) -> bytes:
    """A tar file with these members, by name; names may be there twice."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if packed else "w") as archive:
        for name, content in members:
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


def shard_with_link(name: str, target: str) -> bytes:
    """A tar file with nothing in it but a link."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        entry = tarfile.TarInfo(name)
        entry.type, entry.linkname = tarfile.SYMTYPE, target
        archive.addfile(entry)
    return buffer.getvalue()
