"""Gives a request a thread of the worker only once all of its bytes have arrived.

    accept, or a kept connection -> receive in the main loop -> complete -> gunicorn's thread and parser -> answer
                                         -> too slow, too large, too many bytes at once: refused -> graceful close
                                         -> a batch: a thread with the head, see streamed_request.py

A client that sends slowly, or nothing, costs a socket and the bytes it has sent. gunicorn's own worker gives it
one of its few threads. HTTP/1.1 without TLS only; a proxy in front speaks the rest.
"""

from __future__ import annotations

import errno
import math
import selectors
import socket
import time
from collections import Counter
from concurrent.futures import Future
from functools import cached_property, partial
from http import HTTPStatus
from typing import Any, ClassVar

from gunicorn.http.parser import RequestParser
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from webui.server import refusals
from webui.server.answer_socket import AnswerSocket
from webui.server.graceful_close import GracefulClose
from webui.server.incoming_request import IncomingRequest, Limits
from webui.server.request_framing import Verdict
from webui.server.streamed_request import MOST_AT_ONCE, MOST_OF_CLIENT, StreamedRequest

_RECEIVE_BYTES = 256 * 2**10
# To end a request that has sent less makes no room worth it.
_LEAST_BYTES = 64 * 2**10
# How often we look for connections whose time is over.
_SWEEP_S = 0.25
# How long no connection is accepted after there was no descriptor for one.
_ACCEPT_PAUSE_S = 1.0

_REFUSALS = {
    Verdict.HEAD_TOO_LARGE: HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
    Verdict.CHUNKS_TOO_SMALL: HTTPStatus.BAD_REQUEST,
}


# What is not here whole, and need not be where its view reads it as it arrives.
_UNFINISHED = frozenset({Verdict.INCOMPLETE, Verdict.BODY_TOO_LARGE})
# A worker that stops gives uploads so much of the 30 s that it has.
_STOPPING_S = 20.0


class Connection(TConn):  # type: ignore[misc]  # gunicorn has no types.
    """A client's connection, and the request that is arriving on it."""

    incoming: IncomingRequest
    rest: bytes = b""
    """What has arrived of the request after the one that is being answered."""
    counted_bytes: int = 0
    """Our share of the worker's buffered bytes."""
    client_name: str = ""
    """Whose request it is; empty where that is not known."""
    streamed: StreamedRequest | None = None
    """The request, where its view reads it as it arrives."""


