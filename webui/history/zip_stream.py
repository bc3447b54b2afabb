"""A file for `zipfile` to write into, whose bytes are sent on while it is being written."""

from __future__ import annotations


class Outbox:
    """A file that cannot be rewound and gives away what was written to it."""

    def __init__(self) -> None:
        self._waiting = bytearray()

    def write(self, data: bytes, /) -> int:
        """Takes bytes to be given away."""
        self._waiting += data
        return len(data)

    def flush(self) -> None:
        """Does nothing: no bytes wait elsewhere."""

    def close(self) -> None:
        """Does nothing: no file is open."""

    def take(self) -> bytes:
        """The bytes written since the last call."""
        taken, self._waiting = bytes(self._waiting), bytearray()
        return taken
