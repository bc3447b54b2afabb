from __future__ import annotations

import logging
import selectors
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from typing import Any

import pytest
from gunicorn.config import Config
from gunicorn.workers.gthread import ThreadWorker

from tests.test_docs import first_column
from webui.config import streamed_uploads
from webui.server import worker as worker_module
from webui.server.incoming_request import Limits
from webui.server.worker import BufferingWorker, Connection

GET = b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
MAX_BODY_BYTES = 1000


class Threads:
    """Keeps what the worker would run in a thread, until the test says how it went."""

    def __init__(self) -> None:
        self.begun: list[tuple[Connection, Future[bool]]] = []

    def submit(self, function: Callable[[Connection], bool], conn: Connection) -> Future[bool]:
        future: Future[bool] = Future()
        self.begun.append((conn, future))
        return future


class Server:
    """A worker before a real socket, with a clock of its own; its main loop turns when the test says so."""

    def __init__(self) -> None:
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.listener.settimeout(0)
        self.threads = Threads()
        self.now = 1000.0
        self._clients: list[socket.socket] = []
        self._connections: list[Connection] = []
        self.worker = self._worker()
        self.worker.set_accept_enabled(enabled=True)

    def _worker(self) -> BufferingWorker:
        connections = self._connections

        class Worker(BufferingWorker):
            limits = Limits(max_body_bytes=MAX_BODY_BYTES, body_bytes_per_s=10)

            def enqueue_req(self, conn: Connection) -> None:
                connections.append(conn)
                super().enqueue_req(conn)

        worker = Worker(0, 0, [self.listener], None, 30, Config(), logging.getLogger(__name__))
        worker.poller = selectors.DefaultSelector()
        worker.method_queue.init()
        worker.poller.register(worker.method_queue.fileno(), selectors.EVENT_READ, worker.method_queue.run_callbacks)
        worker.tpool = self.threads
        worker._clock = lambda: self.now
        return worker

    def connect(self, data: bytes = b"") -> socket.socket:
        client = socket.create_connection(self.listener.getsockname(), timeout=5)
        self._clients.append(client)
        if data:
            client.sendall(data)
        self.turn()
        return client

    def send(self, client: socket.socket, data: bytes) -> None:
        client.sendall(data)
        self.turn()

    def turn(self, *, after_s: float = 0.0) -> None:
        """Lets the main loop do whatever there is to do."""
        self.now += after_s
        for _ in range(5):
            self.worker.wait_for_and_dispatch_events(0.002)
        self.worker.murder_pending()

    @property
    def requests(self) -> list[bytes]:
        """The bytes of every request that got a thread, as the parser sees them."""
        return [b"".join(conn.incoming.pieces()) for conn, _ in self.threads.begun]

    def answer(self, *, keep: bool) -> Connection:
        """The oldest request that has a thread is answered."""
        conn, future = self.threads.begun.pop(0)
        next(conn.parser)
        future.set_result(self.worker._keepalive_after(conn, keep))
        self.turn()
        return conn

    def close(self) -> None:
        for end in [*self._clients, *(conn.sock for conn in self._connections)]:
            end.close()
        self.worker.poller.close()
        self.worker.method_queue.close()
        self.worker.tmp.close()
        self.listener.close()


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.close()


def status(client: socket.socket) -> int:
    return int(client.recv(10_000).split(b" ")[1])


def test_a_request_that_is_all_here_gets_a_thread_at_once(server: Server) -> None:
    server.connect(GET)

    assert server.requests == [GET]


def test_a_connection_on_which_nothing_comes_gets_no_thread(server: Server) -> None:
    server.connect()

    assert server.requests == []
    assert server.worker.nr_conns == 1


@pytest.mark.parametrize("request_bytes", [GET, POST + b"Content-Length: 6\r\n\r\nabcdef"])
def test_a_request_that_comes_in_bits_gets_a_thread_with_the_last(server: Server, request_bytes: bytes) -> None:
    client = server.connect()
    for position in range(len(request_bytes) - 1):
        server.send(client, request_bytes[position : position + 1])
    assert server.requests == []

    server.send(client, request_bytes[-1:])

    assert server.requests == [request_bytes]


def test_requests_that_came_together_are_answered_one_after_the_other(server: Server) -> None:
    client = server.connect(GET + POST + b"Content-Length: 3\r\n\r\nabc" + GET[:7])
    assert server.requests == [GET]

    server.answer(keep=True)
    assert server.requests == [POST + b"Content-Length: 3\r\n\r\nabc"]

    server.answer(keep=True)
    assert server.requests == []

    server.send(client, GET[7:])
    assert server.requests == [GET]


