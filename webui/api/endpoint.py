"""Declares the operations of an endpoint: one declaration is what is answered, what is refused, and what is documented.

request -> method? -> scope of the key? -> the view: Document | response -> JSON, ETag -> response
                                        -> any error                     -> its problem document
"""

from __future__ import annotations

import hashlib
import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Any, Literal

from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.utils.cache import get_conditional_response

from recognizer.predictions.documents import Document
from webui.accounts.identity import require_scope
from webui.accounts.models import Scope
from webui.api.bodies import Body
from webui.api.parameters import Parameter
from webui.problems import MethodNotAllowed, answers_problems

Method = Literal["GET", "POST", "PATCH", "DELETE"]
View = Callable[..., Document | HttpResponseBase]
EVERYWHERE = (
    "unauthenticated",
    "forbidden",
    "internal_error",
    "database_unavailable",
    "on_another_server",
    "overloaded",
)
"""Codes of the problems that any operation for which a key may be sent can answer with."""


@dataclass(frozen=True)
class PathPart:
    """A part of an address that varies."""

    about: str
    example: str


@dataclass(frozen=True)
class Media:
    """An answer that is a file."""

    media_type: str
    about: str
    name: str
    """A name for it, such as picture.jpg."""


def _undecorated(request: HttpRequest) -> HttpResponse:
    raise NotImplementedError


@dataclass(frozen=True)
class Operation:
    """What one method of an endpoint does. Decorates the function that does it, and makes it an `Endpoint`."""

    method: Method
    tag: str
    """Of what it is about: pictures, batches, studio, models, history or server."""
    answers: Mapping[int, Document | Media | None]
    """By status, an example of each answer that is no problem; None is one without a body."""
    scope: Scope | None = None
    """What a key must be for; None where none is asked for."""
    needs_key: bool = False
    """Whether nobody is answered without one, but for pages of the server itself."""
    parameters: tuple[Parameter[Any], ...] = ()
    path: Mapping[str, PathPart] = field(default_factory=dict)
    """The parts of its address that vary, by their names in the URL pattern."""
    body: Body | None = None
    problems: tuple[str, ...] = ()
    """Codes of what it refuses, beside those of `EVERYWHERE`."""
    conditional: bool = False
    """Whether its answer has an ETag, by which a client asks whether anything has changed."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of its answer, with what each says."""
    view: View = _undecorated

    def __call__(self, view: View) -> Endpoint:
        """The endpoint with this operation alone."""
        return Endpoint(replace(self, view=view))

    @property
    def name(self) -> str:
        """Its name for programs, that of the view: classify."""
        return getattr(self.view, "__name__", "")

    @property
    def text(self) -> str:
        """What it does: a sentence, and after an empty line what else there is to say; the docstring of the view."""
        return inspect.getdoc(self.view) or ""


class Endpoint:
    """The view of an address: answers with the operation of the request's method, and every error with a problem."""

    # Cookies count only where a page of ours asks (see `accounts/identity.py`): a forged request gains nothing.
    csrf_exempt = True

    def __init__(self, *operations: Operation) -> None:
        self.operations = operations
        self._answer = answers_problems(self._dispatch)

    def __call__(self, request: HttpRequest, **parts: Any) -> HttpResponseBase:
        """Answers a request."""
        return self._answer(request, **parts)

    def _dispatch(self, request: HttpRequest, **parts: Any) -> HttpResponseBase:
        method = "GET" if request.method == "HEAD" else request.method
        operation = next((one for one in self.operations if one.method == method), None)
        if operation is None:
            raise MethodNotAllowed(request.method, ", ".join(one.method for one in self.operations))
        if operation.scope is not None:
            require_scope(request, operation.scope)
        answer = operation.view(request, **parts)
        response = json_response(answer) if isinstance(answer, Document) else answer
        if operation.conditional and isinstance(response, HttpResponse):
            return _conditional(request, response)
        return response


def together(*endpoints: Endpoint) -> Endpoint:
    """One endpoint for an address that answers to several methods."""
    return Endpoint(*(one for endpoint in endpoints for one in endpoint.operations))


def json_response(document: Document, status: int = HTTPStatus.OK, **headers: str) -> HttpResponse:
    """A document as an answer that nobody keeps."""
    response = JsonResponse(document.to_dict(), status=status, headers=headers)
    response["Cache-Control"] = "no-store"
    return response


def _conditional(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The response with an ETag, or 304 for a client that has just that."""
    etag = f'"{hashlib.sha256(response.content).hexdigest()[:32]}"'
    response["ETag"], response["Cache-Control"] = etag, "private, no-cache"
    found = get_conditional_response(request, etag=etag, response=response)
    assert isinstance(found, HttpResponse)  # noqa: S101 - only None makes it None.
    return found
