"""Slow, greedy, broken and departing clients, dying workers and a stopping server: a real gunicorn meets them."""

from __future__ import annotations

import io
import json
import os
import random
import signal
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from tests.integration.slow_server import JPEG, QUEUE, RUNNING, Answer, Client, SlowServer, get, head, post, until
from tests.recognizer.fakes import png

pytestmark = pytest.mark.slow

PICTURE = post(JPEG)
READY, ALIVE = get("/readyz"), get("/livez")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlowServer]:
    """A server that has much patience with slow clients."""
    with SlowServer(tmp_path_factory.mktemp("server")) as running:
        yield running


@pytest.fixture(scope="module")
def impatient(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SlowServer]:
    """A server that waits a second for what a client is about to send."""
    with SlowServer(tmp_path_factory.mktemp("impatient"), patience_s=1) as running:
        yield running


@pytest.fixture
def crowd() -> Iterator[ThreadPoolExecutor]:
    """Many clients at the same time."""
    with ThreadPoolExecutor(60) as pool:
        yield pool


def chunked(*chunks: bytes) -> bytes:
    frames = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in [*chunks, b""])
    return head("Transfer-Encoding: chunked") + frames


def assert_all_is_well(server: SlowServer) -> None:
    """Pictures are answered, and nothing went wrong inside."""
    assert [server.ask(request).status for request in (PICTURE, READY, ALIVE)] == [200, 200, 200]
    assert "Traceback" not in server.log


def test_a_hundred_clients_that_send_a_byte_at_a_time_keep_nobody_waiting(server: SlowServer) -> None:
    with ExitStack() as stack:
        beginning = head("Content-Length: 1000000")
        slow = [stack.enter_context(server.connect(beginning)) for _ in range(100)]
        for _ in range(5):
            for client in slow:
                client.send(b"x")
            assert_all_is_well(server)


def test_a_hundred_clients_that_never_finish_their_headers_keep_nobody_waiting(server: SlowServer) -> None:
    with ExitStack() as stack:
        slow = [stack.enter_context(server.connect(b"GET / HTTP/1.1\r\n")) for _ in range(100)]
        for number in range(5):
            for client in slow:
                client.send(b"X-%d: y\r\n" % number)
            assert_all_is_well(server)


@pytest.mark.parametrize("beginning", [b"G", head("Content-Length: 1000"), head("Transfer-Encoding: chunked") + b"5"])
def test_a_client_that_is_too_slow_is_told_so(impatient: SlowServer, beginning: bytes) -> None:
    with impatient.connect(beginning) as client:
        answer = client.answer()

        assert (answer.status, answer.headers["Connection"]) == (408, "close")
        assert json.loads(answer.body)["status"] == 408
        assert client.is_over()


def test_a_client_that_says_nothing_is_hung_up_on(impatient: SlowServer) -> None:
    with impatient.connect() as client:
        assert client.is_over()


def test_a_picture_that_takes_its_time_is_answered(server: SlowServer) -> None:
    with server.connect() as client:
        for position in range(0, len(PICTURE), 50):
            client.send(PICTURE[position : position + 50])

        assert client.answer().status == 200


def test_one_connection_carries_one_request_after_the_other(server: SlowServer) -> None:
    with server.connect() as client:
        statuses = []
        for request in (PICTURE, ALIVE, post(b"no picture"), PICTURE):
            client.send(request)
            statuses.append(client.answer().status)

    assert statuses == [200, 200, 422, 200]


def test_requests_that_come_together_are_answered_in_their_order(server: SlowServer) -> None:
    together = PICTURE + ALIVE + chunked(JPEG) + post(b"no picture") + get("/api/nothing") + PICTURE
    with server.connect(together) as client:
        statuses = [client.answer().status for _ in range(6)]

    assert statuses == [200, 200, 200, 422, 404, 200]