def test_a_kept_connection_takes_another_request(server: Server) -> None:
    client = server.connect(GET)
    server.answer(keep=True)

    server.send(client, POST)
    server.send(client, b"\r\n")

    assert server.requests == [POST + b"\r\n"]


def test_an_answered_request_takes_no_memory_while_its_connection_is_kept(server: Server) -> None:
    server.connect(POST + b"Content-Length: 900\r\n\r\n" + b"x" * 900)
    assert server.worker._buffered_bytes > 900

    conn = server.answer(keep=True)

    assert server.worker._buffered_bytes == 0
    assert conn.incoming.buffered_bytes == 0


def test_a_connection_that_is_not_kept_is_closed_once_the_client_has_ended(server: Server) -> None:
    client = server.connect(GET)
    server.answer(keep=False)
    assert client.recv(1) == b""
    assert server.worker.nr_conns == 1

    client.close()
    server.turn()

    assert server.worker.nr_conns == 0


def test_a_request_that_failed_ends_its_connection(server: Server) -> None:
    client = server.connect(GET)
    [(_, future)] = server.threads.begun
    future.set_exception(SystemExit(1))
    server.turn()

    assert client.recv(1) == b""


def test_an_unclear_request_gets_a_thread_and_is_the_last(server: Server) -> None:
    client = server.connect(POST + b"Content-Length: 3\r\nContent-Length: 4\r\n\r\n")
    [(conn, future)] = server.threads.begun
    future.set_result(server.worker._keepalive_after(conn, keepalive=True))
    server.turn()

    assert client.recv(1) == b""


@pytest.mark.parametrize("data", [b"", b"GET", POST + b"Content-Length: 6\r\n\r\nabc"])
def test_a_client_that_goes_away_leaves_nothing_behind(server: Server, data: bytes) -> None:
    client = server.connect(data)
    client.close()
    server.turn()

    assert (server.worker.nr_conns, server.worker._buffered_bytes) == (0, 0)
    assert server.requests == []


def test_a_connection_on_which_nothing_comes_is_closed_without_a_word(server: Server) -> None:
    client = server.connect()
    server.turn(after_s=6)

    assert client.recv(1) == b""
    assert server.worker.nr_conns == 0


@pytest.mark.parametrize("beginning", [b"GET", POST + b"Content-Length: 500\r\n\r\n"])
def test_a_request_that_comes_too_slowly_is_a_408_and_frees_its_memory(server: Server, beginning: bytes) -> None:
    client = server.connect(beginning)
    server.turn(after_s=9)
    assert server.worker.nr_conns == 1

    server.turn(after_s=2)

    assert status(client) == 408
    assert server.worker._buffered_bytes == 0


def test_a_head_that_does_not_end_is_a_431(server: Server) -> None:
    server.worker.limits = Limits(max_body_bytes=10**6)
    client = server.connect(GET[:-2])
    for _ in range(17):
        server.send(client, b"A: " + b"x" * 4000 + b"\r\n")

    assert status(client) == 431
    assert server.requests == []


