"""Lets into a view those whom it is for: others log in first, or are told that it is not for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit, urlunsplit

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from webui.accounts.models import User
from webui.identity import Caller, identify

View = Callable[..., HttpResponseBase]


def members_only(view: View) -> View:
    """Those who have an account."""
    return _only(lambda caller: caller.is_member, view)


def staff_only(view: View) -> View:
    """Those of them who are staff."""
    return _only(lambda caller: caller.is_staff, view)


def account(request: HttpRequest) -> User:
    """Whose request this is, in a view that is for members or staff only."""
    user = identify(request).user
    if user is None:
        raise PermissionDenied
    return user


def to_login(request: HttpRequest) -> HttpResponse:
    """The login page, which leads back. Where a form is sent to there is no page: back to the one with the form."""
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path())
    page = request.headers.get("Referer", "")
    if not url_has_allowed_host_and_scheme(page, {request.get_host()}, require_https=request.is_secure()):
        return redirect_to_login(reverse("home"))
    return redirect_to_login(urlunsplit(("", "", *urlsplit(page)[2:4], "")))


def _only(may: Callable[[Caller], bool], view: View) -> View:
    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        caller = identify(request)
        if may(caller):
            return view(request, *args, **kwargs)
        if caller.is_member:
            raise PermissionDenied
        return to_login(request)

    return wrapper
