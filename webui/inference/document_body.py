"""Reads the JSON document that an endpoint takes as its body."""

from __future__ import annotations

from typing import TypeVar

from django.http import HttpRequest
from pydantic import ValidationError

from recognizer.predictions.documents import Document
from webui.inference.uploads import body_of
from webui.problems import InvalidRequest

MAX_BYTES = 16 * 2**10

Kind = TypeVar("Kind", bound=Document)


def read(request: HttpRequest, kind: type[Kind], expected: str) -> Kind:
    """The document that is sent.

    Args:
        request: nothing of its body has been read.
        kind: of document.
        expected: what it says where the body is something else, a sentence with an example.

    Raises:
        InvalidRequest: the body is something else, or is longer than `MAX_BYTES`.
        UnsupportedFormat, ImageTooLarge: see `uploads.body_of`.
    """
    body = body_of(request)
    if len(body) > MAX_BYTES:
        raise InvalidRequest(f"{expected} Received: {len(body)} bytes, of at most {MAX_BYTES}.")
    try:
        return kind.model_validate_json(body)
    except ValidationError as err:
        first = err.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"])) or "the body"
        raise InvalidRequest(f"{expected} Received: {place}, of which is to be said: {first['msg']}.") from err
