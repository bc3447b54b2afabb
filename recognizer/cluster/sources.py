"""Where pictures and shards are: local files and folders, and the addresses of object stores, such as s3://.

"photographs/", "s3://bucket/shards" -> find -> pictures and shards, each a Place -> opened, on any machine
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import IO, cast
from urllib.parse import urlsplit

from pyarrow import fs

from recognizer import files
from recognizer.bulk.account import Account
from recognizer.bulk.classify_files import UnreadableFile, read_picture
from recognizer.bulk.image_files import PassedOver, is_named_so, picture_files
from recognizer.cluster.shards import is_shard
from recognizer.errors import CallerError
from recognizer.images.decode import MAX_BYTES

_HERE = ""


@dataclass(frozen=True)
class Place:
    """A file, wherever it is."""

    path: str
    """What people call it, and what its row is found by: an absolute path, or an address without a key."""
    store: str
    """The object store: s3://bucket, with the parameters that were given; empty: a disk."""
    inside: bytes
    """Its path there, as the file system has it: names need not be UTF-8."""


@dataclass
class Found:
    """All that is to be classified."""

    pictures: list[Place] = field(default_factory=list)
    shards: list[Place] = field(default_factory=list)
    passed_over: Account = field(default_factory=Account)

    def add(self, place: Place) -> None:
        """Takes a file by its suffix."""
        (self.shards if is_shard(place.path) else self.pictures).append(place)


def find(sources: Iterable[str]) -> Found:
    """Looks for pictures and shards, each once, in an order that is always the same.

    Raises:
        CallerError: there is no such source, or nothing in any of them.
    """
    found = Found()
    for source in dict.fromkeys(sources):
        for place in _in_store(source, found) if is_address(source) else _on_disk(source, found):
            found.add(place)
    found.pictures, found.shards = list(dict.fromkeys(found.pictures)), list(dict.fromkeys(found.shards))
    if not found.pictures and not found.shards:
        raise CallerError(" ".join(found.passed_over.lines("There are no pictures and no tar files", "docs/bulk.md")))
    return found


def is_address(text: str) -> bool:
    """Whether it is an address, not a path."""
    return "://" in text


def local(path: str) -> Place:
    """A file on a disk."""
    inside = os.fsencode(os.path.abspath(path))  # noqa: PTH100 - Path would resolve no `..`.
    return Place(inside.decode("utf-8", "backslashreplace"), _HERE, inside)


def read(store: str, inside: bytes) -> bytes:
    """The bytes of a picture, but for what is past the most that is read.

    Raises:
        UnreadableFile: they cannot be had.
    """
    if store == _HERE:
        return read_picture(os.fsdecode(inside))
    try:
        with opened(store, inside) as file:
            return file.read(MAX_BYTES + 1)
    except OSError as err:
        raise UnreadableFile(f"{err.strerror or err}.") from err


def opened(store: str, inside: bytes) -> IO[bytes]:
    """A file, opened for reading from its beginning to its end.

    Raises:
        OSError: it cannot be.
    """
    if store == _HERE:
        return files.open_plain(Path(os.fsdecode(inside)))
    return cast("IO[bytes]", _store(store).open_input_stream(inside.decode()))


def file_system(address: str) -> tuple[fs.FileSystem, str]:
    """The file system of an address or of a folder on a disk, and the path there.

    Raises:
        CallerError: nothing here reads such addresses.
    """
    if not is_address(address):
        return fs.LocalFileSystem(), os.path.abspath(address)  # noqa: PTH100 - as in `local`.
    try:
        return cast("tuple[fs.FileSystem, str]", fs.FileSystem.from_uri(address))
    except (ValueError, OSError) as err:
        shown = _without_key(address)
        raise CallerError(f"The address {shown} cannot be used: {str(err).replace(address, shown)}") from err


@lru_cache
def _store(address: str) -> fs.FileSystem:
    return file_system(address)[0]


def _on_disk(source: str, found: Found) -> Iterator[Place]:
    path = Path(source)
    if not path.exists():
        raise CallerError(f"There is no file or folder {source}.")
    if not path.is_dir():
        yield local(source)
        return
    shards: list[Place] = []

    def pass_over(entry: PassedOver) -> None:
        if not entry.is_folder and is_shard(entry.path.name) and entry.path.is_file():
            shards.append(local(str(entry.path)))
        else:
            found.passed_over.add(entry)

    yield from map(local, picture_files(os.path.abspath(source), pass_over=pass_over))  # noqa: PTH100
    yield from shards


def _in_store(source: str, found: Found) -> Iterator[Place]:
    parts = urlsplit(source)
    query = f"?{parts.query}" if parts.query else ""
    store = f"{parts.scheme}://{parts.netloc or '/'}{query}"
    files_there, path = file_system(source)
    try:
        info = files_there.get_file_info(path)
        is_folder = info.type == fs.FileType.Directory
        inside = files_there.get_file_info(fs.FileSelector(path, recursive=True)) if is_folder else [info]
    except OSError as err:
        raise CallerError(f"{_without_key(source)} cannot be listed: {err}") from err
    if info.type == fs.FileType.NotFound:
        raise CallerError(f"There is nothing at {_without_key(source)}.")
    for each in sorted(inside, key=lambda each: each.path):
        place = Place(f"{parts.scheme}://{each.path}", store, each.path.encode())
        if each.type != fs.FileType.File:
            continue
        if is_folder and not (is_shard(each.path) or is_named_so(Path(each.path))):
            found.passed_over.add(PassedOver(Path(each.path), "No picture, and no tar file, by its suffix."))
            continue
        yield place


def _without_key(address: str) -> str:
    """An address to be shown: a key and a secret may stand in it."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