def test_a_body_in_too_many_tiny_chunks_is_a_400(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.server.request_framing._FREE_FRAMING_BYTES", 50)
    client = server.connect(POST + b"Transfer-Encoding: chunked\r\n\r\n" + b"1\r\nx\r\n" * 30)

    assert status(client) == 400


def test_of_a_body_that_is_too_large_nothing_is_waited_for(server: Server) -> None:
    server.connect(POST + b"Content-Length: 1001\r\n\r\n")

    [request] = server.requests
    assert b"Connection: close\r\n" in request


@pytest.fixture
def crowded(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    """A server whose tiny requests are worth making room with, behind a proxy that names nobody."""
    monkeypatch.setattr(worker_module, "_LEAST_BYTES", 1)
    monkeypatch.setattr(server.worker, "behind_proxy", True)
    return server


ALMOST = POST + b"Content-Length: 1000\r\n\r\n" + b"x" * 950


def test_more_bytes_at_once_than_may_be_kept_are_a_503(crowded: Server) -> None:
    first = [crowded.connect(ALMOST) for _ in range(3)]

    last = crowded.connect(ALMOST)

    assert status(last) == 503
    crowded.send(first[0], b"x" * 50)
    assert len(crowded.requests) == 1


def test_where_room_is_needed_the_slowest_goes_first(crowded: Server) -> None:
    stalled, slow, fast = (crowded.connect(ALMOST) for _ in range(3))
    crowded.turn(after_s=1)
    crowded.send(slow, b"x")
    crowded.send(fast, b"x" * 9)

    last = crowded.connect(ALMOST)
    crowded.send(last, b"x" * 50)

    assert status(stalled) == 503
    assert len(crowded.requests) == 1
    crowded.send(slow, b"x" * 49)
    crowded.send(fast, b"x" * 41)
    assert len(crowded.requests) == 3


def test_who_is_slower_than_all_others_makes_no_room_for_itself(crowded: Server) -> None:
    slow = crowded.connect(POST + b"Content-Length: 1000\r\n\r\n" + b"x")
    crowded.turn(after_s=1)
    for _ in range(3):
        crowded.connect(ALMOST)

    crowded.send(slow, b"x")

    assert status(slow) == 503
    assert crowded.worker.nr_conns == 4


def almost(forwarded_for: str) -> bytes:
    """Most of a large request that a proxy says it sends for somebody."""
    return ALMOST.replace(b"Host: a", f"Host: a\r\nX-Forwarded-For: {forwarded_for}".encode())


def test_large_requests_of_one_address_take_half_of_what_may_be_kept(
    server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker_module, "_LEAST_BYTES", 1)
    server.connect(almost("192.0.2.1"))

    of_the_same = server.connect(almost("198.51.100.1"))  # Nobody asked for a proxy's word.

    assert status(of_the_same) == 503


def test_behind_a_proxy_each_client_that_it_names_has_a_share(crowded: Server) -> None:
    crowded.connect(almost("198.51.100.1, 192.0.2.1"))

    of_the_same, of_another = (crowded.connect(almost(f"198.51.100.1, 192.0.2.{last}")) for last in (1, 2))

    assert status(of_the_same) == 503
    crowded.send(of_another, b"x" * 50)
    assert len(crowded.requests) == 1


def test_the_next_request_of_a_proxys_connection_is_somebody_elses(crowded: Server) -> None:
    proxy = crowded.connect(almost("192.0.2.1") + b"x" * 50)
    crowded.answer(keep=True)
    crowded.send(proxy, almost("192.0.2.2"))

    crowded.send(crowded.connect(almost("192.0.2.1")), b"x" * 50)

    assert len(crowded.requests) == 1
    assert set(crowded.worker._bytes_of_client) == {"192.0.2.1", "192.0.2.2"}


def test_small_requests_of_an_address_that_has_its_share_are_taken(server: Server) -> None:
    server.connect(ALMOST)

    small = server.connect(POST + b"Content-Length: 200\r\n\r\n")
    server.send(small, b"x" * 200)

    assert len(server.requests) == 1


def test_what_is_about_the_chunks_counts_too(crowded: Server) -> None:
    chunk = b"1;" + b"e" * 500 + b"\r\nx\r\n"

    crowded.connect(POST + b"Transfer-Encoding: chunked\r\n\r\n" + chunk)

    assert crowded.worker._buffered_bytes > 500


def test_bytes_that_are_only_promised_turn_nobody_away(server: Server) -> None:
    for _ in range(20):
        server.connect(POST + b"Content-Length: 1000\r\n\r\n")

    server.connect(POST + b"Content-Length: 500\r\n\r\n" + b"x" * 500)

    assert len(server.requests) == 1


def test_a_client_that_waits_is_told_to_continue_and_the_parser_does_not_say_it_again(server: Server) -> None:
    client = server.connect(POST + b"Expect: 100-continue\r\nContent-Length: 3\r\n\r\n")
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"

    server.send(client, b"abc")

    assert server.requests == [POST + b"Content-Length: 3\r\n\r\nabc"]


def test_a_client_that_waits_to_send_too_much_is_not_told_to_continue(server: Server) -> None:
    client = server.connect(POST + b"Expect: 100-continue\r\nContent-Length: 1001\r\n\r\n")
    client.settimeout(0)

    with pytest.raises(BlockingIOError):
        client.recv(100)
    assert b"Expect" not in server.requests[0]


def test_a_worker_that_stops_takes_all_who_wait_at_the_door_and_closes_it(server: Server) -> None:
    address = server.listener.getsockname()
    waiting = [socket.create_connection(address) for _ in range(3)]
    for client in waiting:
        client.sendall(GET)

    server.worker.alive = False
    server.worker.set_accept_enabled(enabled=False)

    assert server.requests == [GET] * 3
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(address)
    for client in waiting:
        client.close()


def test_a_worker_that_stops_waits_for_requests_that_have_begun(server: Server) -> None:
    idle, begun = server.connect(), server.connect(GET[:5])
    server.worker.alive = False

    server.turn(after_s=1)
    server.turn(after_s=3)
    assert idle.recv(1) == b""

    server.send(begun, GET[5:])
    assert server.requests == [GET]


@pytest.mark.parametrize(("name", "value"), [("certfile", __file__), ("protocol", "uwsgi"), ("proxy_protocol", True)])
def test_what_the_worker_cannot_do_stops_the_start(name: str, value: object) -> None:
    config = Config()
    config.set(name, value)

    with pytest.raises(RuntimeError, match="Expected plain HTTP"):
        BufferingWorker.check_config(config, logging.getLogger(__name__))


def test_without_a_descriptor_the_worker_pauses_and_lives(server: Server) -> None:
    class Full:
        def accept(self) -> Any:
            raise OSError(24, "Too many open files")

    server.worker.accept(Full())
    assert not server.worker._accepting

    server.worker.set_accept_enabled(enabled=True)
    assert not server.worker._accepting

    server.now += 2
    server.worker.set_accept_enabled(enabled=True)
    assert server.worker._accepting


def test_every_method_of_gunicorns_that_the_worker_replaces_is_documented() -> None:
    replaced = {name for name in vars(BufferingWorker) if hasattr(ThreadWorker, name) and not name.startswith("__")}

    assert {f"ThreadWorker.{name}" for name in replaced} <= first_column("docs/server.md")


# Requests that are read as they arrive

UPLOAD = b"POST /api/v1/batches HTTP/1.1\r\nHost: a\r\n"


@pytest.fixture
def streaming(server: Server, monkeypatch: pytest.MonkeyPatch) -> Server:
    monkeypatch.setattr(type(server.worker), "is_streamed", staticmethod(streamed_uploads.is_streamed))
    return server


def streamed(server: Server) -> Iterator[bytes]:
    """The pieces of the oldest request that has a thread."""
    request = server.threads.begun[0][0].streamed
    assert request is not None
    return request.pieces()


def test_an_upload_gets_a_thread_with_its_head_and_arrives_there_piece_by_piece(streaming: Server) -> None:
    client = streaming.connect(UPLOAD + b"Content-Length: 5000\r\n\r\nabc")
    pieces = streamed(streaming)
    assert next(pieces) == UPLOAD.replace(b"Host", b"Connection: close\r\nHost") + b"Content-Length: 5000\r\n\r\n"
    assert next(pieces) == b"abc"

    client.sendall(b"de")
    assert next(pieces) == b"de"
    assert streaming.worker._buffered_bytes <= 200
    client.shutdown(socket.SHUT_WR)

    assert list(pieces) == []


def test_an_upload_that_is_here_whole_is_a_request_as_any_other(streaming: Server) -> None:
    streaming.connect(UPLOAD + b"Content-Length: 3\r\n\r\nabc")

    assert streaming.requests == [UPLOAD + b"Content-Length: 3\r\n\r\nabc"]
    assert streaming.threads.begun[0][0].streamed is None


def test_a_client_that_waits_to_be_told_is_told_when_somebody_reads(streaming: Server) -> None:
    client = streaming.connect(UPLOAD + b"Content-Length: 5\r\nExpect: 100-continue\r\n\r\n")
    client.settimeout(0.05)
    pieces = streamed(streaming)
    assert b"Expect" not in next(pieces)
    with pytest.raises(TimeoutError):
        client.recv(100)
    client.settimeout(5)
    client.sendall(b"abcde")

    assert next(pieces) == b"abcde"
    assert client.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"


def test_uploads_take_few_threads_and_those_of_one_client_fewer(streaming: Server) -> None:
    clients = [streaming.connect(UPLOAD + b"Content-Length: 9\r\n\r\n") for _ in range(3)]

    assert len(streaming.threads.begun) == 2
    assert status(clients[2]) == 503


def test_an_upload_that_is_too_slow_ends_early_for_who_reads_it(streaming: Server) -> None:
    client = streaming.connect(UPLOAD + b"Content-Length: 5000\r\n\r\nabc")
    pieces = streamed(streaming)
    next(pieces), next(pieces)
    client.sendall(b"d" * 20)  # Two seconds more.
    assert next(pieces)

    streaming.turn(after_s=11.9)
    client.sendall(b"e")
    assert next(pieces)
    streaming.turn(after_s=0.3)

    assert list(pieces) == []


def test_an_upload_that_is_answered_ends_its_connection_and_makes_room(streaming: Server) -> None:
    client = streaming.connect(UPLOAD + b"Content-Length: 9\r\n\r\n")
    conn, future = streaming.threads.begun.pop(0)
    next(conn.parser)

    future.set_result(streaming.worker._keepalive_after(conn, keepalive=True))
    streaming.turn()

    assert client.recv(10) == b""
    assert not streaming.worker._streaming


def test_an_upload_has_little_time_where_the_worker_stops(streaming: Server) -> None:
    streaming.connect(UPLOAD + b"Content-Length: 5000\r\n\r\n" + b"a" * 4000)
    pieces = streamed(streaming)
    next(pieces), next(pieces)
    streaming.worker.alive = False

    streaming.turn(after_s=1)
    streaming.turn(after_s=23)

    assert list(pieces) == []
