"""Reads the JSON that a protocol's request consists of, within limits on what it takes as objects."""

from __future__ import annotations

import json
from typing import Any, NoReturn

from webui.problems import InvalidRequest

MAX_VALUES = 1_000_000
"""Of small ones; pixels are numbers. An empty list takes 64 bytes."""


def parsed(body: bytes) -> dict[str, Any]:
    """The object that a body holds as JSON.

    Raises:
        InvalidRequest: it is no JSON, no object, too deep, or has too many values.
    """
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > MAX_VALUES:
        raise InvalidRequest(
            f"The JSON has over {MAX_VALUES} values. Send files as base64, or the pixels of fewer pictures."
        )
    try:
        document = json.loads(body, parse_constant=_refuse)
    except (ValueError, RecursionError) as err:
        raise InvalidRequest("The body is no JSON. Send one object, in UTF-8.") from err
    if not isinstance(document, dict):
        raise InvalidRequest(f"Expected a JSON object. Received: {kind(document)}")
    return document


def kind(value: object) -> str:
    """What a value of JSON is, for messages: a list, a string."""
    names = {dict: "an object", list: "a list", str: "a string", bool: "a truth value", type(None): "null"}
    return names.get(type(value), "a number")


def _refuse(constant: str) -> NoReturn:
    raise ValueError(constant)  # NaN and Infinity are no JSON.
