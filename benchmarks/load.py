"""Sends HTTP requests from processes of its own and notes what came back.

    closed loop: each connection sends its next request once its answer is there
    open loop:   requests are due at even times, whatever becomes of the others; each takes a free connection,
                 and its latency counts from when it was due, so that waiting for one is not left out

Plain sockets in threads: a request costs about 50 microseconds here, so that the sender takes little from the server
that it shares the cores with.
"""

from __future__ import annotations

import multiprocessing
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

NO_ANSWER = 0
"""The status of a request that was not answered: refused, broken off, or not in time."""
NOT_SENT = -1
"""The status of a request that found no free connection for as long as the timeout."""

# Senders begin together, once the slowest of them has started.
_HEAD_START_S = 1.0
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


@dataclass(frozen=True)
class Load:
    """What to send."""

    port: int
    requests: tuple[bytes, ...]
    """Whole requests, see `http_request`; sent in turn."""
    connections: int
    seconds: float
    per_second: float | None = None
    """Rate of the open loop; None: closed loop."""
    senders: int = 1
    """Processes that share the connections."""
    timeout_s: float = 30.0
    mark: bytes | None = None
    """A regular expression; what its group finds in a body is kept, such as the version of the model."""


@dataclass(frozen=True)
class Answer:
    """What became of one request. Times are those of `time.monotonic`, the same in all processes."""

    due_s: float
    sent_s: float
    """Later than `due_s` where no connection was free."""
    done_s: float
    status: int
    mark: str = ""

    @property
    def latency_s(self) -> float:
        """As the user sees it: from when the request was due."""
        return self.done_s - self.due_s


@dataclass(frozen=True)
class Answers:
    """What came back of a load."""

    answers: list[Answer]
    sender_cpu_s: float
    """Processor time of the senders, which the server did not get."""

    def accepted(self) -> list[Answer]:
        """Those with the status 200."""
        return [answer for answer in self.answers if answer.status == 200]

    def latencies_s(self) -> list[float]:
        """Of the accepted ones."""
        return [answer.latency_s for answer in self.accepted()]

    def statuses(self) -> Counter[int]:
        """How many requests had each status."""
        return Counter(answer.status for answer in self.answers)

    @property
    def failures(self) -> int:
        """Requests that were not answered with 200."""
        return len(self.answers) - self.statuses()[200]

    @property
    def duration_s(self) -> float:
        """From the first request to the last answer."""
        if not self.answers:
            return 0.0
        return max(answer.done_s for answer in self.answers) - min(answer.due_s for answer in self.answers)

    @property
    def per_second(self) -> float:
        """Accepted ones a second."""
        return self.statuses()[200] / self.duration_s if self.answers else 0.0


def http_request(jpeg: bytes, *, path: str, field_name: str = "image", key: str | None = None) -> bytes:
    """A POST with one picture in a multipart form, as `curl -F image=@picture.jpg` sends it; with an API key or not."""
    boundary = b"menagerie-benchmark-5c9f"
    head = f'Content-Disposition: form-data; name="{field_name}"; filename="picture.jpg"\r\n'.encode()
    body = (
        b"--"
        + boundary
        + b"\r\n"
        + head
        + b"Content-Type: image/jpeg\r\n\r\n"
        + jpeg
        + b"\r\n--"
        + boundary
        + b"--\r\n"
    )
    lines = (
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        f"Content-Type: multipart/form-data; boundary={boundary.decode()}",
        f"Content-Length: {len(body)}",
        *((f"Authorization: Bearer {key}",) if key else ()),
    )
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def run(load: Load) -> Answers:
    """Sends for as long as `load` says, then waits for the answers that are still out."""
    start = time.monotonic() + _HEAD_START_S
    context = multiprocessing.get_context("spawn")  # A fork would copy the threads' locks of whoever calls us.
    with context.Pool(load.senders) as pool:
        parts = pool.starmap(_send_share, [(load, sender, start) for sender in range(load.senders)], chunksize=1)
    return Answers([answer for part, _ in parts for answer in part], sum(cpu_s for _, cpu_s in parts))


