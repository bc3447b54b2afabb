"""The first scan of a JPEG made longer, to learn whether a decoder still waits for data there.

A decoder has read a whole scan when it has all blocks, and skips what follows up to the next marker. Of a scan that
ended early it takes what follows for the missing blocks: the picture changes.
"""

from __future__ import annotations

import re
from random import Random

# The first byte of a marker that ends a scan: no stuffed zero, no restart, no fill byte.
_END_OF_SCAN = re.compile(rb"\xff+[^\x00\xd0-\xd7\xff]")
_FILL = re.compile(rb"\xff+")
_SCAN, _BARE = 0xDA, frozenset({0x01, *range(0xD0, 0xD9)})
_NOISE_BYTES = 64


def prolonged(data: bytes) -> bytes:
    """A JPEG with noise at the end of its first scan; the same bytes where it has none.

    The first, for of later ones of a progressive file, and of one with a scan for each colour, no grey comes.
    """
    start = _first_scan(data)
    found = _END_OF_SCAN.search(data, start + 2) if start is not None else None
    if found is None:
        return data
    return data[: found.start()] + _noise() + data[found.start() :]


def _first_scan(data: bytes) -> int | None:
    """Where the length of its header is stored."""
    at = 2
    while (fill := _FILL.match(data, at)) and fill.end() < len(data):
        marker, at = data[fill.end()], fill.end() + 1
        if marker == _SCAN:
            return at
        if marker not in _BARE:
            at += int.from_bytes(data[at : at + 2], "big")
    return None


def _noise() -> bytes:
    """Entropy-coded data, with each restart marker: in a file with restarts, a decoder goes on behind one only."""
    random = Random(0)  # noqa: S311 - nothing is kept secret by it.
    parts = (bytes(random.randrange(255) for _ in range(_NOISE_BYTES)) for _ in range(9))
    return b"".join(part + bytes([0xFF, 0xD0 + number]) * (number < 8) for number, part in enumerate(parts))
