"""The views that export a version for other programs: for staff, from the section of its page."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from webui.accounts import rate_limits
from webui.accounts.decorators import staff_only
from webui.exports import asking, downloads
from webui.exports.panel import Panel, panel
from webui.versions import listing
from webui.versions.listing import Listed

_PER_MINUTE = 20


def panel_of(version: Listed) -> Panel | None:
    """The section of a version's page; None where the file cannot be used."""
    if version.metadata is None:
        return None
    return panel(
        version.contents.digest,
        ask_at=reverse("model_export", args=[version.stem]),
        zip_at=lambda target: reverse("model_exported", args=[version.stem, target]),
        file_at=reverse("model_file", args=[version.stem]),
        file_bytes=version.size_bytes,
        sees_messages=True,
    )


@staff_only
@require_POST
@rate_limits.limited("exports", per_minute=_PER_MINUTE)
def ask(request: HttpRequest, stem: str) -> HttpResponse:
    """`/models/<stem>/exports/`: has the version exported for the program that the form names."""
    found = _usable(stem)
    return asking.answer(request, found.stem, found.contents.digest, back=reverse("model", args=[found.stem]))


@never_cache
@require_safe
@staff_only
def exported(request: HttpRequest, stem: str, target: str) -> StreamingHttpResponse:
    """`/models/<stem>/exports/<target>.zip`: what came of it."""
    return downloads.download(_usable(stem).contents.digest, target)


def _usable(stem: str) -> Listed:
    found = listing.find(stem)
    if found is None or found.metadata is None:
        raise Http404
    return found
