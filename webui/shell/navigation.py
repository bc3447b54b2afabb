"""What is around every page: links, as far as the reader may follow them, and the choice of language and appearance."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views import i18n
from django.views.decorators.http import require_POST

from webui.accounts import access
from webui.accounts.models import User

_THEMES = ("light", "dark")
_THEME_COOKIE = "menagerie_theme"


def places(request: HttpRequest) -> dict[str, Any]:
    """Context processor: `places`, a list of name, address and whether the reader is there."""
    user = getattr(request, "user", None)  # A request that was refused early has none.
    user = user if isinstance(user, User) else None
    if not access.lets_in(user):
        return {"places": []}
    found = [
        (pgettext("place", "Classify"), reverse("home")),
        (_("History"), reverse("history")),
        (_("Models"), reverse("models")),
        (pgettext("place", "Learn"), reverse("learn")),
    ]
    if user is not None:
        found += [(pgettext("place", "Studio"), reverse("studio"))]
    if user is not None and user.is_staff:
        found += [(pgettext("place", "Review"), reverse("review"))]
    return {"places": [{"name": name, "url": url, "here": _is_here(request.path, url)} for name, url in found]}


def theme(request: HttpRequest) -> dict[str, str]:
    """Context processor: `theme`, light or dark where the reader has chosen it; else his system says."""
    chosen = request.COOKIES.get(_THEME_COOKIE, "")
    return {"theme": chosen if chosen in _THEMES else ""}


@require_POST
def set_theme(request: HttpRequest) -> HttpResponseBase:
    """`/theme/`: keeps the chosen appearance in a cookie, or forgets it, and goes back to the page."""
    page, chosen = request.POST.get("next", ""), request.POST.get("theme")
    is_own = url_has_allowed_host_and_scheme(page, allowed_hosts=None, require_https=request.is_secure())
    response = HttpResponseRedirect(page if is_own else reverse("home"))  # Not `redirect`: "x" is no view.
    if chosen in _THEMES:
        response.set_cookie(
            _THEME_COOKIE,
            chosen,
            max_age=settings.LANGUAGE_COOKIE_AGE,
            secure=settings.ENVIRONMENT.https,
            httponly=True,
            samesite="Lax",
        )
    else:
        response.delete_cookie(_THEME_COOKIE, samesite="Lax")
    return response


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """`/language/`: keeps the chosen language in a cookie, and goes back to the page."""
    response = i18n.set_language(request)
    if response.get("Location") == "/":  # Where Django goes if it does not know the page.
        response["Location"] = reverse("home")
    return response


def _is_here(path: str, url: str) -> bool:
    return path == url if url == reverse("home") else path.startswith(url)
