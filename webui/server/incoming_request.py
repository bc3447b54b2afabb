"""Keeps the bytes of a request that is still arriving, and says until when the rest must be here.

nothing yet    -> as long as an idle connection is kept
in the head    -> `head_timeout_s` from the first byte
in the body    -> a grace, then as much time as the bytes so far have earned at the slowest pace allowed
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

from webui.server.request_framing import Head, RequestFraming, Verdict

_PIECE_BYTES = 64 * 2**10
# The time that is looked back on where a client's pace is asked for.
_PACE_S = 0.5


@dataclass(frozen=True)
class Limits:
    """How large and how slow a request may be."""

    max_body_bytes: int
    idle_timeout_s: float = 5.0
    head_timeout_s: float = 10.0
    body_grace_s: float = 10.0
    body_bytes_per_s: float = 16 * 2**10
    request_timeout_s: float = 300.0
    buffered_requests: int = 4
    """Of the greatest length, that are kept at the same time."""
    share_of_client: float = 0.5
    """What the large ones of one client may take of that."""
    large_share: float = 0.25
    """Of the greatest length, from which on a request is a large one."""

    @property
    def most_bytes(self) -> int:
        """What all requests together may take that arrive or are being answered."""
        return self.buffered_requests * self.max_body_bytes


class IncomingRequest:
    """One request on its way in."""

    def __init__(self, limits: Limits, *, now: float) -> None:
        """Begins without a byte.

        Args:
            limits: how large and how slow it may be.
            now: the time, in seconds.
        """
        self.verdict = Verdict.INCOMPLETE
        self._limits = limits
        self._framing = RequestFraming(max_body_bytes=limits.max_body_bytes)
        self._data = bytearray()
        self._idle_until = now + limits.idle_timeout_s
        self._began = now
        self._body_began = now
        self._told_to_continue = False
        self._pace_since, self._pace_bytes, self._pace_before = now, 0, math.inf

    def receive(self, data: bytes, *, now: float) -> Verdict:
        """Takes the next bytes, at least one."""
        in_head = self._framing.head is None
        if not self._data:
            self._began = self._pace_since = now
        self._data += data
        self._look_at_pace(now)
        self._pace_bytes += len(data)
        self.verdict = self._framing.examine(self._data)
        if in_head:
            self._body_began = now
        return self.verdict

    @property
    def buffered_bytes(self) -> int:
        """Bytes that are here."""
        return len(self._data)

    @property
    def awaited_bytes(self) -> int:
        """Bytes that are declared and not here yet; 0 where none are declared."""
        framing = self._framing
        return max(0, framing.body_start + framing.body_bytes - len(self._data)) if framing.head else 0

    @property
    def forwarded_for(self) -> str:
        """What proxies say for whom they ask, the last one last; empty until the head is here."""
        head = self._framing.head
        return b",".join(head.values(b"x-forwarded-for")).decode("latin-1") if head else ""

    def pace(self, now: float) -> float:
        """Bytes a second that have arrived lately; infinite for one that has just begun."""
        self._look_at_pace(now)
        return max(self._pace_before, self._pace_bytes / _PACE_S)

    def _look_at_pace(self, now: float) -> None:
        periods = (now - self._pace_since) // _PACE_S
        if periods >= 1:
            self._pace_before = self._pace_bytes / _PACE_S if periods == 1 else 0.0
            self._pace_since, self._pace_bytes = self._pace_since + periods * _PACE_S, 0

    @property
    def deadline(self) -> float:
        """When the rest must be here, in seconds."""
        if not self._data:
            return self._idle_until
        if self._framing.head is None:
            return self._began + self._limits.head_timeout_s
        earned_s = (len(self._data) - self._framing.body_start) / self._limits.body_bytes_per_s
        return min(
            self._began + self._limits.request_timeout_s, self._body_began + self._limits.body_grace_s + earned_s
        )

    def hurry(self, deadline: float) -> None:
        """Moves the deadline of a connection on which nothing has arrived yet."""
        self._idle_until = min(self._idle_until, deadline)

    def must_be_told_to_continue(self) -> bool:
        """True, once, if the client waits for `100 Continue` before it sends the body."""
        if not self.expects_continue:
            return False
        self._told_to_continue = True
        return True

    @property
    def head(self) -> Head | None:
        """Request line and header fields; None until they are here."""
        return self._framing.head

    @property
    def expects_continue(self) -> bool:
        """Whether the client waits to be told to send the body, and has not been told."""
        head = self._framing.head
        return head is not None and head.expects_continue and not self._told_to_continue

    def split_off_rest(self) -> bytes:
        """Takes away what follows a complete request: the beginning of the next one."""
        if self.verdict is not Verdict.COMPLETE:
            return b""
        rest = bytes(self._data[self._framing.end :])
        del self._data[self._framing.end :]
        return rest

    def pieces(self) -> Iterator[bytes]:
        """The bytes for the parser; of a body that is too large the head only."""
        head, start = self._framing.head, 0
        if head and self.verdict is Verdict.BODY_TOO_LARGE:
            yield head.too_large(max(self._framing.body_bytes, self._limits.max_body_bytes + 1))
            return
        if head and head.expects_continue:
            yield head.without_expectation()
            start = self._framing.body_start
        while start < len(self._data):
            with memoryview(self._data) as view:  # Copies once; a slice of a bytearray would be another copy.
                piece = view[start : start + _PIECE_BYTES].tobytes()
            yield piece
            start += _PIECE_BYTES

    def pieces_of_streamed(self) -> Iterator[bytes]:
        """The head, as of the last request of its connection, and what has arrived of the body."""
        if self._framing.head is not None:
            yield self._framing.head.last_of_connection()
            if len(self._data) > self._framing.body_start:  # An empty piece would be the end.
                yield bytes(self._data[self._framing.body_start :])

    def forget(self) -> None:
        """Frees the memory once the request is answered."""
        self._data.clear()
