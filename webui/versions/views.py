"""The views of model versions: the list, one version's page, its report, its file, and its activation."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from webui import services
from webui.accounts.decorators import staff_only
from webui.accounts.identity import Caller, identify
from webui.accounts.models import User
from webui.drift import panel
from webui.review.figures import agreement_by_model
from webui.review.next_version import train_command
from webui.versions import answering, export_views, listing, overview, report
from webui.versions.answering import Answering
from webui.versions.card import card
from webui.versions.changes import changes
from webui.versions.listing import Listed
from webui.versions.models import Switch, SwitchRunning
from webui.versions.report import Report
from webui.versions.switching import Pinned

_SHOWN_SWITCHES = 20


@never_cache
@require_safe
def versions(request: HttpRequest) -> HttpResponse:
    """`/models/`: every version, which one answers, and the latest activations."""
    now, caller = answering.now(), identify(request)
    rows = overview.rows(now)
    context = {
        "rows": rows,
        "agreement_known": any(row.agreement for row in rows),
        "answering": now,
        "news": overview.news(now),
        "drift_news": _drift_news(now, caller),
        "caller": caller,
        "is_busy": Switch.running() is not None,
        "train_command": train_command() if caller.is_staff and len(rows) < 2 else "",
        "folder": settings.ENVIRONMENT.models.name,
        "switches": Switch.objects.select_related("by")[:_SHOWN_SWITCHES] if caller.is_staff else [],
    }
    return render(request, "webui/models/list.html", context)


@never_cache
@require_safe
def version(request: HttpRequest, stem: str) -> HttpResponse:
    """`/models/<stem>/`: everything about one version."""
    found, now, caller = existing(stem), answering.now(), identify(request)
    context = {
        "version": found,
        "card": card(found, found.metadata) if found.metadata else None,
        "agreement": overview.agreement(found, agreement_by_model()),
        "answering": now,
        "answers": now.is_with(found),
        "caller": caller,
        "is_busy": Switch.running() is not None,
        "has_report": _report_for(caller, found) is not None,
        "exports": export_views.panel_of(found) if caller.is_staff else None,
        "drift": panel.panel(found.metadata) if found.metadata and panel.may_see(caller) else None,
    }
    return render(request, "webui/models/card.html", context)


@never_cache
@require_safe
def report_page(request: HttpRequest, stem: str) -> HttpResponse:
    """`/models/<stem>/report/`: the page that training wrote beside the file."""
    found = existing(stem)
    written = _report_for(identify(request), found)
    if written is None:
        raise Http404
    response = HttpResponse(written.content, content_type="text/html; charset=utf-8")
    response["Content-Security-Policy"] = written.policy
    if not written.is_shown:
        response["Content-Disposition"] = f'attachment; filename="{found.report.name}"'
    return response


@never_cache
@require_safe
@staff_only
def download(request: HttpRequest, stem: str) -> HttpResponseBase:
    """`/models/<stem>/file/`: the model file itself."""
    found = existing(stem)
    if found.metadata is None:
        raise Http404
    return FileResponse(found.path.open("rb"), as_attachment=True, content_type="application/x-hdf5")


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
        "is_same_file": bool(active and active.contents.digest == found.contents.digest and found.metadata),
        "changes": changes(active.metadata if active else None, found.metadata),
        "answering": answering.now(),
        "is_busy": Switch.running() is not None,
    }
    return render(request, "webui/models/activate.html", context)


def existing(stem: str) -> Listed:
    """The version of this name.

    Raises:
        Http404: there is none.
    """
    found = listing.find(stem)
    if found is None:
        raise Http404
    return found


def _drift_news(now: Answering, caller: Caller) -> list[str]:
    """How the pictures have changed that the version which answers is sent."""
    found = listing.find(now.stem) if now.stem and panel.may_see(caller) else None
    return panel.news(found.metadata) if found and found.metadata else []


def _report_for(caller: Caller, version: Listed) -> Report | None:
    """A version's report, if there is one that the caller may see: photographs are for those with an account."""
    found = report.read(version.report)
    return found if found and (caller.is_member or not found.has_pictures) else None


def _start(request: HttpRequest, version: Listed, user: User) -> None:
    """What is under way is shown on the page that comes next; only what is not needs a message."""
    try:
        services.current().switcher.start(version, user)
    except SwitchRunning:
        messages.error(request, _("Another version is being tried right now. Try again when that is done."))
    except Pinned:
        messages.error(request, _("MENAGERIE_MODEL is set: activating a version changes nothing for this server."))
