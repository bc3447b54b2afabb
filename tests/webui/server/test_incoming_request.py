from __future__ import annotations

import math

from webui.server.incoming_request import IncomingRequest, Limits
from webui.server.request_framing import Verdict

LIMITS = Limits(
    max_body_bytes=1000,
    idle_timeout_s=5,
    head_timeout_s=10,
    body_grace_s=20,
    body_bytes_per_s=2,
    request_timeout_s=60,
)
HEAD = b"POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n"


def incoming(*arrivals: tuple[float, bytes]) -> IncomingRequest:
    """A request whose bytes came at these times."""
    request = IncomingRequest(LIMITS, now=0)
    for now, data in arrivals:
        request.receive(data, now=now)
    return request


def test_a_connection_on_which_nothing_arrives_is_kept_for_a_while() -> None:
    assert incoming().deadline == 5


def test_a_connection_on_which_nothing_has_arrived_can_be_hurried() -> None:
    request = incoming()
    request.hurry(2)

    assert request.deadline == 2


def test_a_request_that_has_begun_cannot_be_hurried() -> None:
    request = incoming((3, b"GET"))
    request.hurry(4)

    assert request.deadline == 3 + 10


def test_the_head_has_its_time_from_the_first_byte_however_often_a_byte_comes() -> None:
    assert incoming((3, b"G"), (8, b"E"), (12, b"T")).deadline == 3 + 10


def test_the_body_has_a_grace_and_the_time_that_its_bytes_have_earned() -> None:
    assert incoming((1, HEAD[:5]), (4, HEAD[5:])).deadline == 4 + 20
    assert incoming((1, HEAD[:5]), (4, HEAD[5:]), (9, b"x" * 40)).deadline == 4 + 20 + 40 / 2


def test_a_request_has_a_last_moment_however_fast_it_began() -> None:
    assert incoming((1, HEAD + b"x" * 99)).deadline == 1 + 60


def test_a_client_that_has_just_begun_is_as_fast_as_can_be() -> None:
    assert incoming((3, b"POST")).pace(3.4) == math.inf


def test_the_pace_of_a_client_is_what_has_come_lately() -> None:
    fast = incoming((0, HEAD + b"x" * 20), (0.6, b"x" * 20), (1.2, b"x" * 20))

    assert fast.pace(1.3) == 40
    assert fast.pace(2.6) == 0


def test_what_is_declared_and_not_here_is_awaited() -> None:
    assert incoming((0, b"POST")).awaited_bytes == 0
    assert incoming((0, HEAD + b"x" * 30)).awaited_bytes == 70
    assert incoming((0, HEAD + b"x" * 130)).awaited_bytes == 0


def test_the_rest_is_split_off_and_the_request_stays() -> None:
    request = incoming((0, HEAD + b"x" * 100 + b"GET /next"))

    assert request.split_off_rest() == b"GET /next"
    assert b"".join(request.pieces()) == HEAD + b"x" * 100


def test_the_pieces_of_a_large_request_are_small_and_complete() -> None:
    body = bytes(range(256)) * 1000
    request = IncomingRequest(Limits(max_body_bytes=10**6), now=0)
    request.receive(HEAD.replace(b"100", b"256000") + body, now=0)

    pieces = list(request.pieces())

    assert b"".join(pieces).endswith(b"\r\n\r\n" + body)
    assert max(map(len, pieces)) <= 64 * 2**10


def test_a_client_that_waits_is_told_to_continue_once() -> None:
    request = incoming((0, HEAD[:-2] + b"Expect: 100-continue\r\n\r\n"))

    assert [request.must_be_told_to_continue() for _ in range(2)] == [True, False]


def test_the_parser_does_not_see_the_expectation() -> None:
    request = incoming((0, HEAD[:-2] + b"Expect: 100-continue\r\n\r\n"), (1, b"x" * 100))

    assert b"".join(request.pieces()) == HEAD + b"x" * 100


def test_of_a_body_that_is_too_large_the_parser_sees_the_head_only() -> None:
    request = incoming((0, HEAD.replace(b"100", b"1001") + b"x" * 1001))

    assert request.verdict is Verdict.BODY_TOO_LARGE
    assert b"".join(request.pieces()) == b"POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: 1001\r\n\r\n"


def test_a_forgotten_request_takes_no_memory() -> None:
    request = incoming((0, HEAD + b"x" * 100))
    half_read = request.pieces()
    next(half_read)

    request.forget()

    assert request.buffered_bytes == 0
    assert list(half_read) == []