def test_a_client_that_only_ends_its_own_side_is_answered(server: SlowServer) -> None:
    with server.connect(PICTURE) as client:
        client.end()

        assert client.answer().status == 200
        assert client.is_over()


@pytest.mark.parametrize("sizes", [[len(JPEG)], [1, 7, len(JPEG)]])
def test_a_chunked_picture_is_answered_like_any_other(server: SlowServer, sizes: list[int]) -> None:
    cuts = [JPEG[start:end] for start, end in zip([0, *sizes], sizes, strict=False)]

    answer = server.ask(chunked(*(cut for cut in cuts if cut)))

    assert json.loads(answer.body) == json.loads(server.ask(PICTURE).body)


def test_a_client_that_waits_to_continue_is_told_to_once(server: SlowServer) -> None:
    with server.connect(head(f"Content-Length: {len(JPEG)}", "Expect: 100-continue")) as client:
        assert client.answer().status == 100
        client.send(JPEG)

        assert client.answer().status == 200


TOO_LARGE = {
    "declared": head("Content-Length: 20971521"),
    "declared, and asking first": head("Content-Length: 20971521", "Expect: 100-continue"),
    "in chunks": head("Transfer-Encoding: chunked") + b"1400001\r\n",
}


@pytest.mark.parametrize("request_bytes", TOO_LARGE.values(), ids=TOO_LARGE.keys())
def test_a_request_that_is_too_large_is_refused_before_it_is_sent(server: SlowServer, request_bytes: bytes) -> None:
    with server.connect(request_bytes) as client:
        answer = client.answer()

        assert (answer.status, json.loads(answer.body)["code"]) == (413, "image_too_large")
        assert client.is_over()


def test_a_client_that_sends_all_of_a_request_that_is_too_large_can_read_why(server: SlowServer) -> None:
    body = bytes(25_000_000)

    assert server.ask(post(body)).status == 413


@pytest.mark.parametrize(
    ("request_bytes", "statuses"),
    [
        (b"\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03\n", {400}),
        (b"GET / HTTP/1.1\n\n", {400}),
        (b"GET / HTTP/9.9\r\n\r\n", {400, 505}),
        (b"GET /" + b"x" * 5000 + b" HTTP/1.1\r\n\r\n", {414}),
        (head("Content-Length: 3", "Content-Length: 4") + b"abc", {400}),
        (head("Content-Length: 3", "Transfer-Encoding: chunked") + b"0\r\n\r\n", {400}),
        (head("Transfer-Encoding: chunked") + b"five\r\n", {400}),
        (head("Transfer-Encoding: chunked") + b"1\r\nx\r\n" * 20_000, {400}),
        (get("/")[:-2] + b"X: y\r\n" * 100 + b"\r\n", {431}),
        (get("/")[:-2] + b"X: " + b"y" * 10_000 + b"\r\n\r\n", {431}),
        (get("/")[:-2] + b"X: " + b"y" * 100_000, {431}),
    ],
)
def test_what_is_no_request_is_refused(server: SlowServer, request_bytes: bytes, statuses: set[int]) -> None:
    assert server.ask(request_bytes).status in statuses
    assert_all_is_well(server)


def test_random_bytes_do_no_harm(server: SlowServer) -> None:
    source = random.Random(20)
    for _ in range(30):
        garbage = source.randbytes(source.randrange(1, 3000))
        with server.connect(source.choice([b"", PICTURE[:50], head("Transfer-Encoding: chunked")]) + garbage):
            pass

    assert_all_is_well(server)


def test_half_sent_bodies_do_not_shut_out_those_who_send_in_pieces(server: SlowServer) -> None:
    half_sent = head("Content-Length: 20000000") + bytes(19_999_000)
    with ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(server.connect()).send_what_is_taken(half_sent)

        with server.connect() as client:
            for position in range(0, len(PICTURE), 100):
                client.send(PICTURE[position : position + 100])
            assert client.answer().status == 200

    assert_all_is_well(server)