class BufferingWorker(ThreadWorker):  # type: ignore[misc]  # gunicorn has no types.
    """gunicorn's threaded worker with another way in."""

    limits: ClassVar[Limits]
    """How large and how slow a request may be; gunicorn_conf.py says it."""
    behind_proxy: ClassVar[bool] = False
    """Whether X-Forwarded-For says whose request it is; gunicorn_conf.py says it."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._receiving: set[Connection] = set()
        self._streaming: set[Connection] = set()
        self._clock = time.monotonic
        self._buffered_bytes = 0
        self._bytes_of_client = Counter[str]()
        self._next_sweep_at = 0.0
        self._accept_again_at = 0.0

    @staticmethod
    def is_streamed(method: str, path: str) -> bool:  # noqa: ARG004 - for those that override it.
        """Whether the request of a method and path is read by its view as it arrives; gunicorn_conf.py says it."""
        return False

    @classmethod
    def check_config(cls, cfg: Any, log: Any) -> None:
        """Refuses what this worker cannot do.

        Raises:
            RuntimeError: TLS, HTTP/2, uwsgi or the PROXY protocol is switched on.
        """
        super().check_config(cfg, log)
        if cfg.is_ssl or cfg.protocol != "http" or cfg.proxy_protocol != "off" or "h2" in cfg.http_protocols:
            raise RuntimeError("Expected plain HTTP/1.1. Let a proxy in front speak TLS, HTTP/2 and the others.")

    @cached_property
    def _closing(self) -> GracefulClose:
        return GracefulClose(self.poller, self._clock)

    # Connections come in.

    def accept(self, listener: socket.socket) -> bool:
        """Takes one connection that waits at the listener; False where there is none, or no descriptor for it."""
        try:
            client, address = listener.accept()
        except OSError as err:
            if err.errno in (errno.EMFILE, errno.ENFILE):
                self.log.warning("No more connections can be accepted: %s. Raise the limit (ulimit -n).", err)
                self._accept_again_at = self._clock() + _ACCEPT_PAUSE_S
                super().set_accept_enabled(False)
            elif err.errno not in (errno.EAGAIN, errno.EWOULDBLOCK, errno.ECONNABORTED):
                raise
            return False
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, AnswerSocket.taking_over(client), address, listener.getsockname()))
        return True

    def set_accept_enabled(self, enabled: bool) -> None:
        """Opens and closes the door; when the worker stops, it first takes all who wait there already."""
        if enabled and self._clock() < self._accept_again_at:
            return
        if not enabled and not self.alive:
            self._accept_the_last()
        super().set_accept_enabled(enabled)

    def _accept_the_last(self) -> None:
        super().set_accept_enabled(False)
        for listener in self.sockets:
            while self.accept(listener):
                pass
            listener.close()  # Others are told at once that nobody is here.

    # Requests come in.

    def enqueue_req(self, conn: Connection) -> None:
        """Begins to receive a request; `_dispatch` gives it to a thread."""
        conn.sock.settimeout(0)
        conn.incoming = IncomingRequest(self.limits, now=self._clock())
        rest, conn.rest = conn.rest, b""
        if rest:
            self._take(conn, rest)
        else:
            self._receive(conn)

    def _receive(self, conn: Connection, _socket: object = None) -> None:
        try:
            data = conn.sock.recv(_RECEIVE_BYTES)
        except BlockingIOError:
            self._watch(conn)
            return
        except OSError:
            data = b""
        if data:
            self._take(conn, data)
        else:  # The client has gone.
            self._close(conn)

    def _take(self, conn: Connection, data: bytes) -> None:
        verdict = conn.incoming.receive(data, now=self._clock())
        self._count(conn)
        if verdict in _REFUSALS:
            self._refuse(conn, _REFUSALS[verdict])
        elif verdict in _UNFINISHED and self._is_streamed(conn):
            self._stream(conn)
        elif verdict is not Verdict.INCOMPLETE:
            self._dispatch(conn)
        elif not self._makes_room(conn):
            self._refuse(conn, HTTPStatus.SERVICE_UNAVAILABLE)
        else:
            self._watch(conn)
            if conn.incoming.must_be_told_to_continue():
                self._send(conn, refusals.CONTINUE)

    def _makes_room(self, conn: Connection) -> bool:
        """Whether there is room for the rest of a request, once slower ones than it have been refused if need be."""
        while (rivals := self._rivals(conn)) is not None:
            now = self._clock()
            slowest = min([*rivals, conn], key=lambda one: one.incoming.pace(now))
            if slowest is conn or slowest.incoming.pace(now) == math.inf:
                return False
            self._refuse(slowest, HTTPStatus.SERVICE_UNAVAILABLE)
        return True

    def _rivals(self, conn: Connection) -> list[Connection] | None:
        """The requests that could make room for one: all, or those of its client; None: there is room."""
        # What others have only declared does not count: a few lines of text could shut everyone out.
        awaited, limits = conn.incoming.awaited_bytes, self.limits
        if self._buffered_bytes + awaited > limits.most_bytes:
            return self._others(conn)
        is_large = conn.incoming.buffered_bytes + awaited > limits.large_share * limits.max_body_bytes
        of_client = self._bytes_of_client[conn.client_name] + awaited
        if conn.client_name and is_large and of_client > limits.share_of_client * limits.most_bytes:
            return [one for one in self._others(conn) if one.client_name == conn.client_name]
        return None

    def _others(self, conn: Connection) -> list[Connection]:
        return [one for one in self._receiving if one is not conn and one.incoming.buffered_bytes >= _LEAST_BYTES]

    def _dispatch(self, conn: Connection) -> None:
        self._stop_watching(conn)
        conn.rest = conn.incoming.split_off_rest()
        # A parser for each request, fed with its bytes alone: it never waits, and never sees the next request.
        conn.parser = RequestParser(self.cfg, conn.incoming.pieces(), conn.client)
        conn.initialized = conn.data_ready = True
        super().enqueue_req(conn)

    def _is_streamed(self, conn: Connection) -> bool:
        head = conn.incoming.head
        return head is not None and self.is_streamed(*head.method_and_path)

    def _stream(self, conn: Connection) -> None:
        """Gives a request a thread that reads the rest of it."""
        of_client = sum(one.client_name == conn.client_name for one in self._streaming)
        if len(self._streaming) >= MOST_AT_ONCE or of_client >= MOST_OF_CLIENT:
            self._refuse(conn, HTTPStatus.SERVICE_UNAVAILABLE)
            return
        self._stop_watching(conn)
        conn.streamed = StreamedRequest(conn.incoming, conn.sock, self.limits, now=self._clock())
        self._streaming.add(conn)
        conn.parser = RequestParser(self.cfg, conn.streamed.pieces(), conn.client)
        conn.initialized = conn.data_ready = True
        super().enqueue_req(conn)

    # Answers go out.

    def finish_request(self, conn: Connection, fs: Future[bool]) -> None:
        """Keeps the connection for the next request, or begins to close it."""
        conn.parser.unreader.take_buffered()  # What the application left unread.
        self._streaming.discard(conn)
        self._forget(conn)
        if fs.cancelled() or fs.exception() or not fs.result():
            self._close_gracefully(conn)
        elif conn.rest:
            self.enqueue_req(conn)
        else:
            super().finish_request(conn, fs)

    def _keepalive_after(self, conn: Connection, keepalive: object) -> bool:
        """Whether the connection can be reused. The body need not be drained: it is not on the socket."""
        whole = conn.incoming.verdict is Verdict.COMPLETE
        return bool(keepalive) and whole and not conn.parser.mesg.body.failed

    def _refuse(self, conn: Connection, status: HTTPStatus) -> None:
        self._stop_watching(conn)
        self._forget(conn)
        self._send(conn, refusals.refusal(status))
        self._close_gracefully(conn)

    def _send(self, conn: Connection, data: bytes) -> None:
        try:
            conn.sock.send(data)  # Less than a kilobyte, into an empty buffer.
        except OSError:
            self.log.debug("The client left before it was answered.")

    # Connections go.

    def murder_pending(self) -> None:
        """Ends connections whose time is over; gunicorn's loop calls this at least once a second."""
        now = self._clock()
        if now < self._next_sweep_at:
            return
        self._next_sweep_at = now + _SWEEP_S
        if not self.alive:
            self._hurry(now + STOP_KEEPALIVE_LINGER)
        for conn in [conn for conn in self._receiving if conn.incoming.deadline < now]:
            self._end_late(conn)
        for conn in self._streaming:
            if conn.streamed and conn.streamed.deadline < now:
                conn.streamed.shut()
        self._closing.sweep()

    def _hurry(self, deadline: float) -> None:
        for conn in self._receiving:
            conn.incoming.hurry(deadline)
        for conn in self._streaming:
            if conn.streamed:
                conn.streamed.hurry(deadline + _STOPPING_S)
        self._closing.hurry(deadline)

    def _end_late(self, conn: Connection) -> None:
        if conn.incoming.buffered_bytes:
            self._refuse(conn, HTTPStatus.REQUEST_TIMEOUT)
        else:
            self._close(conn)

    def _close_gracefully(self, conn: Connection) -> None:
        self._closing.add(conn.sock, partial(self._close, conn))

    def _close(self, conn: Connection) -> None:
        self._stop_watching(conn)
        self._forget(conn)
        self.nr_conns -= 1
        conn.close()

    # The books.

    def _watch(self, conn: Connection) -> None:
        if conn not in self._receiving:
            self._receiving.add(conn)
            self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))

    def _stop_watching(self, conn: Connection) -> None:
        if conn in self._receiving:
            self._receiving.remove(conn)
            self.poller.unregister(conn.sock)

    def _forget(self, conn: Connection) -> None:
        conn.incoming.forget()
        self._count(conn)

    def _count(self, conn: Connection) -> None:
        before, conn.counted_bytes = conn.counted_bytes, conn.incoming.buffered_bytes
        self._buffered_bytes += conn.counted_bytes - before
        self._book(conn.client_name, -before)
        conn.client_name = self._client_of(conn)  # Each request that a proxy sends is somebody else's.
        self._book(conn.client_name, conn.counted_bytes)

    def _book(self, client_name: str, added_bytes: int) -> None:
        self._bytes_of_client[client_name] += added_bytes
        if not self._bytes_of_client[client_name]:
            del self._bytes_of_client[client_name]

    def _client_of(self, conn: Connection) -> str:
        # Not at the top: it stands on Django, which the master process never loads.
        from webui.accounts.client_address import client_of, last_forwarded

        if self.behind_proxy:
            return last_forwarded(conn.incoming.forwarded_for) or ""
        return (client_of(conn.client[0]) if isinstance(conn.client, tuple) else None) or ""
