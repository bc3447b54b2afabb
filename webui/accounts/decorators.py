"""Decorators of views that are for members or for staff only."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from webui.accounts.access import to_login
from webui.accounts.identity import Caller, identify
from webui.accounts.models import User

View = Callable[..., HttpResponseBase]


def members_only(view: View) -> View:
    """Lets those in who have an account; everybody else is sent to the login page."""
    return _only(lambda caller: caller.is_member, view)


def staff_only(view: View) -> View:
    """Lets staff in; other members are refused, and everybody else is sent to the login page."""
    return _only(lambda caller: caller.is_staff, view)


def account(request: HttpRequest) -> User:
    """The account whose request this is, in a view that is for members or staff only."""
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
        return to_login(request)

    return wrapper
