from __future__ import annotations

import pytest
from gunicorn.config import Config
from gunicorn.http.parser import RequestParser
from hypothesis import given
from hypothesis import strategies as st

from webui.server.request_framing import MAX_HEAD_BYTES, Head, RequestFraming, Verdict

MAX_BODY_BYTES = 1000
GET = b"GET /livez HTTP/1.1\r\nHost: a\r\n\r\n"
POST = b"POST / HTTP/1.1\r\nHost: a\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"


def examine(data: bytes) -> tuple[Verdict, RequestFraming]:
    framing = RequestFraming(max_body_bytes=MAX_BODY_BYTES)
    return framing.examine(data), framing


def sized(body: bytes) -> bytes:
    return POST + b"Content-Length: %d\r\n\r\n" % len(body) + body


def chunked(*chunks: bytes, trailers: bytes = b"") -> bytes:
    frames = b"".join(b"%x\r\n%s\r\n" % (len(chunk), chunk) for chunk in chunks)
    return CHUNKED + frames + b"0\r\n" + trailers + b"\r\n"


WHOLE = {
    "no body": GET,
    "no field": b"GET / HTTP/1.0\r\n\r\n",
    "an empty line first": b"\r\n" + GET,
    "an empty body": sized(b""),
    "a body": sized(b"abc\r\n\r\ndef"),
    "a length among blanks": POST + b"content-length: \t3 \r\n\r\nabc",
    "no chunk": chunked(),
    "chunks": chunked(b"abc", b"\r\n0\r\n\r\n", b"x" * 300),
    "chunks with extensions": CHUNKED + b'3 ;a=b\r\nabc\r\n0;q="x"\r\n\r\n',
    "trailers": chunked(b"abc", trailers=b"Checksum: 1\r\nOther: 2\r\n"),
    "a large hexadecimal size": CHUNKED + b"0Ff\r\n" + b"x" * 255 + b"\r\n00\r\n\r\n",
}


def test_a_whole_request_is_complete_at_its_last_byte_where_gunicorn_finds_its_end_too() -> None:
    for what, request_bytes in WHOLE.items():
        framing = RequestFraming(max_body_bytes=MAX_BODY_BYTES)

        verdicts = [framing.examine(request_bytes[:end]) for end in range(1, len(request_bytes) + 1)]

        assert verdicts == [Verdict.INCOMPLETE] * (len(request_bytes) - 1) + [Verdict.COMPLETE], what
        assert framing.end == len(request_bytes), what
        assert read_by_gunicorn(request_bytes + b"NEXT") == b"NEXT", what


def test_what_follows_belongs_to_the_next_request() -> None:
    for request_bytes in WHOLE.values():
        verdict, framing = examine(request_bytes + GET)

        assert (verdict, framing.end) == (Verdict.COMPLETE, len(request_bytes)), request_bytes


def read_by_gunicorn(data: bytes) -> bytes:
    """What gunicorn's parser leaves of these bytes after it has read one request."""
    parser = RequestParser(Config(), iter([data]), ("192.0.2.1", 1))
    next(parser).body.read()
    rest: bytes = parser.unreader.take_buffered()
    return rest


@given(
    chunks=st.lists(st.binary(min_size=1, max_size=40), max_size=8),
    trailers=st.sampled_from([b"", b"A: b\r\n"]),
    rest=st.binary(max_size=20),
    cuts=st.lists(st.integers(0, 400), max_size=5),
)
def test_the_end_is_gunicorns_however_the_bytes_arrive(
    chunks: list[bytes], trailers: bytes, rest: bytes, cuts: list[int]
) -> None:
    data = chunked(*chunks, trailers=trailers) + rest
    framing = RequestFraming(max_body_bytes=MAX_BODY_BYTES)

    verdicts = [framing.examine(data[:cut]) for cut in sorted(cuts) if 0 < cut < len(data) - len(rest)]

    assert set(verdicts) <= {Verdict.INCOMPLETE}
    assert framing.examine(data) is Verdict.COMPLETE
    assert data[framing.end :] == rest == read_by_gunicorn(data)


@given(data=st.binary(min_size=1, max_size=200))
def test_no_bytes_at_all_are_an_accident(data: bytes) -> None:
    assert examine(data)[0] in Verdict
    assert examine(CHUNKED + data)[0] in Verdict


