from __future__ import annotations

import io
from typing import Any

import pytest
from gunicorn.http.errors import ChunkMissingTerminator, NoMoreData

from webui.server.wsgi_body import ChunkedBodies


class Recorder:
    """A WSGI application that keeps what it was given."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> list[bytes]:
        self.length = environ.get("CONTENT_LENGTH")
        self.body = environ["wsgi.input"].read()
        return []


def send(body: bytes, **environ: Any) -> Recorder:
    recorder = Recorder()
    environ["wsgi.input"] = io.BytesIO(body)
    ChunkedBodies(recorder, max_bytes=100, max_streamed_bytes=1000)(environ, lambda *args: None)
    return recorder


CHUNKED = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}


def test_a_chunked_body_gets_its_length() -> None:
    recorder = send(b"a" * 100, **CHUNKED)

    assert (recorder.length, recorder.body) == ("100", b"a" * 100)


def test_a_chunked_body_is_read_no_further_than_one_byte_over_the_limit() -> None:
    recorder = send(b"a" * 5000, **CHUNKED)

    assert (recorder.length, len(recorder.body)) == ("101", 101)


def test_a_body_with_a_length_is_passed_on_untouched() -> None:
    recorder = send(b"a" * 5000, CONTENT_LENGTH="5000")

    assert (recorder.length, len(recorder.body)) == ("5000", 5000)


# Bodies that the application reads as they arrive

STREAMED = {**CHUNKED, "REQUEST_METHOD": "POST", "PATH_INFO": "/animals/api/v1/batches"}


class Broken:
    """A body whose chunks are malformed, or whose connection breaks."""

    def __init__(self, error: Exception) -> None:
        self._error = error

    def read(self, size: int = -1) -> bytes:
        raise self._error


def test_an_upload_is_not_read_here_and_may_be_longer() -> None:
    recorder = send(b"a" * 500, **STREAMED)

    assert (recorder.length, recorder.body) == ("1000", b"a" * 500)


@pytest.mark.parametrize("error", [ChunkMissingTerminator(b"x"), NoMoreData()], ids=str)
def test_an_upload_that_is_broken_is_a_broken_connection(error: Exception) -> None:
    recorder = Recorder()
    environ = {**STREAMED, "wsgi.input": Broken(error)}

    with pytest.raises(OSError, match=r"malformed|No more data"):
        ChunkedBodies(recorder, max_bytes=100, max_streamed_bytes=1000)(environ, lambda *args: None)
