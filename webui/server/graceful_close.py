"""Closes connections gently: ends our side, then waits for the client to have read its answer and end its own.

After a refusal the client may still be sending, and a hard close could destroy our answer on its way (RFC 9112,
section 9.6). gunicorn waits too, but in the main loop, where one client could stop all others for two seconds.
"""

from __future__ import annotations

import selectors
import socket
from collections.abc import Callable
from dataclasses import dataclass

# As nginx does: https://nginx.org/en/docs/http/ngx_http_core_module.html#lingering_close
TIMEOUT_S = 30.0
SILENCE_S = 5.0

_RECEIVE_BYTES = 256 * 2**10


@dataclass
class _Closing:
    close: Callable[[], None]
    closes_at: float
    silent_at: float
    """When it is closed: at the latest, and where nothing more arrives."""


class GracefulClose:
    """The connections that are about to be closed."""

    def __init__(self, poller: selectors.BaseSelector, clock: Callable[[], float]) -> None:
        self._poller = poller
        self._clock = clock
        self._closing: dict[socket.socket, _Closing] = {}

    def add(self, connection: socket.socket, close: Callable[[], None]) -> None:
        """Ends our side; calls `close` when the other side has ended or its time is over."""
        try:
            connection.settimeout(0)
            connection.shutdown(socket.SHUT_WR)
        except OSError:  # The client has gone.
            close()
            return
        now = self._clock()
        self._closing[connection] = _Closing(close, now + TIMEOUT_S, now + SILENCE_S)
        self._poller.register(connection, selectors.EVENT_READ, self._discard)

    def sweep(self) -> None:
        """Closes those whose time is over."""
        now = self._clock()
        for connection, closing in list(self._closing.items()):
            if min(closing.closes_at, closing.silent_at) < now:
                self._end(connection)

    def hurry(self, deadline: float) -> None:
        """Lets none of them stay any longer."""
        for closing in self._closing.values():
            closing.closes_at = min(closing.closes_at, deadline)

    def _discard(self, connection: socket.socket) -> None:
        try:
            data = connection.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._closing[connection].silent_at = self._clock() + SILENCE_S
        else:
            self._end(connection)

    def _end(self, connection: socket.socket) -> None:
        self._poller.unregister(connection)
        self._closing.pop(connection).close()
