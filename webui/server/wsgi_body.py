"""Gives chunked bodies the length that they lack.

Django reads as many bytes as `Content-Length` says, so a body sent with `Transfer-Encoding: chunked`
would look empty to it.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

from webui.config import streamed_uploads


class ChunkedBodies:
    """Wraps a WSGI application: reads a chunked body up to a limit and passes it on with its length."""

    def __init__(self, application: WSGIApplication, *, max_bytes: int, max_streamed_bytes: int) -> None:
        """Wraps.

        Args:
            application: what the requests are for.
            max_bytes: of a body that is read here.
            max_streamed_bytes: of one that the application reads as it arrives.
        """
        self._application = application
        self._max_bytes = max_bytes
        self._max_streamed_bytes = max_streamed_bytes

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Passes on; of a body that is too long only its length, which the application then refuses."""
        if "chunked" in environ.get("HTTP_TRANSFER_ENCODING", "").lower() and environ.get("wsgi.input_terminated"):
            if streamed_uploads.is_streamed(environ.get("REQUEST_METHOD", ""), environ.get("PATH_INFO", "")):
                environ["wsgi.input"] = _Streamed(environ["wsgi.input"])
                environ["CONTENT_LENGTH"] = str(self._max_streamed_bytes)  # The body ends before that, or is too long.
            else:
                body = environ["wsgi.input"].read(self._max_bytes + 1)
                environ["wsgi.input"] = io.BytesIO(body)
                environ["CONTENT_LENGTH"] = str(len(body))
        return self._application(environ, start_response)


class _Streamed:
    """A chunked body that is arriving; a broken one raises what a broken connection does."""

    def __init__(self, body: Any) -> None:
        self._body = body

    def readline(self, size: int = -1) -> bytes:
        return self._whole(self._body.readline, size)

    def read(self, size: int = -1) -> bytes:
        return self._whole(self._body.read, size)

    def _whole(self, read: Callable[[int], bytes], size: int) -> bytes:
        try:
            return read(size)
        except OSError:
            raise
        except Exception as err:  # gunicorn's, of a dozen kinds.
            raise ConnectionAbortedError("The chunks of the body are malformed.") from err
