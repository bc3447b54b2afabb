"""The load generator, against a server of a few lines."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from benchmarks import load
from benchmarks.load import NO_ANSWER, NOT_SENT, Load


class Handler(BaseHTTPRequestHandler):
    """Answers 200 with a version and the length of the body; /busy 503; /broken with nothing."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.path == "/broken":
            self.close_connection = True
            return
        answer = b'{"version": "7", "n": %d}' % len(body)
        self.send_response(503 if self.path == "/busy" else 200)
        self.send_header("content-length", str(len(answer)))
        if self.path == "/closing":
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        pass


@contextmanager
def serving(handler: type[BaseHTTPRequestHandler] = Handler) -> Iterator[int]:
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield server.server_address[1]
        server.shutdown()
        thread.join()


@pytest.fixture
def port() -> Iterator[int]:
    with serving() as number:
        yield number


def request(path: str = "/") -> bytes:
    return load.http_request(b"picture", path=path)


def send(make: Callable[[], Load]) -> list[load.Answer]:
    """One sender's share, in this process."""
    answers, _ = load._send_share(make(), 0, 0.0)
    return answers


def test_the_request_is_a_form_with_one_picture(port: int) -> None:
    status, body = load.ask(port, request())

    assert status == 200
    assert b'"version": "7"' in body


def test_a_closed_loop_sends_until_the_time_is_over(port: int) -> None:
    answers = send(lambda: Load(port, (request(),), connections=2, seconds=0.2))

    assert len(answers) > 2  # Each connection sends again, however slow the machine.
    assert {answer.status for answer in answers} == {200}
    assert max(answer.sent_s for answer in answers) - min(answer.sent_s for answer in answers) <= 0.2


def test_an_open_loop_sends_at_its_rate(port: int) -> None:
    answers = send(lambda: Load(port, (request(),), connections=4, seconds=0.2, per_second=100))

    dues = sorted(answer.due_s for answer in answers)
    assert len(answers) == 20
    assert dues[-1] - dues[0] == pytest.approx(0.19)


def test_requests_take_turns_and_keep_their_status(port: int) -> None:
    answers = send(lambda: Load(port, (request(), request("/busy")), 1, seconds=0.1, per_second=100))

    assert [answer.status for answer in answers] == [200, 503] * 5


def test_a_mark_is_taken_out_of_the_answer(port: int) -> None:
    answers = send(lambda: Load(port, (request(),), 1, 0.05, per_second=20, mark=rb'"version": "(\d)"'))

    assert [answer.mark for answer in answers] == ["7"]


def test_a_connection_that_the_server_closes_is_opened_again(port: int) -> None:
    answers = send(lambda: Load(port, (request("/closing"),), 1, 0.1, per_second=50))

    assert [answer.status for answer in answers] == [200] * 5


def test_a_connection_that_breaks_is_no_answer_and_the_next_request_is_sent(port: int) -> None:
    answers = send(lambda: Load(port, (request("/broken"), request()), 1, 0.1, per_second=40))

    assert [answer.status for answer in answers] == [NO_ANSWER, 200, NO_ANSWER, 200]


def test_a_server_that_is_not_there_is_no_answer() -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        free = unused.getsockname()[1]
        answers = send(lambda: Load(free, (request(),), 1, 0.1, per_second=20))

    assert {answer.status for answer in answers} == {NO_ANSWER}


def test_a_request_that_no_connection_is_free_for_is_given_up() -> None:
    class Slow(Handler):
        def do_POST(self) -> None:
            threading.Event().wait(0.2)
            super().do_POST()

    with serving(Slow) as port:
        answers = send(lambda: Load(port, (request(),), 1, 0.1, per_second=30, timeout_s=0.25))

    assert [answer.status for answer in answers] == [200, 200, NOT_SENT]


def test_waiting_for_a_connection_is_part_of_the_latency() -> None:
    class Slow(Handler):
        def do_POST(self) -> None:
            threading.Event().wait(0.1)
            super().do_POST()

    with serving(Slow) as port:
        first, second = send(lambda: Load(port, (request(),), 1, 0.02, per_second=100))

    assert first.latency_s >= 0.1
    assert second.latency_s >= 0.19
    assert second.done_s - second.sent_s < second.latency_s


def test_answers_are_counted() -> None:
    answers = load.Answers([load.Answer(0.0, 0.0, 0.5, 200), load.Answer(1.0, 1.5, 2.0, 503)], sender_cpu_s=0.1)

    assert answers.latencies_s() == [0.5]
    assert answers.failures == 1
    assert answers.duration_s == 2.0
    assert answers.per_second == 0.5
    assert answers.statuses() == {200: 1, 503: 1}


def test_nothing_sent_is_nothing_a_second() -> None:
    assert load.Answers([], 0.0).per_second == 0.0


@pytest.mark.slow
def test_senders_are_processes_of_their_own(port: int) -> None:
    answers = load.run(Load(port, (request(),), connections=4, seconds=0.5, per_second=40, senders=2))

    assert len(answers.answers) == 20
    assert answers.failures == 0
    assert answers.sender_cpu_s > 0
