"""The page on which staff make another version active, or go back to the one before."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from webui.accounts.models import User
from webui.gates import staff_only
from webui.identity import identify
from webui.versions import answering, listing, switching
from webui.versions.changes import changes
from webui.versions.listing import Listed
from webui.versions.models import Switch, SwitchRunning
from webui.versions.pages import existing
from webui.versions.switching import Pinned


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@staff_only
def activate(request: HttpRequest, stem: str) -> HttpResponse:
    """`/models/<stem>/activate/`: says what will change; after a POST it is under way."""
    found, user = existing(stem), identify(request).user
    if request.method == "POST" and isinstance(user, User):
        _start(request, found, user)
        return redirect("models")
    active = next((version for version in listing.versions() if version.is_active), None)
    context = {
        "version": found,
        "active": active,
        "changes": changes(active.metadata if active else None, found.metadata),
        "answering": answering.now(),
        "is_busy": Switch.running() is not None,
    }
    return render(request, "webui/models/activate.html", context)


def _start(request: HttpRequest, version: Listed, user: User) -> None:
    """What is under way is shown on the page that comes next; only what is not needs a message."""
    try:
        switching.start(version, user)
    except SwitchRunning:
        messages.error(request, _("Another version is being tried at this moment. Try again when that has ended."))
    except Pinned:
        messages.error(request, _("MENAGERIE_MODEL is set: activating a version changes nothing for this server."))
