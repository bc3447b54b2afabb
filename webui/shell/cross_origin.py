"""Middleware that lets pages of other origins use the API from a browser (CORS), if MENAGERIE_CORS_ORIGINS names them.

Never with cookies: `identity.py` gives those no weight where another page asks, and the answers forbid them. An API key
in the header `Authorization` works. https://fetch.spec.whatwg.org/#http-cors-protocol
"""

from __future__ import annotations

import re
from collections.abc import Callable
from http import HTTPStatus

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils.cache import patch_vary_headers

from webui.accounts import refusal_log
from webui.accounts.own_origin import own_origins
from webui.problems import Forbidden, is_api, problem_response

GetResponse = Callable[[HttpRequest], HttpResponse]

_METHODS = "GET, HEAD, POST, PATCH, DELETE, OPTIONS"
_HEADER_NAMES = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+(\s*,\s*[A-Za-z0-9!#$%&'*+.^_`|~-]+)*")
_MAX_AGE_S = "7200"  # Browsers keep no permission for longer.


def let_other_pages_ask(get_response: GetResponse) -> GetResponse:
    """The middleware. It says what others' browsers need to hear, also with an answer that refuses."""

    def middleware(request: HttpRequest) -> HttpResponse:
        if not is_api(request):
            return get_response(request)
        origin = request.headers.get("Origin", "")
        foreign = bool(origin) and origin not in own_origins(request)
        allowed = foreign and not {origin, "*"}.isdisjoint(settings.ENVIRONMENT.cors_origins)
        if foreign and not allowed:
            _log(origin)
        response = _answer(request, get_response, origin=origin, allowed=allowed or not foreign)
        if allowed:
            _permit(response, origin)
        if settings.ENVIRONMENT.cors_origins:
            patch_vary_headers(response, ["Origin"])
        return response

    return middleware


def _answer(request: HttpRequest, get_response: GetResponse, *, origin: str, allowed: bool) -> HttpResponse:
    if request.method != "OPTIONS":
        return get_response(request)
    if "Access-Control-Request-Method" in request.headers:
        return _preflight(request) if allowed else _refused(origin)
    response = get_response(request)
    if response.status_code != HTTPStatus.METHOD_NOT_ALLOWED:
        return response
    return HttpResponse(status=HTTPStatus.NO_CONTENT, headers={"Allow": f"{response['Allow']}, OPTIONS"})


def _preflight(request: HttpRequest) -> HttpResponse:
    response = HttpResponse(status=HTTPStatus.NO_CONTENT)
    response["Allow"] = response["Access-Control-Allow-Methods"] = _METHODS
    wanted = request.headers.get("Access-Control-Request-Headers", "")
    if _HEADER_NAMES.fullmatch(wanted):  # Without cookies, none of them gives a page a right that it had not.
        response["Access-Control-Allow-Headers"] = wanted
    response["Access-Control-Max-Age"] = _MAX_AGE_S
    if request.headers.get("Access-Control-Request-Private-Network") == "true":
        response["Access-Control-Allow-Private-Network"] = "true"
    patch_vary_headers(response, ["Access-Control-Request-Method", "Access-Control-Request-Headers"])
    return response


def _permit(response: HttpResponse, origin: str) -> None:
    response["Access-Control-Allow-Origin"] = "*" if "*" in settings.ENVIRONMENT.cors_origins else origin
    response["Access-Control-Expose-Headers"] = "ETag, Location, Retry-After, Server-Timing, X-Request-ID"


def _refused(origin: str) -> HttpResponse:
    came, cure = refusal_log.shown(origin), _cure(origin)
    return problem_response(Forbidden(f"Pages of the origin {came} may not use this API. {cure}"))


def _log(origin: str) -> None:
    message = "A page of the origin %s asked the API, and its browser will not let it read the answer. %s"
    refusal_log.write("cross-origin", message, refusal_log.shown(origin), _cure(origin))


def _cure(origin: str) -> str:
    others = settings.ENVIRONMENT.cors_origins
    setting = "*" if origin == "null" else ",".join((*others, refusal_log.shown(origin)))
    return f"To allow it, start the server with MENAGERIE_CORS_ORIGINS={setting}."
