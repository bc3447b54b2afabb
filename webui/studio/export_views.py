"""The views that export the model of a training for other programs, for whose project it was."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from webui.accounts import rate_limits
from webui.accounts.decorators import members_only
from webui.accounts.identity import identify
from webui.exports import asking, downloads
from webui.exports.panel import Panel, panel
from webui.jobs.models import State
from webui.studio.lookup import run_of
from webui.studio.models import Run
from webui.versions import listing
from webui.versions.listing import Listed

_PER_MINUTE = 20


def panel_of(request: HttpRequest, run: Run) -> Panel | None:
    """The section of a training's page; None where there is no model that can be used, yet or any more."""
    version = version_of(run)
    if version is None:
        return None
    return panel(
        version.contents.digest,
        ask_at=reverse("studio_export_model", args=[run.job_id]),
        zip_at=lambda target: reverse("studio_exported", args=[run.job_id, target]),
        file_at=reverse("studio_model", args=[run.job_id]),
        file_bytes=version.size_bytes,
        sees_messages=identify(request).is_staff,
    )


@members_only
@require_POST
@rate_limits.limited("exports", per_minute=_PER_MINUTE)
def ask(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/studio/runs/<uuid>/exports/`: has the model exported for the program that the form names."""
    found = _existing(request, job_id)
    return asking.answer(request, found.stem, found.contents.digest, back=reverse("studio_run", args=[job_id]))


@never_cache
@members_only
@require_safe
def exported(request: HttpRequest, job_id: uuid.UUID, target: str) -> StreamingHttpResponse:
    """`/studio/runs/<uuid>/exports/<target>.zip`: what came of it."""
    return downloads.download(_existing(request, job_id).contents.digest, target)


def _existing(request: HttpRequest, job_id: uuid.UUID) -> Listed:
    found = version_of(run_of(request, job_id))
    if found is None:
        raise Http404
    return found


def version_of(run: Run) -> Listed | None:
    """The version that came of a training; None while it goes on, for a file of this name would be another's."""
    found = listing.find(run.model) if run.job.state == State.DONE else None
    return found if found and found.metadata else None
