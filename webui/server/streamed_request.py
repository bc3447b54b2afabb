"""A request that has a thread while its body is still arriving, for the one view that reads it piece by piece.

    head -> a thread -> the view asks for bytes -> 100 Continue, where the client waits for it -> the socket -> the view

The view can refuse by the head alone, before the client has sent anything. The main loop watches the pace, as it does
with all others, and shuts the way in where it is too slow: the view then finds that the body ends early.
"""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import suppress

from webui.server import refusals
from webui.server.incoming_request import IncomingRequest, Limits

MOST_AT_ONCE, MOST_OF_CLIENT = 4, 2
"""Requests of one process that arrive this way, and those of one client among them; each has a thread."""

_RECEIVE_BYTES = 256 * 2**10
# 2 GB in this time are 5 Mbit/s; a slower line needs a smaller batch, or a proxy that collects it.
_REQUEST_TIMEOUT_S = 3600.0


class StreamedRequest:
    """The bytes of one request, for gunicorn's parser."""

    def __init__(self, incoming: IncomingRequest, client: socket.socket, limits: Limits, *, now: float) -> None:
        """Goes on where the main loop has stopped.

        Args:
            incoming: what has arrived: the whole head, and perhaps some of the body.
            client: the connection; nobody else reads from it.
            limits: of the pace.
            now: the time, in seconds.
        """
        self._incoming = incoming
        self._client = client
        self._limits = limits
        self._began = now
        self._ends_by = now + _REQUEST_TIMEOUT_S
        self._received = 0

    def pieces(self) -> Iterator[bytes]:
        """The bytes as they arrive; the connection is closed after this request."""
        expects_continue = self._incoming.expects_continue
        yield from self._incoming.pieces_of_streamed()
        self._incoming.forget()
        if expects_continue:
            self._client.sendall(refusals.CONTINUE)
        while data := self._client.recv(_RECEIVE_BYTES):
            self._received += len(data)
            yield data

    @property
    def deadline(self) -> float:
        """Until when more must have arrived, in seconds."""
        earned_s = self._received / self._limits.body_bytes_per_s
        return min(self._ends_by, self._began + self._limits.body_grace_s + earned_s)

    def hurry(self, deadline: float) -> None:
        """Lets it take no longer than that."""
        self._ends_by = min(self._ends_by, deadline)

    def shut(self) -> None:
        """Ends the way in; who reads finds the end of the body. The answer can still be sent."""
        with suppress(OSError):
            self._client.shutdown(socket.SHUT_RD)
