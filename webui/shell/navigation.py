"""The head of every page: its links, as far as the reader may follow them, and the choice of the language."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext
from django.views import i18n
from django.views.decorators.http import require_POST

from webui.accounts import access
from webui.accounts.models import User


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
    if user is not None and user.is_staff:
        found += [(pgettext("place", "Review"), reverse("review"))]
    return {"places": [{"name": name, "url": url, "here": _is_here(request.path, url)} for name, url in found]}


@require_POST
def set_language(request: HttpRequest) -> HttpResponseBase:
    """`/language/`: keeps the chosen language in a cookie, and goes back to the page."""
    response = i18n.set_language(request)
    if response.get("Location") == "/":  # Where Django goes if it does not know the page.
        response["Location"] = reverse("home")
    return response


def _is_here(path: str, url: str) -> bool:
    return path == url if url == reverse("home") else path.startswith(url)
