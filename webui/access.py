"""Lets in whom `MENAGERIE_ACCESS` lets in; everybody else is sent to the login page, or gets a problem document.

open      everyone
members   those who have an account
staff     those of them who are staff

An API key that is not valid is refused in each of them: who sends one expects to be somebody.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import resolve
from django.urls.exceptions import Resolver404

from webui.accounts.models import User
from webui.gates import to_login
from webui.identity import AccountsUnavailable, Caller, Forbidden, Unauthenticated, identify, is_api
from webui.problems import problem_response

GetResponse = Callable[[HttpRequest], HttpResponse]

_FOR_EVERYONE = frozenset({"login", "logout", "set_language", "first_run", "livez", "readyz"})
"""Names of the addresses that need no account in any mode. Static files are served before anybody is asked for."""


def restrict(get_response: GetResponse) -> GetResponse:
    """The middleware; comes after Django's authentication."""

    def middleware(request: HttpRequest) -> HttpResponse:
        refusal = _api_refusal(request) if is_api(request) else _page_refusal(request)
        return refusal or get_response(request)

    return middleware


def lets_in(user: User | None) -> bool:
    """Whether somebody may use the site; None is somebody without an account."""
    mode = settings.ENVIRONMENT.access
    return mode == "open" or (user is not None and (mode == "members" or user.is_staff))


def _page_refusal(request: HttpRequest) -> HttpResponse | None:
    if settings.ENVIRONMENT.access == "open" or _is_for_everyone(request):
        return None  # Without a look at the session, which costs two queries.
    user = request.user if isinstance(request.user, User) else None
    if lets_in(user):
        return None
    if user is None:
        return to_login(request)
    raise PermissionDenied


def _api_refusal(request: HttpRequest) -> HttpResponse | None:
    try:
        caller = identify(request)
    except (Unauthenticated, AccountsUnavailable) as err:
        return problem_response(err)
    return None if lets_in(caller.user) else problem_response(_reason(caller))


def _reason(caller: Caller) -> Unauthenticated | Forbidden:
    if caller.user is None:
        return Unauthenticated("Send an API key: Authorization: Bearer mng_...")
    return Forbidden("This server is for its staff only.")


def _is_for_everyone(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).view_name in _FOR_EVERYONE
    except Resolver404:
        return False
