"""The answers to requests that no view can answer: a page for people, a problem document for programs."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string

from webui import wording
from webui.problems import Forbidden, InvalidRequest, NotFound, is_api, problem_response, unexpected, wants_json


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """400: a request that cannot be read, such as a malformed form or a foreign host name."""
    if is_api(request):
        return problem_response(InvalidRequest("The request cannot be read: a malformed header, host name or form."))
    return render(request, "400.html", status=400)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    """403: a form without its token, from another site, from a browser without cookies, or from before a login."""
    if wants_json(request):
        error = Forbidden("The form does not carry the token of this session.")
        return problem_response(error, sentence=wording.error_sentence("unauthenticated"))
    return render(request, "403_csrf.html", status=403)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """403: a page that is not for the account that asks."""
    return render(request, "403.html", status=403)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """404: no such address."""
    if is_api(request):
        return problem_response(NotFound(f"There is nothing at {request.path}."))
    return render(request, "404.html", status=404)


def server_error(request: HttpRequest) -> HttpResponse:
    """500: a fault of ours, which Django has written to the log."""
    if is_api(request):
        return problem_response(unexpected())
    # Without the request: the head of other pages says who is logged in, which the database may not tell either.
    return HttpResponse(render_to_string("500.html"), status=500)
