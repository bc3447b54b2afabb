"""Reads a multipart form while it arrives: one part after the other, each in pieces.

`inference/form_parts.py` splits one that is in memory, and reads the headers of parts for both.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from webui.inference.form_parts import MAX_HEAD_BYTES, Head, MalformedForm, read_head

PIECE_BYTES = 256 * 2**10
# What may follow the boundary in its line.
_MOST_LINE_BYTES = 80


@dataclass(frozen=True)
class StreamedPart:
    """One part of a form."""

    head: Head
    content: Iterator[bytes]
    """Ends where the part does; what is left of it is passed over when the next part is asked for."""


class FormStream:
    """A form that is arriving."""

    def __init__(self, read: Callable[[int], bytes], boundary: bytes, begun: bytes = b"") -> None:
        """Begins at its first byte.

        Args:
            read: gives at most so many bytes; none at the end.
            boundary: what separates the parts.
            begun: what has been read of it already.
        """
        self._read = read
        self._mark = b"\r\n--" + boundary
        self._buffer = bytearray(b"\r\n" + begun)  # The first boundary may be the very beginning.
        self._is_last = False

    def parts(self) -> Iterator[StreamedPart]:
        """The parts, in their order.

        Raises:
            MalformedForm: it ends within a part, or cannot be read.
        """
        self._pass_over(self._content())  # What comes before the first part.
        while not self._is_last:
            content = self._content()
            yield StreamedPart(self._head(), content)
            self._pass_over(content)

    def _pass_over(self, content: Iterator[bytes]) -> None:
        for _ in content:
            pass

    def _fill(self) -> None:
        data = self._read(PIECE_BYTES)
        if not data:
            raise MalformedForm("It ends within a part.")
        self._buffer += data

    def _head(self) -> Head:
        self._buffer[:0] = b"\r\n"  # So that a part without headers has an empty line, too.
        while (end := self._buffer.find(b"\r\n\r\n")) < 0:
            if len(self._buffer) > MAX_HEAD_BYTES:
                raise MalformedForm(f"The headers of a part have more than {MAX_HEAD_BYTES // 2**10} kB.")
            self._fill()
        head = read_head(bytes(self._buffer[2:end]))
        del self._buffer[: end + 4]
        if head.encoding == "base64":
            raise MalformedForm("Parts in base64 are not read here. Send the files as they are.")
        return head

    def _content(self) -> Iterator[bytes]:
        """What comes before the next boundary, which is taken off."""
        while True:
            at = self._buffer.find(self._mark)
            if at < 0:
                yield from self._taken(len(self._buffer) - len(self._mark) + 1)
                self._fill()
                continue
            yield from self._taken(at)
            if self._takes_boundary():
                return
            yield from self._taken(len(self._mark))  # It only looks like one.

    def _taken(self, count: int) -> Iterator[bytes]:
        if count > 0:
            data = bytes(self._buffer[:count])
            del self._buffer[:count]
            yield data

    def _takes_boundary(self) -> bool:
        """Takes off the line of a boundary that the buffer begins with; False: it is none."""
        start = len(self._mark)
        while (end := self._buffer.find(b"\n", start)) < 0 and len(self._buffer) < start + _MOST_LINE_BYTES:
            if self._buffer[start : start + 2] == b"--":  # The last one; no line end need follow.
                break
            self._fill()
        line = bytes(self._buffer[start : max(end, start + 2)]).strip()
        if line == b"--":
            self._is_last = True
            return True
        if end < 0 or line:
            return False
        del self._buffer[: end + 1]
        return True
