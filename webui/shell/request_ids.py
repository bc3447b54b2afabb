"""An id for each request: in its answer's X-Request-ID, and in every line that the log has of it.

A proxy or a client may give one; what it gives is taken if it can stand in a log line.
"""

from __future__ import annotations

import logging
import re
import uuid
from collections.abc import Callable
from contextvars import ContextVar

from django.http import HttpRequest, HttpResponseBase

HEADER = "X-Request-ID"
_GIVEN = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_current: ContextVar[str] = ContextVar("request_id", default="-")


def give_request_ids(get_response: Callable[[HttpRequest], HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Middleware that gives each request its id."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get(HEADER, "")
        request_id = given if _GIVEN.fullmatch(given) else uuid.uuid4().hex
        token = _current.set(request_id)
        try:
            response = get_response(request)
        finally:
            _current.reset(token)
        response[HEADER] = request_id
        return response

    return middleware


class RequestIds(logging.Filter):
    """Adds `request_id` to the records of the log; a dash outside of requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Takes every record."""
        record.request_id = _current.get()
        return True
