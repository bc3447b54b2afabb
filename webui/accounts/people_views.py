"""The views in which staff manage accounts of others: list, make, give a new password, deactivate.

    staff             accounts of members
    administrators    all accounts but their own

A password is made here, shown once, and changed by whoever gets it. Each step is in the log of staff actions.
"""

from __future__ import annotations

from axes.utils import reset as forget_wrong_passwords
from django.contrib import messages
from django.contrib.admin.models import ADDITION, CHANGE, LogEntry
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webui.accounts.decorators import account, staff_only
from webui.accounts.forms import PersonForm
from webui.accounts.models import User
from webui.accounts.passwords import random_password
from webui.accounts.rate_limits import limited

_PER_PAGE = 50
_PER_MINUTE = 30


@never_cache
@require_safe
@staff_only
def people(request: HttpRequest) -> HttpResponse:
    """`/account/people/`: every account, and a form for a new one."""
    return _listed(request, PersonForm(by=account(request)))


@limited("accounts", per_minute=_PER_MINUTE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def make(request: HttpRequest) -> HttpResponse:
    """`/account/people/new/`: creates an account; this answer is the only one that has its password."""
    if request.method != "POST":
        return redirect("people")
    by = account(request)
    form = PersonForm(request.POST, by=by)
    if not form.is_valid():
        return _listed(request, form, status=400)
    password = random_password()
    user = form.save_with(password)
    _log(by, user, ADDITION, f"Created as {user.role.value}.")
    return _shown(request, user, password, is_new=True)


@limited("accounts", per_minute=_PER_MINUTE)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def new_password(request: HttpRequest, pk: int) -> HttpResponse:
    """`/account/people/<pk>/password/`: asks whether somebody needs a new password; after a POST shows it once."""
    by, user = _managed(request, pk)
    if request.method != "POST":
        return render(request, "webui/accounts/new_password.html", {"person": user})
    password = random_password()
    user.set_password(password)
    user.save(update_fields=["password"])
    forget_wrong_passwords(username=user.get_username())  # Who forgot it has tried, and would have to wait.
    _log(by, user, CHANGE, "Gave a new password.")
    return _shown(request, user, password, is_new=False)


@limited("accounts", per_minute=_PER_MINUTE)
@require_POST
@staff_only
def set_active(request: HttpRequest, pk: int) -> HttpResponse:
    """`/account/people/<pk>/active/`: with `active=yes` the account can log in, with anything else it cannot."""
    by, user = _managed(request, pk)
    user.is_active = request.POST.get("active") == "yes"
    user.save(update_fields=["is_active"])
    _log(by, user, CHANGE, "Activated." if user.is_active else "Deactivated.")
    said = (
        _("%(name)s can log in again.")
        if user.is_active
        else _("%(name)s is logged out and can no longer log in; the account’s API keys are refused.")
    )
    messages.success(request, said % {"name": user.get_username()})
    return redirect("people")


def _managed(request: HttpRequest, pk: int) -> tuple[User, User]:
    """Who asks, and the account that is asked for.

    Raises:
        Http404: there is no such account.
        PermissionDenied: it is not for the caller to manage.
    """
    by, user = account(request), get_object_or_404(User, pk=pk)
    if not by.may_manage(user):
        raise PermissionDenied
    return by, user


def _listed(request: HttpRequest, form: PersonForm, *, status: int = 200) -> HttpResponse:
    by = account(request)
    page = Paginator(User.objects.order_by("-is_active", "username"), _PER_PAGE).get_page(request.GET.get("page"))
    people = [(user, by.may_manage(user)) for user in page]
    return render(request, "webui/accounts/people.html", {"form": form, "page": page, "people": people}, status=status)


def _shown(request: HttpRequest, user: User, password: str, *, is_new: bool) -> HttpResponse:
    context = {"person": user, "password": password, "is_new": is_new}
    return render(request, "webui/accounts/password_made.html", context)


def _log(by: User, user: User, action: int, message: str) -> None:
    LogEntry.objects.log_actions(by.pk, [user], action, message, single_object=True)
