"""An endpoint does what its declaration says."""

from __future__ import annotations

import json

import pytest
from django.core.exceptions import BadRequest, SuspiciousOperation
from django.http import HttpRequest, HttpResponse
from django.http.multipartparser import MultiPartParserError
from django.test import RequestFactory

from recognizer.predictions.documents import ClassScore, Document
from webui.accounts.identity import Caller
from webui.accounts.models import ApiKey, Scope
from webui.api.endpoint import Endpoint, Operation, together

EXAMPLE = ClassScore(label="cat", score=0.5)


@Operation("GET", "models", {200: EXAMPLE}, scope=Scope.READ, conditional=True)
def read(request: HttpRequest) -> Document:
    """Reads."""
    return EXAMPLE


@Operation("DELETE", "models", {204: None})
def remove(request: HttpRequest) -> HttpResponse:
    """Removes."""
    return HttpResponse(status=204)


BOTH = together(read, remove)


def ask(endpoint: Endpoint, method: str = "GET", *scopes: Scope, **headers: str) -> HttpResponse:
    request = RequestFactory().generic(method, "/api/v1/x", headers=headers)
    key = ApiKey(scopes=list(scopes)) if scopes else None
    request.menagerie_caller = Caller(key=key)  # type: ignore[attr-defined]
    return endpoint(request)


def test_a_document_is_answered_as_json_with_an_etag() -> None:
    response = ask(read)

    assert (response.status_code, response["Content-Type"]) == (200, "application/json")
    assert json.loads(response.content) == {"label": "cat", "score": 0.5}
    assert response["Cache-Control"] == "private, no-cache"
    assert response["ETag"].startswith('"')


@pytest.mark.parametrize("given", ["{etag}", '"other", {etag}', "W/{etag}", "*"], ids=["same", "among", "weak", "any"])
def test_who_has_the_answer_already_is_told_so(given: str) -> None:
    etag = ask(read)["ETag"]

    response = ask(read, **{"If-None-Match": given.format(etag=etag)})

    assert (response.status_code, response.content, response["ETag"]) == (304, b"", etag)


@pytest.mark.parametrize(
    "given", ['"other"', "", "nonsense", '"' * 5000, "\xff"], ids=["other", "none", "bare", "long", "latin"]
)
def test_who_has_another_answer_gets_this_one(given: str) -> None:
    assert ask(read, **{"If-None-Match": given}).status_code == 200


def test_a_key_needs_the_scope_and_nobody_else_does() -> None:
    assert ask(read, "GET", Scope.READ).status_code == 200
    assert ask(read, "GET", Scope.CLASSIFY).status_code == 403
    assert ask(remove, "DELETE", Scope.CLASSIFY).status_code == 204


def test_head_is_answered_as_get() -> None:
    assert ask(read, "HEAD").status_code == 200


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "TRACE", "OPTIONS", "NONSENSE"])
def test_other_methods_are_refused_and_those_that_there_are_named(method: str) -> None:
    response = ask(BOTH, method)

    assert (response.status_code, response["Allow"]) == (405, "GET, DELETE")
    assert json.loads(response.content)["code"] == "method_not_allowed"


def test_one_address_answers_to_several_methods() -> None:
    assert (ask(BOTH, "GET").status_code, ask(BOTH, "DELETE").status_code) == (200, 204)


def test_what_is_no_answer_becomes_a_problem() -> None:
    @Operation("GET", "models", {200: EXAMPLE})
    def fail(request: HttpRequest) -> Document:
        """Fails."""
        return ClassScore(label="cat", score=7)

    response = ask(fail)

    assert (response.status_code, response["Content-Type"]) == (500, "application/problem+json")


@pytest.mark.parametrize("error", [BadRequest(), SuspiciousOperation(), MultiPartParserError()])
def test_what_django_calls_a_bad_request_is_one(error: Exception) -> None:
    @Operation("GET", "models", {200: EXAMPLE})
    def refuse(request: HttpRequest) -> Document:
        """Refuses."""
        raise error

    response = ask(refuse)

    assert (response.status_code, json.loads(response.content)["code"]) == (400, "invalid_request")
    assert "100 parameters" in json.loads(response.content)["detail"]
