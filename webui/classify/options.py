"""The options of a request beside its pictures, as text: `top_k`, `heatmap`, `thumbnail` and `keep`."""

from __future__ import annotations

import re
from collections.abc import Mapping

from webui.inference.classify import Asked
from webui.problems import InvalidRequest


def read(given: Mapping[str, str]) -> Asked:
    """What is wanted, but for the pictures.

    Raises:
        InvalidRequest: an option has a value that it cannot have.
    """
    return Asked(
        [],
        heatmaps=flag(given, "heatmap", default=False),
        thumbnails=flag(given, "thumbnail", default=False),
        keep=flag(given, "keep", default=True),
        top_k=_top_k(given.get("top_k")),
    )


def flag(given: Mapping[str, str], name: str, *, default: bool) -> bool:
    """A switch among the options.

    Raises:
        InvalidRequest: it is neither true nor false.
    """
    text = given.get(name, str(default).lower())
    if text not in {"true", "false"}:
        raise InvalidRequest(f"Expected true or false. Received: {name}={text[:50]!r}")
    return text == "true"


def _top_k(text: str | None) -> int | None:
    if text is None:
        return None
    if not re.fullmatch(r"0{0,9}[1-9][0-9]{0,8}", text):
        raise InvalidRequest(f"Expected a whole number of at least 1. Received: top_k={text[:50]!r}")
    return int(text)
