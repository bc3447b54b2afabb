"""The account page with password and API keys."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import PasswordChangeView
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse_lazy
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from webui.accounts.forms import KeyForm, NewPasswordForm
from webui.accounts.models import User
from webui.accounts.rate_limits import limited

_django_password_change = PasswordChangeView.as_view(
    template_name="webui/accounts/password.html", success_url=reverse_lazy("account"), form_class=NewPasswordForm
)


@never_cache
@require_safe
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """`/account/`: the caller's account, with its API keys."""
    return _render(request, KeyForm(user=_user(request)))


@limited("password", per_minute=5)  # Whoever finds a browser that is logged in does not know the old one.
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def password(request: HttpRequest) -> HttpResponseBase:
    """`/account/password/`: a form for a new password, which ends the sessions of all other browsers."""
    response = _django_password_change(request)
    if response.status_code == 302:
        messages.success(request, _("Your password has been changed. All other browsers have been logged out."))
    return response


@limited("keys", per_minute=10)
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def make_key(request: HttpRequest) -> HttpResponse:
    """`/account/keys/`: creates an API key; this answer is the only one that has its token."""
    if request.method != "POST":
        return redirect("account")
    form = KeyForm(request.POST, user=_user(request))
    if not form.is_valid():
        return _render(request, form, status=400)
    key, token = form.save()
    return render(request, "webui/accounts/key_made.html", {"key": key, "token": token})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def revoke_key(request: HttpRequest, pk: int) -> HttpResponse:
    """`/account/keys/<pk>/revoke/`: asks whether to revoke one of the caller's own API keys; after a POST it is."""
    key = get_object_or_404(_user(request).api_keys.filter(revoked=None), pk=pk)
    if request.method != "POST":
        return render(request, "webui/accounts/revoke.html", {"key": key})
    key.revoked = timezone.now()
    key.save(update_fields=["revoked"])
    messages.success(request, _("The key %(name)s has been revoked.") % {"name": key.name})
    return redirect("account")


def _user(request: HttpRequest) -> User:
    assert isinstance(request.user, User)  # noqa: S101 - `login_required` has seen to it.
    return request.user


def _render(request: HttpRequest, form: KeyForm, *, status: int = 200) -> HttpResponse:
    keys = _user(request).api_keys.filter(revoked=None)
    return render(request, "webui/accounts/account.html", {"form": form, "keys": keys}, status=status)
