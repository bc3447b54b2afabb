"""What a server refuses, as exceptions: an RFC 9457 problem document, or why there is none."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeVar

import httpx2

from recognizer.errors import ImageError, MenagerieError

_PICTURE_CODES = frozenset({"invalid_image", "unsupported_format", "image_too_large"})


class Problem(MenagerieError):
    """A server's answer that is no success. `str` of it is the document's `detail`, a sentence for a person."""

    def __init__(self, detail: str, *, code: str, title: str, reason: str = "", status: int = 0) -> None:
        """The members of the document.

        Args:
            detail: what happened, and what to do.
            code: the stable word, of docs/api.md's table; `http_502` and the like of an answer without a document.
            title: the code in a few words.
            reason: which of its causes, where the code has several.
            status: of the HTTP answer.
        """
        super().__init__(detail)
        self.code, self.title, self.reason, self.status = code, title, reason, status


class PictureProblem(Problem, ImageError):
    """One picture could not be used; others in the same call are not affected."""


class Unreachable(MenagerieError):
    """The server cannot be reached, or broke the connection off."""

    code = "unreachable"
    title = "The server does not answer"


Kind = TypeVar("Kind", bound=Problem)


def unreachable(server: httpx2.URL, error: Exception) -> Unreachable:
    """The error of a request that was never answered."""
    why = str(error) or type(error).__name__
    return Unreachable(f"{server} does not answer ({why}). Check the address, and that the server runs.")


def of_response(response: httpx2.Response) -> Problem:
    """The problem that an answer is."""
    document = document_of(response)
    if isinstance(document.get("code"), str):
        return of_document(document, PictureProblem if document["code"] in _PICTURE_CODES else Problem)
    return Problem(
        f"{response.url} answered with {response.status_code} {response.reason_phrase}, and not as Menagerie does."
        " Check the address of the server.",
        code=f"http_{response.status_code}",
        title="The server cannot be used",
        status=response.status_code,
    )


def is_about_pictures(response: httpx2.Response) -> bool:
    """Whether an answer says that the pictures of its request cannot be used."""
    return document_of(response).get("code") in _PICTURE_CODES


def of_document(document: Mapping[str, Any], kind: type[Kind]) -> Kind:
    """The problem that a document describes. The entry of one picture is a `PictureProblem`, whatever its code.

    Raises:
        LookupError, TypeError: it has no code.
    """
    status, code = document.get("status"), document["code"]
    if not isinstance(code, str):
        raise TypeError(f"Expected a word as the code. Received: code={code!r}")
    return kind(
        str(document.get("detail", "")),
        code=code,
        title=str(document.get("title", "")),
        reason=str(document.get("reason", "")),
        status=status if isinstance(status, int) else 0,
    )


def not_understood(response: httpx2.Response) -> Problem:
    """The problem of an answer that says it is a success, and is not what docs/api.md describes."""
    return Problem(
        f"{response.url} answered with something else than this client reads. Check the address and its version.",
        code="unexpected_answer",
        title="The server cannot be used",
        status=response.status_code,
    )


def document_of(response: httpx2.Response) -> dict[str, Any]:
    """The JSON object in an answer; empty where there is none."""
    try:
        document = response.json()
    except (ValueError, RecursionError):
        return {}
    return document if isinstance(document, dict) else {}