def test_half_sent_bodies_of_one_address_leave_room_for_the_large_ones_of_another(server: SlowServer) -> None:
    half_sent = head("Content-Length: 20000000") + bytes(19_999_000)
    whole = post(JPEG + bytes(15_000_000))
    with ExitStack() as stack:
        for _ in range(6):
            stack.enter_context(server.connect()).send_what_is_taken(half_sent)

        with server.connect(source="127.0.0.2") as client:
            for position in range(0, len(whole), 10**6):
                client.send(whole[position : position + 10**6])
            assert client.answer().status == 200


def pictures(server: SlowServer, crowd: ThreadPoolExecutor, count: int) -> list[Future[Answer]]:
    """So many clients send a picture at the same time."""
    return [crowd.submit(server.ask, PICTURE) for _ in range(count)]


def test_who_finds_no_place_is_told_when_to_come_back_and_the_others_are_answered(
    server: SlowServer, crowd: ThreadPoolExecutor
) -> None:
    with server.holding_back():
        asked = pictures(server, crowd, 50)
        until(lambda: sum(one.done() for one in asked) == 50 - RUNNING - QUEUE)
        assert server.ask(ALIVE).status == 200
    answers = [one.result() for one in asked]

    assert Counter(answer.status for answer in answers) == {200: RUNNING + QUEUE, 503: 50 - RUNNING - QUEUE}
    assert all(1 <= int(answer.headers["Retry-After"]) <= 30 for answer in answers if answer.status == 503)
    assert_all_is_well(server)


def many_scans(count: int) -> bytes:
    """A progressive JPEG of 49 megapixels whose last scan is repeated: 200 kB that take 30 ms each to decode."""
    buffer = io.BytesIO()
    Image.new("L", (7000, 7000)).save(buffer, "JPEG", progressive=True)
    jpeg = buffer.getvalue()
    scans = [at for at in range(len(jpeg)) if jpeg.startswith(b"\xff\xda", at)]
    end = jpeg.rindex(b"\xff\xd9")
    return jpeg[:end] + jpeg[scans[-1] : end] * (count - len(scans)) + jpeg[end:]


@pytest.mark.parametrize(("scans", "status"), [(99, 413), (60, 200)])
def test_costly_pictures_do_not_shut_out_the_others(
    server: SlowServer, crowd: ThreadPoolExecutor, scans: int, status: int
) -> None:
    costly = post(many_scans(scans))
    asked = [crowd.submit(server.ask, costly) for _ in range(36)]

    honest = [server.ask(PICTURE).status for _ in range(38)]

    assert honest.count(200) >= 35
    assert status in {one.result().status for one in asked} <= {status, 503}
    assert_all_is_well(server)


def test_large_pictures_at_once_take_no_more_memory_than_the_budget(
    server: SlowServer, crowd: ThreadPoolExecutor
) -> None:
    large = post(png(11_000, 10_000, zlib.compress(bytes(10_000 * 33_001)), colour_type=2))
    [worker] = server.workers
    before = peak_mb(worker)

    statuses = {one.result().status for one in [crowd.submit(server.ask, large) for _ in range(8)]}

    assert 200 in statuses <= {200, 503}
    assert peak_mb(worker) < before + 600
    assert server.workers == {worker}


def peak_mb(pid: int) -> float:
    """The most memory that a process has had."""
    [line] = [line for line in Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines() if "VmHWM" in line]
    return int(line.split()[1]) / 1024


def test_a_client_that_goes_away_in_the_middle_of_its_form_has_no_more_decoded(server: SlowServer) -> None:
    part = b'--x\r\nContent-Disposition: form-data; name="image"; filename="a.jpg"\r\n\r\n' + many_scans(20) + b"\r\n"
    [worker] = server.workers
    body = part * 16 + b"--x--\r\n"
    with server.connect(head(f"Content-Length: {len(body)}") + body):
        until(lambda: server_is_busy(worker))

    until(lambda: not server_is_busy(worker), timeout_s=5)


