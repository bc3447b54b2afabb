"""Middleware that writes problem documents as each protocol's clients expect their errors, whoever refuses.

    /v2, /v1/..., /hf/...    {"error": "..."}
    /photoprism/...          {"code": 422, "error": "...", "result": {}}

Status and headers stay as they are.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse

GetResponse = Callable[[HttpRequest], HttpResponse]
Document = dict[str, Any]


def answer_in_its_shape(get_response: GetResponse) -> GetResponse:
    """The middleware; outside of all others that may refuse a request."""

    def middleware(request: HttpRequest) -> HttpResponse:
        response = get_response(request)
        shape = _shape(request.path_info)
        if shape is None or response.headers.get("Content-Type") != "application/problem+json":
            return response
        response.content = json.dumps(shape(json.loads(response.content))).encode()
        response.headers["Content-Type"] = "application/json"
        response.headers["Content-Length"] = str(len(response.content))
        return response

    return middleware


def _shape(path: str) -> Callable[[Document], Document] | None:
    if path == "/v2" or path.startswith(("/v2/", "/v1/", "/hf/")):
        return _plain
    return _photoprism if path.startswith("/photoprism/") else None


def _plain(problem: Document) -> Document:
    return {"error": problem["detail"]}


def _photoprism(problem: Document) -> Document:
    return {"code": problem["status"], "error": problem["detail"], "result": {}}
