from __future__ import annotations

import io
import json
from http import HTTPStatus
from http.client import HTTPResponse
from typing import Any

from webui.problems import STATUS_BY_CODE
from webui.server import refusals


class Received:
    """Bytes that a client has received, as `http.client` wants them."""

    def __init__(self, data: bytes) -> None:
        self._data = data

    def makefile(self, *_: Any) -> io.BytesIO:
        return io.BytesIO(self._data)


def parse(data: bytes) -> tuple[HTTPResponse, Any]:
    response = HTTPResponse(Received(data))
    response.begin()
    return response, json.load(response)


def test_a_refusal_is_a_problem_document_that_ends_the_connection() -> None:
    for status in refusals._SENTENCES:
        response, problem = parse(refusals.refusal(status))

        assert (response.status, response.reason, problem["status"]) == (status, status.phrase, status)
        assert response.headers["Content-Type"] == "application/problem+json"
        assert response.headers["Connection"] == "close"
        assert problem["code"] in STATUS_BY_CODE


def test_too_much_at_once_has_a_time_to_come_back() -> None:
    response, problem = parse(refusals.refusal(HTTPStatus.SERVICE_UNAVAILABLE))

    assert problem["code"] == "overloaded"
    assert int(response.headers["Retry-After"]) > 0
