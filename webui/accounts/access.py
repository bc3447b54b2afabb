"""Middleware that lets in whom `MENAGERIE_ACCESS` lets in; others get the login page, or a problem document.

open      everyone
members   those who have an account
staff     those of them who are staff

An API key that is not valid is refused in each of them: who sends one expects to be somebody.
"""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.urls import resolve, reverse
from django.urls.exceptions import Resolver404

from webui.accounts.identity import Caller, identify, is_from_our_page, other_origin
from webui.accounts.models import User
from webui.accounts.own_origin import own_page_before
from webui.problems import AccountsUnavailable, Forbidden, Unauthenticated, is_api, problem_response, wants_json

GetResponse = Callable[[HttpRequest], HttpResponse]

_FOR_EVERYONE = frozenset(
    {
        *("login", "logout", "who", "set_language", "set_theme", "first_run"),
        *("livez", "metrics", "readyz", "v2_live", "v2_ready"),
        *("shared", "shared_picture"),
        *("openapi", "api_docs"),
    }
)
"""Names of the addresses that need no account in any mode; of what is shared, the link is the key, and the description
of the API says nothing of this server. Static files are served before anybody is asked for."""


def restrict(get_response: GetResponse) -> GetResponse:
    """Middleware that refuses whom `MENAGERIE_ACCESS` does not let in; comes after Django's authentication."""

    def middleware(request: HttpRequest) -> HttpResponse:
        refusal = _api_refusal(request) if is_api(request) else _page_refusal(request)
        return refusal or get_response(request)

    return middleware


def lets_in(user: User | None) -> bool:
    """Whether an account may use the site; None is somebody without an account."""
    mode = settings.ENVIRONMENT.access
    return mode == "open" or (user is not None and (mode == "members" or user.is_staff))


def to_login(request: HttpRequest) -> HttpResponse:
    """A redirect to the login page, which leads back to the page, or to the one with the form that was sent.

    A script, which would take the login page for an answer, gets the problem instead.
    """
    if wants_json(request):
        return problem_response(Unauthenticated("Log in first: the browser is not logged in, or not any more."))
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path())
    return redirect_to_login(own_page_before(request) or reverse("home"))


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
    if _is_for_everyone(request):
        return None
    try:
        caller = identify(request)
    except (Unauthenticated, AccountsUnavailable) as err:
        return problem_response(err)
    return None if lets_in(caller.user) else problem_response(_reason(request, caller))


def _reason(request: HttpRequest, caller: Caller) -> Unauthenticated | Forbidden:
    if caller.user is None:
        unheard = settings.SESSION_COOKIE_NAME in request.COOKIES and "Origin" in request.headers
        why = f" Cookies do not count: {other_origin(request)}" if unheard and not is_from_our_page(request) else ""
        return Unauthenticated(f"Send an API key: Authorization: Bearer mng_...{why}")
    return Forbidden("This server is for its staff only.")


def _is_for_everyone(request: HttpRequest) -> bool:
    try:
        return resolve(request.path_info).view_name in _FOR_EVERYONE
    except Resolver404:
        return False