def server_is_busy(pid: int) -> bool:
    """Whether a process computes: for more than half of a tenth of a second."""
    before = processor_s(pid)
    time.sleep(0.1)
    return processor_s(pid) - before > 0.05


def processor_s(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def test_a_client_that_goes_away_frees_its_place_in_the_queue(server: SlowServer) -> None:
    with ExitStack() as stack:
        with server.holding_back():
            clients = [stack.enter_context(server.connect(PICTURE)) for _ in range(20)]
            until(lambda: sum(client.has_answer() for client in clients) == 20 - RUNNING - QUEUE)
            for client in clients:
                client.close()
            last = stack.enter_context(first_who_waits(server))

        assert last.answer().status == 200
    assert_all_is_well(server)


def first_who_waits(server: SlowServer) -> Client:
    """The first client that is not turned away at once."""
    for _ in range(100):
        client = server.connect(PICTURE)
        if not client.has_answer(within_s=1):
            return client
        client.close()
    pytest.fail("Everybody was turned away.")


def test_a_worker_that_is_killed_takes_nobody_with_it_but_its_own(tmp_path: Path, crowd: ThreadPoolExecutor) -> None:
    with SlowServer(tmp_path, workers=2) as server:
        with server.holding_back():
            idle = {pid: sockets(pid) for pid in server.workers}
            asked: list[Future[Answer]] = []
            while len(asked) < 40 and any(sockets(pid) == idle[pid] for pid in idle):
                asked += pictures(server, crowd, 1)
                wait(asked, timeout=0.1)
            victim = max(idle, key=lambda pid: sockets(pid) - idle[pid])
            has_others = any(sockets(pid) > idle[pid] for pid in idle if pid != victim)
            os.kill(victim, signal.SIGKILL)
            until(lambda: victim not in server.workers and len(server.workers) == 2)
        outcomes = Counter(outcome(one) for one in asked)

        assert set(outcomes) <= {200, 503, "broken"}
        assert outcomes["broken"] > 0
        assert outcomes[200] > 0 or not has_others
        assert_all_is_well(server)


def sockets(pid: int) -> int:
    """How many sockets a process has open."""
    return sum(target(entry).startswith("socket:") for entry in Path(f"/proc/{pid}/fd").iterdir())


def target(descriptor: Path) -> str:
    """What a descriptor is; nothing where it has been closed meanwhile."""
    try:
        return str(descriptor.readlink())
    except FileNotFoundError:
        return ""


def outcome(asked: Future[Answer]) -> int | str:
    try:
        return asked.result().status
    except ConnectionError:
        return "broken"


def test_a_server_that_stops_answers_all_it_has_accepted(tmp_path: Path, crowd: ThreadPoolExecutor) -> None:
    with SlowServer(tmp_path) as server, ExitStack() as stack:
        half_sent = [stack.enter_context(server.connect(request[:40])) for request in (PICTURE, READY)]
        with server.holding_back():
            asked = [stack.enter_context(server.connect(PICTURE)) for _ in range(RUNNING + QUEUE - 1)]
            server.process.send_signal(signal.SIGTERM)
            until(lambda: refuses_connections(server))

            half_sent[0].send(PICTURE[40:])
            half_sent[1].send(READY[40:])
            readiness = half_sent[1].answer()
        answers = [client.answer() for client in [*asked, half_sent[0]]]

        assert (readiness.status, json.loads(readiness.body)["status"]) == (503, "draining")
        assert [answer.status for answer in answers] == [200] * (RUNNING + QUEUE)
        assert (readiness.headers["Connection"], answers[-1].headers["Connection"]) == ("close", "close")
        assert server.process.wait(timeout=60) == 0
        assert "Traceback" not in server.log


def refuses_connections(server: SlowServer) -> bool:
    try:
        server.connect().close()
    except ConnectionRefusedError:
        return True
    return False
