"""Answers one question about the bytes of a connection: is a whole request here, and where does it end?

    head, to the first empty line -> Content-Length, or a walk over the chunks -> end

gunicorn's parser remains the one that reads requests. It gets the bytes up to `end` and no others: where the
two disagree it meets the end of its input, so that a mistake here costs one connection and nothing else.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum

MAX_HEAD_BYTES = 64 * 2**10

_EMPTY_LINE = b"\r\n\r\n"
# A method begins with a capital letter; one empty line before it is ignored (RFC 9112, section 2.2).
_BEGINNING = re.compile(rb"[A-Z\r]")
_CHUNK_LINE = re.compile(rb"([0-9a-fA-F]{1,16})[ \t]*(?:;.*)?", re.DOTALL)
_MAX_CHUNK_LINE_BYTES = 8 * 2**10
# What the heads of chunks may take beside what is in them. Each is a turn of a loop in Python, and honest ones have
# kilobytes; 64 MB in chunks of one byte take minutes, and with the extensions of RFC 9112, section 7.1.1, gigabytes.
_FREE_FRAMING_BYTES = 64 * 2**10
_MAX_FRAMING_SHARE = 1 / 8


class Verdict(Enum):
    """What there is to say about the bytes that have arrived."""

    INCOMPLETE = "more has to come"
    COMPLETE = "all of it is here"
    UNCLEAR = "something is wrong with it, and the parser shall say what"
    HEAD_TOO_LARGE = "the head does not end in time"
    BODY_TOO_LARGE = "the body is, or is going to be, longer than allowed"
    CHUNKS_TOO_SMALL = "the chunks of the body have more about them than in them"


@dataclass(frozen=True)
class Head:
    """Request line and header fields, as they were sent."""

    request_line: bytes
    fields: tuple[bytes, ...]

    @classmethod
    def of(cls, data: bytes) -> Head:
        """Splits a head, given without the empty line at its end."""
        request_line, *fields = data.removeprefix(b"\r\n").split(b"\r\n")
        return cls(request_line, tuple(fields))

    def values(self, name: bytes) -> list[bytes]:
        """The values of every field of this name, which is in lower case."""
        return [field.partition(b":")[2].strip(b" \t") for field in self.fields if _name(field) == name]

    @property
    def expects_continue(self) -> bool:
        """True if the client sends no body before it has heard `100 Continue`."""
        expected = any(value.lower() == b"100-continue" for value in self.values(b"expect"))
        return expected and not self.request_line.endswith(b"HTTP/1.0")

    def without_expectation(self) -> bytes:
        """The head for a parser that shall not answer `100 Continue` itself."""
        return self._rewritten(drop={b"expect"})

    def last_of_connection(self) -> bytes:
        """The head for a parser that shall not answer `100 Continue` itself, nor wait for another request."""
        return self._rewritten(drop={b"expect", b"connection"}, add=(b"Connection: close",))

    @property
    def method_and_path(self) -> tuple[str, str]:
        """As the request line has them, without the query."""
        method, _, rest = self.request_line.decode("latin-1").partition(" ")
        return method, rest.partition(" ")[0].partition("?")[0]

    def too_large(self, body_bytes: int) -> bytes:
        """The head for an application that refuses it by its length: no body follows, nor another request."""
        added = (b"Connection: close", b"Content-Length: %d" % body_bytes)
        return self._rewritten(drop={b"expect", b"connection", b"content-length", b"transfer-encoding"}, add=added)

    def _rewritten(self, *, drop: set[bytes], add: tuple[bytes, ...] = ()) -> bytes:
        kept = [field for field in self.fields if _name(field) not in drop]
        return b"\r\n".join([self.request_line, *add, *kept]) + _EMPTY_LINE


def _name(field: bytes) -> bytes:
    return field.partition(b":")[0].lower()


class RequestFraming:
    """Follows one request through the growing bytes of its connection."""

    def __init__(self, *, max_body_bytes: int) -> None:
        self.head: Head | None = None
        """None until all of it is here."""
        self.body_start = 0
        """Where the body begins; 0 until there is a head."""
        self.body_bytes = 0
        """Length of the body: what was declared; of a chunked one, what its chunks so far say."""
        self.end = 0
        """Where a complete request ends."""
        self._max_body_bytes = max_body_bytes
        self._examined = 0
        self._chunks: ChunkWalk | None = None

    def examine(self, data: bytes | bytearray) -> Verdict:
        """Looks at all bytes so far, of which only the last ones are new."""
        if self.head is None:
            verdict = self._look_for_head(data)
            if verdict is not Verdict.INCOMPLETE or not self.body_start:
                return verdict
        return self._look_for_end(data)

    def _look_for_head(self, data: bytes | bytearray) -> Verdict:
        found = data.find(_EMPTY_LINE, max(0, self._examined - len(_EMPTY_LINE) + 1))
        end = len(data) if found < 0 else found + len(_EMPTY_LINE)
        if not _BEGINNING.match(data) or _has_bare_line_feed(data, self._examined, end):
            return Verdict.UNCLEAR
        if end > MAX_HEAD_BYTES:
            return Verdict.HEAD_TOO_LARGE
        self._examined = end
        if found < 0:
            return Verdict.INCOMPLETE
        self.head, self.body_start = Head.of(bytes(data[:found])), end
        return self._look_at_lengths(self.head)

    def _look_at_lengths(self, head: Head) -> Verdict:
        codings = [coding.strip(b" \t").lower() for coding in b",".join(head.values(b"transfer-encoding")).split(b",")]
        lengths = head.values(b"content-length")
        if codings == [b""]:
            return self._look_at_content_length(lengths)
        if lengths or codings[-1] != b"chunked":
            return Verdict.UNCLEAR
        self._chunks = ChunkWalk(self.body_start, max_body_bytes=self._max_body_bytes)
        return Verdict.INCOMPLETE

    def _look_at_content_length(self, lengths: list[bytes]) -> Verdict:
        if len(lengths) > 1 or not all(length.isdigit() and len(length) < 19 for length in lengths):
            return Verdict.UNCLEAR
        self.body_bytes = int(lengths[0]) if lengths else 0
        return Verdict.BODY_TOO_LARGE if self.body_bytes > self._max_body_bytes else Verdict.INCOMPLETE

    def _look_for_end(self, data: bytes | bytearray) -> Verdict:
        if self._chunks is None:
            self.end = self.body_start + self.body_bytes
            return Verdict.COMPLETE if len(data) >= self.end else Verdict.INCOMPLETE
        verdict = self._chunks.examine(data)
        self.end, self.body_bytes = self._chunks.position, self._chunks.payload_bytes
        return verdict


class ChunkWalk:
    """Walks over the frames of a chunked body (RFC 9112, section 7.1) and past what is in them."""

    def __init__(self, start: int, *, max_body_bytes: int) -> None:
        self.position = start
        """How far the walk has come; after the last frame, where the body ends."""
        self.payload_bytes = 0
        """Sum of the sizes that the chunks so far declare."""
        self._max_body_bytes = max_body_bytes
        self._start = start
        self._in_trailers = False

    def examine(self, data: bytes | bytearray) -> Verdict:
        """Goes on as far as the bytes lead."""
        verdict = None
        while verdict is None:
            verdict = self._look_for_trailers_end(data) if self._in_trailers else self._pass_chunk(data)
        return verdict

    def _pass_chunk(self, data: bytes | bytearray) -> Verdict | None:
        """Steps over one chunk if all of it is here; None: look for the next."""
        line_end = data.find(b"\r\n", self.position, self.position + _MAX_CHUNK_LINE_BYTES)
        if line_end < 0:
            return self._incomplete_up_to(_MAX_CHUNK_LINE_BYTES, data)
        line = _CHUNK_LINE.fullmatch(data, self.position, line_end)
        if line is None:
            return Verdict.UNCLEAR
        size = int(line[1], 16)
        if size == 0:
            self._in_trailers, self.position = True, line_end
            return None
        return self._pass_payload(data, line_end + 2, size)

    def _pass_payload(self, data: bytes | bytearray, start: int, size: int) -> Verdict | None:
        if self.payload_bytes + size > self._max_body_bytes:
            self.payload_bytes += size
            return Verdict.BODY_TOO_LARGE
        end = start + size + 2
        if len(data) < end:
            return Verdict.INCOMPLETE
        if data[end - 2 : end] != b"\r\n":
            return Verdict.UNCLEAR
        self.payload_bytes += size
        self.position = end
        framing_bytes = self.position - self._start - self.payload_bytes
        too_much = framing_bytes > _FREE_FRAMING_BYTES + self.payload_bytes * _MAX_FRAMING_SHARE
        return Verdict.CHUNKS_TOO_SMALL if too_much else None

    def _look_for_trailers_end(self, data: bytes | bytearray) -> Verdict:
        # From the line end of the last chunk on: without trailers, it is the first half of the empty line.
        found = data.find(_EMPTY_LINE, self.position)
        if found < 0:
            return self._incomplete_up_to(MAX_HEAD_BYTES, data)
        self.position = found + len(_EMPTY_LINE)
        return Verdict.COMPLETE

    def _incomplete_up_to(self, most_bytes: int, data: bytes | bytearray) -> Verdict:
        return Verdict.INCOMPLETE if len(data) - self.position <= most_bytes else Verdict.UNCLEAR


def _has_bare_line_feed(data: bytes | bytearray, start: int, end: int) -> bool:
    """True if a line ends without carriage return, which the parser refuses; the bytes before `start` are fine."""
    return data.count(b"\n", start, end) != data.count(b"\r\n", max(0, start - 1), end)
