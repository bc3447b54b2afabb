"""The answers to requests that no view can answer: a page for people, a problem document for programs and scripts."""

from __future__ import annotations

import sys

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from recognizer.errors import MenagerieError
from webui import wording
from webui.accounts import refusal_log
from webui.accounts.own_origin import own_page_before
from webui.problems import (
    Forbidden,
    NotFound,
    is_api,
    passing,
    problem_response,
    unexpected,
    unreadable,
    wants_json,
    with_headers,
)
from webui.shell import rejected_forms


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that cannot be read, such as a malformed form."""
    if error := passing(exception):
        return unavailable(request, error)
    if is_api(request):
        return problem_response(unreadable())
    if wants_json(request):
        return _told_a_script(unreadable())
    return render(request, "400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without its token, from another site, from a browser without cookies, or from before a login."""
    cause = rejected_forms.cause_of(request, reason)
    refusal_log.write(cause.kind, "Refused: %s.", cause.detail)
    if is_api(request) or wants_json(request):
        expired = cause.kind in {"cookie", "token"}
        sentence = wording.error_sentence("unauthenticated") if expired else " ".join(cause.sentences)
        return problem_response(Forbidden(f"{cause.detail}."), sentence=sentence)
    page = own_page_before(request) if cause.kind in {"cookie", "token"} else ""
    return render(request, "403_csrf.html", {"cause": cause, "page": page}, status=403)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: a page that is not for the account that asks."""
    if wants_json(request):
        return _told_a_script(Forbidden("This address is not open to your account."))
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address."""
    if is_api(request):
        return problem_response(NotFound(f"There is nothing at {request.path}."))
    if wants_json(request):
        return _told_a_script(NotFound(f"There is nothing at {request.path}, or not any longer."))
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a fault of ours, which Django has written to the log; 503 where it is the database's, or passes."""
    if error := passing(sys.exc_info()[1]):
        return unavailable(request, error)
    if is_api(request):
        return problem_response(unexpected())
    if wants_json(request):
        return _told_a_script(unexpected())
    # Without the request: the head of other pages says who is logged in, which the database may not tell either.
    return HttpResponse(render_to_string("500.html"), status=500)


def _told_a_script(error: MenagerieError) -> HttpResponse:
    """The problem document, with the sentence that a script of our pages shows."""
    return problem_response(error, sentence=wording.error_sentence(error.code))


def unavailable(request: HttpRequest, error: MenagerieError) -> HttpResponse:
    """503: what was asked for is not to be had at the moment."""
    sentence = wording.error_sentence(error.code)
    if is_api(request) or wants_json(request):
        return problem_response(error, sentence=sentence)
    # Without the request, as above.
    return with_headers(HttpResponse(render_to_string("503.html", {"sentence": sentence}), status=503), error)
