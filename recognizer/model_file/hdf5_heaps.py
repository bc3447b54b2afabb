"""The check of an H5 file's global heaps, which hold its strings: damage there keeps libhdf5 busy for ever.

    "GCOL", version, size | object: number, size, text | object ... | free space: number 0, size

libhdf5 1.14 steps from object to object by the sizes that it finds there. A size of 0, or one so large that the
sum wraps round, lets it step on the spot, or out of its memory, and no signal handler of Python's gets a turn.
https://support.hdfgroup.org/documentation/hdf5/latest/_f_m_t3.html#GlobalHeap
"""

from __future__ import annotations

import mmap
from collections.abc import Iterator
from pathlib import Path

from recognizer.errors import ArtifactError

_SIGNATURE = b"GCOL"
_VERSION = b"\x01"
_HEADER_BYTES = _OBJECT_HEADER_BYTES = 16
_LEAST_BYTES = 4096
# A model of ours has some hundred strings. Heaps that lie across each other would keep us busy.
_MAX_OBJECTS = 200_000


def check(path: Path) -> None:
    """Refuses an H5 file with a global heap that libhdf5 would not come to the end of.

    Raises:
        ArtifactError: there is such a heap.
        OSError: the file cannot be read.
    """
    if path.stat().st_size < _LEAST_BYTES:
        return
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        if any(count == _MAX_OBJECTS for count, _ in enumerate(_objects(data))):
            raise ArtifactError(f"Expected at most {_MAX_OBJECTS} strings in a model file.")


def _objects(data: mmap.mmap) -> Iterator[int]:
    """Where libhdf5 would find the objects of all heaps."""
    start = data.find(_SIGNATURE)
    while start >= 0:
        end = start + int.from_bytes(data[start + 8 : start + 16], "little")
        # Other pieces with this signature are no heap for libhdf5 either: numbers, by chance.
        if data[start + 4 : start + 5] == _VERSION and start + _LEAST_BYTES <= end <= len(data):
            yield from _objects_of_heap(data, start + _HEADER_BYTES, end)
        start = data.find(_SIGNATURE, start + len(_SIGNATURE))


def _objects_of_heap(data: mmap.mmap, place: int, end: int) -> Iterator[int]:
    while end - place >= _OBJECT_HEADER_BYTES:
        yield place
        number = int.from_bytes(data[place : place + 2], "little")
        size = int.from_bytes(data[place + 8 : place + _OBJECT_HEADER_BYTES], "little")
        step = _OBJECT_HEADER_BYTES + (size + 7) // 8 * 8 if number else size  # Free space counts its header.
        if not 0 < step <= end - place:
            raise ArtifactError("The file is damaged: a heap of strings in it has no end. Copy it again.")
        place += step
