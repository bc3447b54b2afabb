"""Finds the pictures in text: base64 and data URLs, alone, in JSON, or as the values of a form.

    {"image": "..."}   {"images": ["...", "..."]}   {"inputs": "...", "parameters": {"top_k": 2}}   ...&image=data:...

Any other string that is a picture is taken too, wherever it stands: services name the place in a dozen ways.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote_to_bytes

from recognizer.errors import ImageError, NotAnImage
from recognizer.images.formats import sniff
from webui.problems import InvalidRequest

KEYS = frozenset({"image", "images", "inputs"})
"""What stands here is meant as a picture, whatever it is."""
OPTIONS = frozenset({"top_k", "heatmap", "embedding", "thumbnail", "keep"})

# JSON of tiny values takes 30 times its size as objects.
_MAX_VALUES = 2000
_MAX_PAIRS = 200
# Base64 of what tells a picture's kind, and some spaces.
_BEGINNING, _SHORT = 120, 70
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")
_NOT_BASE64 = "Expected a picture as base64 or as a data URL. Received: something else."
_NOT_FETCHED = "Pictures are not fetched from addresses. Send the picture itself, as base64 or as a file."


def decoded(text: str) -> bytes:
    """The bytes of base64, with or without padding and line breaks, in either alphabet, or of a data URL.

    Raises:
        NotAnImage: it is neither.
    """
    beginning, is_base64 = text[:_BEGINNING].lstrip().lower(), True
    if beginning.startswith("data:") and "," in text:
        head, text = text.split(",", 1)
        is_base64 = head.lower().endswith(";base64")
    elif beginning.startswith(("http://", "https://")):
        raise NotAnImage(_NOT_FETCHED)
    try:
        if not is_base64:
            return unquote_to_bytes(text)
        plain = text.encode("ascii").translate(_TO_STANDARD, b" \t\r\n").rstrip(b"=")
        return base64.b64decode(plain + b"=" * (-len(plain) % 4), validate=True)
    except ValueError as err:
        raise NotAnImage(_NOT_BASE64) from err


def is_picture(text: str) -> bool:
    """Whether a text is the base64 of a picture, or a data URL of one, by its beginning."""
    text = text.lstrip()
    if text[:11].lower() == "data:image/":
        return True
    start = text.find(",") + 1 if text[:5].lower() == "data:" else 0
    beginning = text[start : start + _BEGINNING]
    plain = "".join(beginning.split()).rstrip("=")
    try:
        kind = sniff(decoded(plain[: len(plain) // 4 * 4]))
    except ImageError:
        return False
    # A BMP begins with two letters only; a form's token, of 64 characters, has them now and then.
    return kind is not None and (kind != "BMP" or len(plain) > _SHORT)


def in_json(body: bytes) -> tuple[list[str], dict[str, str]]:
    """The texts in a JSON document that are pictures, and the options beside them or below `parameters`.

    Raises:
        InvalidRequest: it is no JSON, or has too many values.
    """
    if sum(body.count(mark) for mark in (b",", b"[", b"{")) > _MAX_VALUES:
        raise InvalidRequest("The JSON has too many values. Send the file of the picture as base64, not its pixels.")
    try:
        document = json.loads(body.removeprefix(b"\xef\xbb\xbf"))
    except (ValueError, RecursionError) as err:
        raise InvalidRequest("The body begins as JSON and is none. Send the whole document, in UTF-8.") from err
    found = [text for text, is_meant in _texts(document) if is_meant or is_picture(text)]
    return found, _options(document)


def in_pairs(body: bytes) -> Iterator[tuple[str, bytes]]:
    """The names and values of `application/x-www-form-urlencoded`. A plus stays one: base64 has it, and spaces not."""
    for pair in body.split(b"&", _MAX_PAIRS)[:_MAX_PAIRS]:
        name, _, value = pair.partition(b"=")
        yield unquote_to_bytes(name).decode("utf-8", errors="replace"), unquote_to_bytes(value)


def _texts(document: Any) -> Iterator[tuple[str, bool]]:
    """All strings of a document in their order, and whether each stands where a picture is meant."""
    todo: list[tuple[Any, bool]] = [(document, False)]
    while todo:
        value, is_meant = todo.pop()
        if isinstance(value, str):
            yield value, is_meant
        elif isinstance(value, list):
            todo += [(item, is_meant) for item in reversed(value)]
        elif isinstance(value, dict):
            todo += [(item, value is document and key in KEYS) for key, item in reversed(value.items())]


def _options(document: Any) -> dict[str, str]:
    if not isinstance(document, dict):
        return {}
    parameters = document.get("parameters")
    given = document | parameters if isinstance(parameters, dict) else document
    return {name: _as_text(given[name]) for name in OPTIONS if given.get(name) is not None}


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)
