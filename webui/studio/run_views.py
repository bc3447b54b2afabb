"""The views of trainings: begin one, watch it, see what came of it."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from webui.accounts.decorators import account, members_only
from webui.accounts.identity import identify
from webui.jobs import lease, queue, worker_sign
from webui.jobs.models import State
from webui.studio import (
    advice,
    command,
    curve,
    export_views,
    group_words,
    made_of,
    outcome,
    progress,
    project_zip,
    record,
    result_words,
    training,
    views,
)
from webui.studio.findings import Begun, Failure, Findings
from webui.studio.forms import TrainForm
from webui.studio.lookup import project_of, run_of
from webui.studio.models import Recipe, Run
from webui.studio.progress import Progress

_STAGES: tuple[tuple[str, Promise], ...] = (
    ("Reading", gettext_lazy("It looks at the pictures.")),
    ("Computing features", gettext_lazy("The network looks at each picture.")),
    (progress.FINE_TUNING, gettext_lazy("The network itself is trained.")),
    ("Looking at ", gettext_lazy("It learns what is none of the classes.")),
    ("Compiling", gettext_lazy("The model is made fast.")),
    ("Answering those held back", gettext_lazy("It answers the pictures that were held back.")),
    ("Evaluating unknown pictures", gettext_lazy("It answers the pictures of other things.")),
    ("Evaluating", gettext_lazy("It answers the pictures that were held back.")),
    ("Drawing", gettext_lazy("The report is written.")),
)
"""What a person reads of a stage, by what its name on the command line begins with."""
_SHOWN = 24
"""Pictures that the model fails on."""


@members_only
@require_POST
def train(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/train/`: begins a training, as soon as it is its turn."""
    project = project_of(request, project_id)
    form = TrainForm(request.POST)
    if not form.is_valid() or training.lack(training.counted(project)):
        messages.error(request, _("This cannot be trained yet: see below what is missing."))
        return views.page(request, project, status=HTTPStatus.UNPROCESSABLE_ENTITY)
    try:
        recipe, by_groups = Recipe(form.cleaned_data["recipe"]), form.cleaned_data["by_groups"]
        run = training.begin(project, recipe, identify(request), by_groups=by_groups)
    except (queue.QueueFull, queue.TooManyOfOne) as err:
        messages.error(request, queue.sentence(err))
        return redirect("studio_project", project_id)
    return redirect("studio_run", run.job_id)


@never_cache
@members_only
@require_safe
def run(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/studio/runs/<uuid>/`: how far a training is; then how good its model is, and what to do with it."""
    lease.recover()
    found = run_of(request, job_id)
    told = progress.read(job_id)
    findings = outcome.take_up(found, told)
    changed = training.changed_since(found)
    waits = found.job.state == State.WAITING
    kept = record.of(found)
    begun = record.begun_of(kept) if kept else Begun()
    context = {
        "run": found,
        "job": found.job,
        "project": found.project,
        "progress": told,
        "is_silent": lease.is_silent(found.job),
        "stage": _stage(told),
        "minutes_left": _minutes(outcome.seconds_left(found, told)),
        "before": queue.before(found.job) if waits else 0,
        "no_worker": waits and not worker_sign.is_seen(),
        "curve": curve.of(told.epochs),
        "can_end_early": told.is_fine_tuning and not training.ends_early(found),
        "ends_early": training.ends_early(found),
        "share": result_words.share(found.right or 0, found.held_back) if found.held_back else "",
        "found": findings,
        "still_wrong": _there(found, told.still_wrong.pictures) if told.still_wrong else (),
        "measured_on": group_words.measured_on(findings.groups) if findings and findings.groups else "",
        "about": _about(found, findings, begun) if findings else None,
        "made_of": made_of.told(found, begun, findings),
        "changed": changed,
        "goes_on": outcome.can_go_on(found),
        "exports": export_views.panel_of(request, found),
        "is_there": command.model_file(found).is_file(),
        "is_staff": account(request).is_staff,
        "command": made_of.command(found, begun),
        "has_record": kept is not None,
    }
    return render(request, "webui/studio/run.html", context)


def _stage(told: Progress) -> str:
    return str(next((said for start, said in _STAGES if told.stage.startswith(start)), _("It begins.")))


def _minutes(seconds: float | None) -> int | None:
    return None if seconds is None else max(1, round(seconds / 60))


def _about(found: Run, findings: Findings, begun: Begun) -> dict[str, Any]:
    """What the page says of a model, beside how good it is."""
    failures = _there(found, findings.failures)
    return {
        "confusions": result_words.confusions(findings),
        "failures": failures[:_SHOWN],
        "more": max(0, len(failures) - _SHOWN),
        "advice": advice.sentences(findings, begun),
        "comparisons": list(result_words.comparisons(findings, begun)),
    }


def _there(found: Run, failures: Sequence[Failure]) -> list[Failure]:
    """Those whose pictures the project still has."""
    numbers = found.project.pictures.filter(id__in=[each.picture for each in failures]).values_list("id", flat=True)
    there = set(numbers)
    return [each for each in failures if each.picture in there]


@members_only
@require_safe
def model(request: HttpRequest, job_id: uuid.UUID) -> FileResponse:
    """`/studio/runs/<uuid>/model.h5`: the model file that came of a training, for whose project it was."""
    found = run_of(request, job_id)
    if found.job.state != State.DONE:  # Until then a file of its name is another's.
        raise Http404
    try:
        file = command.model_file(found).open("rb")
    except OSError:
        raise Http404 from None
    return FileResponse(file, as_attachment=True, content_type="application/x-hdf5")


@members_only
@require_POST
def go_on(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/studio/runs/<uuid>/go-on/`: puts a training that was cut off back into the queue."""
    found = run_of(request, job_id)
    if outcome.can_go_on(found):
        try:
            queue.again(found.job, identify(request))
        except (queue.QueueFull, queue.TooManyOfOne) as err:
            messages.error(request, queue.sentence(err))
    return redirect("studio_run", job_id)


@members_only
@require_POST
def pause(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/studio/runs/<uuid>/pause/`: puts a training aside, until its owner has it go on."""
    try:
        queue.pause(run_of(request, job_id).job)
    except queue.TooManyPaused as err:
        messages.error(request, queue.sentence(err))
    return redirect("studio_run", job_id)


@members_only
@require_POST
def finish(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/studio/runs/<uuid>/finish/`: has the network trained no more, and a model made of the best so far."""
    found = run_of(request, job_id)
    if found.job.state == State.RUNNING and progress.read(job_id).is_fine_tuning:
        training.finish_early(found)
    return redirect("studio_run", job_id)


@members_only
@require_safe
def pictures(request: HttpRequest, job_id: uuid.UUID) -> StreamingHttpResponse:
    """`/studio/runs/<uuid>/pictures.zip`: the pictures that a training was begun with, as far as they are there."""
    found = run_of(request, job_id)
    kept = record.of(found)
    if kept is None:
        raise Http404
    zipped = project_zip.stream(found.project, record.rows_of(kept))
    response = StreamingHttpResponse(zipped, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{found.model}.zip"'
    response["Cache-Control"] = "no-store"
    return response


@members_only
@require_POST
def delete(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/studio/runs/<uuid>/delete/`: stops a training, or takes it off the list; a model that is done stays."""
    found = run_of(request, job_id)
    found.delete()
    return redirect("studio_project", found.project_id)
