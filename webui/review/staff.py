"""Lets only staff see a page."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseBase

from webui.accounts.models import User

View = Callable[..., HttpResponseBase]


def staff_only(view: View) -> View:
    """Leads who has not logged in to the login page, and refuses everybody else who is not staff."""

    @functools.wraps(view)
    def wrapper(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        user = request.user
        if not isinstance(user, User):
            return redirect_to_login(request.get_full_path())
        if not user.is_staff:
            raise PermissionDenied
        return view(request, *args, **kwargs)

    return wrapper


def reviewer(request: HttpRequest) -> User:
    """Who of the staff sent a request that `staff_only` let in."""
    user = request.user
    if not isinstance(user, User):
        raise PermissionDenied
    return user
