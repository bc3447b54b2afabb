"""Lets into a view those whom it is for: others log in first, or are told that it is not for them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

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


def _only(may: Callable[[Caller], bool], view: View) -> View:
    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        caller = identify(request)
        if may(caller):
            return view(request, *args, **kwargs)
        if caller.is_member:
            raise PermissionDenied
        return redirect_to_login(request.get_full_path())

    return wrapper
