"""Writes the few answers that are given without asking the application, as the bytes of an HTTP response."""

from __future__ import annotations

import json
from http import HTTPStatus

CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"

_SENTENCES = {
    HTTPStatus.BAD_REQUEST: "The chunks of the body are too small, or have long extensions. Send it in larger ones.",
    HTTPStatus.REQUEST_TIMEOUT: "The request arrived too slowly. Send it again over a better connection.",
    HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE: "The headers of the request are too long. Send fewer or shorter ones.",
    HTTPStatus.SERVICE_UNAVAILABLE: "Too many large requests are arriving. Send the request again in a few seconds.",
}
"""Every refusal, and what is said with it."""


def refusal(status: HTTPStatus) -> bytes:
    """A whole response that refuses a request and ends the connection."""
    # Not at the top: the problems stand on Django, which the master process never loads.
    from recognizer.errors import Overloaded
    from webui.problems import RETRY_AFTER_S, InvalidRequest, problem

    kind = Overloaded if status is HTTPStatus.SERVICE_UNAVAILABLE else InvalidRequest
    body = json.dumps(problem(kind(_SENTENCES[status])) | {"status": status.value}).encode("ascii")
    lines = [
        f"HTTP/1.1 {status.value} {status.phrase}",
        "Content-Type: application/problem+json",
        f"Content-Length: {len(body)}",
        "Cache-Control: no-store",
        "Connection: close",
    ]
    if status is HTTPStatus.SERVICE_UNAVAILABLE:
        lines.append(f"Retry-After: {RETRY_AFTER_S}")
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body
