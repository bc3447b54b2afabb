from __future__ import annotations

import io
from typing import Any

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
    ChunkedBodies(recorder, max_bytes=100)(environ, lambda *args: None)
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
