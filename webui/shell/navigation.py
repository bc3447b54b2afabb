"""The links in the head of every page, as far as the reader may follow them."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

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
    ]
    if user is not None and user.is_staff:
        found += [(pgettext("place", "Review"), reverse("review"))]
    return {"places": [{"name": name, "url": url, "here": _is_here(request.path, url)} for name, url in found]}


def _is_here(path: str, url: str) -> bool:
    return path == url if url == reverse("home") else path.startswith(url)
