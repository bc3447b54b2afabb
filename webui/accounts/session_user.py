"""The account whose session a request belongs to; nobody's while the database cannot be asked.

Thus pictures are answered on, and pages that need no database are shown, without what is the account's own. Where only
those who have an account may come in, nobody can be let in meanwhile.
"""

from __future__ import annotations

import logging
from collections.abc import Callable

from django.conf import settings
from django.contrib.auth.middleware import get_user
from django.contrib.auth.models import AbstractBaseUser, AnonymousUser
from django.db import DatabaseError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.utils.functional import SimpleLazyObject

from webui import services
from webui.problems import AccountsUnavailable

GetResponse = Callable[[HttpRequest], HttpResponse]

_logger = logging.getLogger(__name__)


def nobody_without_database(get_response: GetResponse) -> GetResponse:
    """Middleware that replaces Django's `request.user` by one that is nobody while the database fails."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request.user = SimpleLazyObject(lambda: _user(request))  # type: ignore[assignment]  # As Django does it.
        return get_response(request)

    return middleware


def _user(request: HttpRequest) -> AbstractBaseUser | AnonymousUser:
    try:
        if settings.SESSION_COOKIE_NAME in request.COOKIES and not services.current().database.can_be_read:
            raise OperationalError("the database cannot be read")  # To ask would take seconds.
        return get_user(request)
    except DatabaseError as err:
        _logger.error("Sessions cannot be looked up: %s", err)  # noqa: TRY400 - it says it all, and comes often.
        if settings.ENVIRONMENT.access != "open":
            raise AccountsUnavailable from err
        return AnonymousUser()