def ask(port: int, request: bytes, *, timeout_s: float = 30.0) -> tuple[int, bytes]:
    """Sends one request on a connection of its own; returns status and body.

    Raises:
        OSError: there was no answer.
    """
    connection = _Connection(port, timeout_s)
    try:
        return connection.ask(request)
    finally:
        connection.close()


class _Connection:
    """One connection, kept alive for as long as the server likes and opened again when it is needed."""

    def __init__(self, port: int, timeout_s: float) -> None:
        self._address = ("127.0.0.1", port)
        self._timeout_s = timeout_s
        self._socket: socket.socket | None = None

    def ask(self, request: bytes) -> tuple[int, bytes]:
        """Sends a request; returns status and body.

        Raises:
            OSError: there was no answer.
        """
        try:
            if self._socket is None:
                self._socket = socket.create_connection(self._address, timeout=self._timeout_s)
                self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._socket.sendall(request)
            head, body = self._receive(self._socket)
        except OSError:
            self.close()
            raise
        if _CLOSES.search(head):
            self.close()
        return int(head[9:12]), body

    def close(self) -> None:
        """Ends the connection; another `ask` opens it again."""
        if self._socket is not None:
            self._socket.close()
        self._socket = None

    @staticmethod
    def _receive(source: socket.socket) -> tuple[bytes, bytes]:
        received = source.recv(65536)
        while b"\r\n\r\n" not in received:
            received += _more(source)
        head, _, body = received.partition(b"\r\n\r\n")
        length = _LENGTH.search(head)
        if length is None:
            raise OSError("Expected a Content-Length in the answer.")
        while len(body) < int(length[1]):
            body += _more(source)
        return head, body


def _more(source: socket.socket) -> bytes:
    received = source.recv(65536)
    if not received:
        raise OSError("The server closed the connection.")
    return received


def _send_share(load: Load, sender: int, start: float) -> tuple[list[Answer], float]:
    """One process's part: every n-th request of the schedule on every n-th connection; and its processor time."""
    time.sleep(max(0.0, start - time.monotonic()))
    cpu_before_s = time.process_time()
    dues = _Dues(load, sender)
    connections = len(range(sender, load.connections, load.senders))
    with ThreadPoolExecutor(connections) as threads:
        parts = list(threads.map(lambda _: _send_on_one_connection(load, dues), range(connections)))
    return [answer for part in parts for answer in part], time.process_time() - cpu_before_s


class _Dues:
    """When requests are due: an iterator of (number, time) that threads share."""

    def __init__(self, load: Load, sender: int) -> None:
        self._schedule = _at_once(load) if load.per_second is None else _even_times(load, sender, load.per_second)
        self._lock = threading.Lock()

    def __iter__(self) -> Iterator[tuple[int, float]]:
        while True:
            with self._lock:
                due = next(self._schedule, None)
            if due is None:
                return
            yield due


def _at_once(load: Load) -> Iterator[tuple[int, float]]:
    end = time.monotonic() + load.seconds
    number = 0
    while (now := time.monotonic()) < end:
        yield number, now
        number += 1


def _even_times(load: Load, sender: int, per_second: float) -> Iterator[tuple[int, float]]:
    """The times of the whole load are evenly spaced; each sender takes every n-th of them."""
    start = time.monotonic()
    for number in range(sender, int(load.seconds * per_second), load.senders):
        yield number, start + number / per_second


def _send_on_one_connection(load: Load, dues: _Dues) -> list[Answer]:
    connection, answers = _Connection(load.port, load.timeout_s), []
    for number, due_s in dues:
        time.sleep(max(0.0, due_s - time.monotonic()))
        sent_s = time.monotonic()
        if sent_s - due_s > load.timeout_s:  # Nobody would have waited for so long.
            answers.append(Answer(due_s, sent_s, sent_s, NOT_SENT))
            continue
        status, body = _ask(connection, load.requests[number % len(load.requests)])
        mark = re.search(load.mark, body) if load.mark else None
        answers.append(Answer(due_s, sent_s, time.monotonic(), status, mark[1].decode() if mark else ""))
    connection.close()
    return answers


def _ask(connection: _Connection, request: bytes) -> tuple[int, bytes]:
    try:
        return connection.ask(request)
    except OSError:
        return NO_ANSWER, b""
