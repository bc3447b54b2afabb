"""Asks for an export of a model file, unless there is one already, or it is being made."""

from __future__ import annotations

from importlib.util import find_spec

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect

from webui.accounts.identity import Caller, identify
from webui.exports.command import KIND
from webui.exports.models import Export, Target
from webui.jobs import queue
from webui.jobs.models import Job

ANCHOR = "exports"
"""Of the section, on the page that has it."""


def can_make() -> bool:
    """Whether what exports is installed here; nothing of it is loaded."""
    return find_spec("tensorflow") is not None


def latest(digest: str) -> dict[str, Export]:
    """Of each target, the export of a model file that was asked for last."""
    found = Export.objects.filter(digest=digest).select_related("job").order_by("job__created")
    return {export.target: export for export in found}


def answer(request: HttpRequest, stem: str, digest: str, *, back: str) -> HttpResponse:
    """Takes a form whose field `target` names a target; leads back to the page that has the section.

    Args:
        request: whose sender may have this model.
        stem: name and version of the model, animals-2.
        digest: of its file.
        back: address of the page.

    Raises:
        Http404: there is no such target.
    """
    target = request.POST.get("target", "")
    if target not in Target:
        raise Http404
    try:
        if can_make():
            _ask(identify(request), stem, digest, Target(target))
    except (queue.QueueFull, queue.TooManyOfOne) as err:
        messages.error(request, queue.sentence(err))
    return redirect(f"{back}#{ANCHOR}")


def _ask(caller: Caller, stem: str, digest: str, target: Target) -> None:
    before = latest(digest).get(target)
    if before and (before.is_ready or not before.job.is_finished):
        return

    def complete(job: Job) -> None:
        Job.objects.filter(export__digest=digest, export__target=target).delete()  # What failed, or was lost.
        Export.objects.create(job=job, model=stem, digest=digest, target=target)

    queue.submit(KIND, caller, complete)
