"""The views of logging in and out.

a name and a password -> allowance of the address -> axes: this account from this address -> Django
"""

from __future__ import annotations

import logging
from datetime import timedelta
from math import ceil
from typing import Any

from axes.models import AccessAttempt
from django.conf import settings
from django.contrib.auth.views import LoginView, LogoutView, redirect_to_login
from django.core.exceptions import PermissionDenied
from django.db.models import Max
from django.http import HttpRequest, HttpResponse, HttpResponseBase, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webui import services
from webui.accounts import first_run, rate_limits
from webui.accounts.client_address import client_address
from webui.accounts.forms import LoginForm
from webui.accounts.identity import forget_visitor
from webui.accounts.models import User
from webui.problems import DatabaseUnavailable, Throttled, problem_response

_WRONG_PASSWORDS = 30
"""That one address may send in `_PERIOD_S`, for whatever accounts. A school behind one address mistypes less."""
_PERIOD_S = 15 * 60

_logger = logging.getLogger(__name__)


class _LoginPage(LoginView):
    template_name = "webui/accounts/login.html"
    form_class = LoginForm

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        offered = first_run.first_run_offered(self.request)
        return super().get_context_data(**kwargs) | {"first_run_offered": offered}


_django_login = _LoginPage.as_view()
_django_logout = LogoutView.as_view()


@require_http_methods(["GET", "HEAD", "POST"])
def login(request: HttpRequest) -> HttpResponseBase:
    """`/account/login/`: who logs in is sent to `next`, where that is an address of ours."""
    if request.method != "POST":
        return _django_login(request)
    attempts = services.current().rate_limits.allowance("wrong passwords", _WRONG_PASSWORDS, _PERIOD_S)
    address = client_address(request)
    try:
        attempts.spend(address)  # Before the password is looked at: many at the same time are many, too.
    except Throttled as err:
        return rate_limits.too_many(request, err)
    response = _django_login(request)
    if request.user.is_authenticated and response.status_code == 302:
        attempts.charge(address, -1)
        forget_visitor(response)
        request.session.clear_expired()  # Other people's; nothing else removes them.
    return response


@require_POST
def logout(request: HttpRequest) -> HttpResponseBase:
    """`/account/logout/`."""
    response = _django_logout(request)
    forget_visitor(response)
    return response


@never_cache
@require_safe
def who(request: HttpRequest) -> JsonResponse:
    """`/account/who/`: who is logged in, "" for nobody, and the token that a form needs now.

    A page asks it to notice that somebody has logged in or out in another tab; a new login has a new token. While the
    database cannot be read, nobody knows, which is not the same as nobody.
    """
    if not services.current().database.can_be_read:
        return problem_response(DatabaseUnavailable())
    name = request.user.get_username() if isinstance(request.user, User) else ""
    return JsonResponse({"name": name, "token": get_token(request)})


@never_cache
def admin_login(request: HttpRequest) -> HttpResponse:
    """`/admin/login/`: there is one login page, ours.

    Raises:
        PermissionDenied: who asks has logged in already, and is not staff.
    """
    if not isinstance(request.user, User):
        return redirect_to_login(request.GET.get("next") or reverse("admin:index"))
    if not request.user.is_staff:
        raise PermissionDenied
    return redirect("admin:index")


def locked_out(
    request: HttpRequest, response: HttpResponse | None = None, credentials: dict[str, Any] | None = None
) -> HttpResponse:
    """What axes answers while an account is locked for an address; the same whether there is such an account."""
    address = client_address(request)
    _logger.warning("Five wrong passwords for one account from %s: refused for a quarter of an hour.", address)
    attempts = AccessAttempt.objects.filter(username=(credentials or {}).get("username"), ip_address=address)
    latest = attempts.aggregate(Max("attempt_time"))["attempt_time__max"] or timezone.now()
    left: timedelta = latest + settings.AXES_COOLOFF_TIME - timezone.now()
    error = Throttled(max(1, ceil(left.total_seconds())))
    return rate_limits.too_many(request, error, template="webui/accounts/locked_out.html")