UNCLEAR = [
    b"\x16\x03\x01\x02\x00\x01\x00",
    b"hello\r\n",
    b"GET / HTTP/1.1\nHost: a\n\n",
    b"GET / HTTP/1.1\r\nHost: a\n",
    POST + b"Content-Length: 3\r\nContent-Length: 3\r\n\r\n",
    POST + b"Content-Length: -3\r\n\r\n",
    POST + b"Content-Length: +3\r\n\r\n",
    POST + b"Content-Length: 3, 3\r\n\r\n",
    POST + b"Content-Length: \xb2\r\n\r\n",
    POST + b"Content-Length:\r\n\r\n",
    POST + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n",
    POST + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n",
    POST + b"Transfer-Encoding: gzip\r\n\r\n",
    POST + b"Transfer-Encoding: chunked, gzip\r\n\r\n",
    CHUNKED + b"xyz\r\n",
    CHUNKED + b"-3\r\nabc\r\n",
    CHUNKED + b"\r\n",
    CHUNKED + b"3\r\nabcd\r\n",
    CHUNKED + b"3;" + b"x" * 10_000,
    CHUNKED + b"0\r\n" + b"A: b\r\n" * 20_000,
]


def test_the_parser_is_asked_at_once_what_is_wrong() -> None:
    assert [data for data in UNCLEAR if examine(data)[0] is not Verdict.UNCLEAR] == []


def test_a_head_may_have_its_limit_and_no_byte_more() -> None:
    padding = b"A: " + b"x" * (MAX_HEAD_BYTES - len(GET) - len(b"A: \r\n")) + b"\r\n"
    longest = GET[:-2] + padding + b"\r\n"

    assert examine(longest)[0] is Verdict.COMPLETE
    assert examine(GET[:-2] + b"A" + padding + b"\r\n")[0] is Verdict.HEAD_TOO_LARGE
    assert examine(GET[:-2] + b"x" * MAX_HEAD_BYTES)[0] is Verdict.HEAD_TOO_LARGE


def test_a_body_may_have_its_limit_and_no_byte_more() -> None:
    assert examine(sized(b"x" * MAX_BODY_BYTES))[0] is Verdict.COMPLETE
    assert examine(chunked(b"x" * 600, b"x" * 400))[0] is Verdict.COMPLETE
    assert examine(chunked(b"x" * 600, b"x" * 401))[0] is Verdict.BODY_TOO_LARGE


@pytest.mark.parametrize("data", [POST + b"Content-Length: 1001\r\n\r\n", CHUNKED + b"3e9\r\n"])
def test_a_body_that_is_declared_too_large_is_not_waited_for(data: bytes) -> None:
    verdict, framing = examine(data)

    assert (verdict, framing.body_bytes) == (Verdict.BODY_TOO_LARGE, 1001)


def test_a_body_in_too_many_tiny_chunks_is_refused() -> None:
    framing = RequestFraming(max_body_bytes=10**6)

    assert framing.examine(CHUNKED + b"1\r\nx\r\n" * 20_000) is Verdict.CHUNKS_TOO_SMALL


def test_a_body_in_chunks_with_long_extensions_is_refused() -> None:
    framing = RequestFraming(max_body_bytes=10**6)
    chunk = b"400;" + b"e" * 1000 + b"\r\n" + b"x" * 1024 + b"\r\n"

    assert framing.examine(CHUNKED + chunk * 100) is Verdict.CHUNKS_TOO_SMALL


def test_honest_chunks_are_not() -> None:
    framing = RequestFraming(max_body_bytes=10**6)
    signed = b"2000;chunk-signature=" + b"e" * 64 + b"\r\n" + b"x" * 8192 + b"\r\n"

    assert framing.examine(CHUNKED + b"1\r\nx\r\n" * 10_000) is Verdict.INCOMPLETE
    assert RequestFraming(max_body_bytes=10**6).examine(CHUNKED + signed * 100) is Verdict.INCOMPLETE


@pytest.mark.parametrize(
    ("head", "expected"),
    [
        (POST + b"Expect: 100-continue", True),
        (POST + b"expect:100-Continue ", True),
        (POST.replace(b"1.1", b"1.0") + b"Expect: 100-continue", False),
        (POST + b"Expect: something else", False),
        (POST + b"Accept: 100-continue", False),
    ],
)
def test_a_client_may_wait_to_be_told_to_continue(head: bytes, expected: bool) -> None:
    assert Head.of(head).expects_continue is expected


def test_without_its_expectation_a_head_is_as_it_was() -> None:
    head = Head.of(b"\r\n" + POST + b"Expect: 100-continue\r\nContent-Length: 3")

    assert head.without_expectation() == POST + b"Content-Length: 3\r\n\r\n"


@pytest.mark.parametrize("length", [b"Content-Length: 2000", b"Transfer-Encoding: chunked"])
def test_a_head_that_is_too_large_tells_its_length_and_ends_the_connection(length: bytes) -> None:
    head = Head.of(POST + b"Connection: keep-alive\r\nExpect: 100-continue\r\n" + length)

    [first, *others] = head.too_large(2000).split(b"\r\n")

    assert first == b"POST / HTTP/1.1"
    assert others == [b"Connection: close", b"Content-Length: 2000", b"Host: a", b"", b""]
