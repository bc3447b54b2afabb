"""The operations on trainings: begin one, follow it, have it go on, end it, take its model."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse

from webui.accounts.identity import identify
from webui.accounts.models import Scope
from webui.api.bodies import Body
from webui.api.endpoint import Media, Operation, json_response, together
from webui.api.parameters import Parameter, whole_number
from webui.inference import document_body
from webui.jobs import lease, queue
from webui.jobs.models import State
from webui.problems import NotFound, TooManyJobs
from webui.studio import command, outcome, progress, training
from webui.studio.api import training_documents as documents
from webui.studio.api.lookup import PROJECT, PROJECT_ID, TRAINING, TRAINING_ID, project_of, run_of
from webui.studio.api.not_trainable import NotTrainable
from webui.studio.api.training_documents import EXAMPLE, EXAMPLE_SUMMARY, TrainingAnswer, TrainingList, Wanted
from webui.studio.models import Project, Recipe

_EXPECTED = 'Expected JSON such as {"recipe": "quick"}.'
LIMIT = whole_number("limit", "At most so many trainings.", most=100, default=50, example=2)
BEFORE = Parameter(
    "before",
    "Only those that are older than the training of this id; `next` has it.",
    "the id of a training",
    uuid.UUID,
    {"type": "string", "format": "uuid"},
    None,
    TRAINING_ID,
)


@Operation(
    "POST",
    "studio",
    {202: EXAMPLE},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"project_id": PROJECT},
    body=Body("How thoroughly; at most 16 kB.", {"application/json": Wanted(recipe=Recipe.QUICK)}),
    problems=(
        "invalid_request",
        "unsupported_format",
        "image_too_large",
        "not_found",
        "not_trainable",
        "too_many_jobs",
    ),
    headers={"Location": "The address of the training."},
)
def train(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """Begins a training on the pictures of one of your own projects, as soon as it is its turn.

    Two classes with ten pictures each are the least. Three jobs of one account wait or run at a time.
    """
    project = project_of(request, project_id)
    wanted = document_body.read(request, Wanted, _EXPECTED)
    _refuse_untrainable(project)
    with _one_of_few():
        run = training.begin(project, wanted.recipe, identify(request), by_groups=wanted.by_groups)
    return json_response(documents.answer(run), HTTPStatus.ACCEPTED, Location=documents.address_of(run))


@contextmanager
def _one_of_few() -> Iterator[None]:
    try:
        yield
    except (queue.TooManyOfOne, queue.TooManyPaused) as err:
        raise TooManyJobs(f"{err} Wait until one is done, or delete one.") from err


def _refuse_untrainable(project: Project) -> None:
    lack = training.lack(training.counted(project))
    if lack is training.Lack.CLASSES:
        raise NotTrainable("Expected at least two classes beside that of other things.", "classes")
    if lack is training.Lack.PICTURES:
        raise NotTrainable(f"Expected at least {training.LEAST_PICTURES} pictures in each class.", "pictures")
    if not training.can_train():
        raise NotTrainable("This server lacks what trains: install the extra train there.", "not_installed")


@Operation(
    "GET",
    "studio",
    {
        200: TrainingList(
            trainings=[EXAMPLE_SUMMARY], next=f"/api/v1/projects/{PROJECT_ID}/trainings?limit=1&before=..."
        )
    },
    scope=Scope.STUDIO,
    needs_key=True,
    parameters=(LIMIT, BEFORE),
    path={"project_id": PROJECT},
    problems=("not_found",),
)
def list_trainings(request: HttpRequest, project_id: uuid.UUID) -> TrainingList:
    """Lists the trainings of one of your own projects, the newest first."""
    lease.recover()
    project, given = project_of(request, project_id), request.GET.dict()
    runs = project.runs.select_related("job", "project").order_by("-job__created", "-job_id")
    limit = LIMIT.read(given)
    if (before_id := BEFORE.read(given)) is not None:
        before = runs.filter(job_id=before_id).first()
        if before is None:
            raise NotFound("There is no training with this id in the project. Begin again without before.")
        runs = runs.filter(job__created__lt=before.job.created)
    found = list(runs[: limit + 1])
    shown = [documents.summary(each) for each in found[:limit]]
    address = reverse("api_project_trainings", args=[project_id])
    following = f"{address}?limit={limit}&before={shown[-1].id}" if len(found) > limit else None
    return TrainingList(trainings=shown, next=following)


trainings = together(list_trainings, train)


@Operation(
    "GET",
    "studio",
    {200: EXAMPLE},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"job_id": TRAINING},
    problems=("not_found",),
    conditional=True,
)
def one_training(request: HttpRequest, job_id: uuid.UUID) -> TrainingAnswer:
    """Tells how far one of your own trainings is, and what came of it."""
    lease.recover()
    return documents.answer(run_of(request, job_id))


@Operation(
    "DELETE",
    "studio",
    {204: None},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"job_id": TRAINING},
    problems=("not_found",),
)
def delete_training(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Stops one of your own trainings, or takes it off the list; a model that is done stays."""
    run_of(request, job_id).delete()
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


one = together(one_training, delete_training)


@Operation(
    "POST",
    "studio",
    {202: EXAMPLE},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"job_id": TRAINING},
    problems=("not_found", "not_trainable", "too_many_jobs"),
)
def resume_training(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Has a training that was paused or cut off go on where it was; nothing changes where it waits, runs or is done.

    One whose pictures have changed since, or cannot be trained on, is refused: begin another.
    """
    found = run_of(request, job_id)
    if found.job.state in {State.FAILED, State.PAUSED}:
        if not outcome.can_go_on(found):
            raise NotTrainable("This training cannot go on. Begin another.", "over")
        with _one_of_few():
            queue.again(found.job, identify(request))
        found.job.refresh_from_db()
    return json_response(documents.answer(found), HTTPStatus.ACCEPTED)


@Operation(
    "POST",
    "studio",
    {202: EXAMPLE},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"job_id": TRAINING},
    problems=("not_found", "too_many_jobs"),
)
def pause_training(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Puts a training aside, until it is to go on; nothing changes where it is done or has failed.

    One that runs is `paused` when its worker has ended it, which takes some seconds. Three of one account may be.
    """
    found = run_of(request, job_id)
    with _one_of_few():
        queue.pause(found.job)
    found.job.refresh_from_db()
    return json_response(documents.answer(found), HTTPStatus.ACCEPTED)


@Operation(
    "POST",
    "studio",
    {202: EXAMPLE},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"job_id": TRAINING},
    problems=("not_found",),
)
def finish_training(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """Has a training that is at its epochs end with the best so far; nothing changes where it is at something else."""
    found = run_of(request, job_id)
    if found.job.state == State.RUNNING and progress.read(job_id).is_fine_tuning:
        training.finish_early(found)
    return json_response(documents.answer(found), HTTPStatus.ACCEPTED)


@Operation(
    "GET",
    "studio",
    {200: Media("application/x-hdf5", "The model file, as `training fit` writes it.", "model.h5")},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"job_id": TRAINING},
    problems=("not_found",),
)
def training_model(request: HttpRequest, job_id: uuid.UUID) -> FileResponse:
    """Gives the model file that came of one of your own trainings."""
    found = run_of(request, job_id)
    gone = NotFound("There is no model of this training: it is not done, or its file was removed.")
    if not documents.has_model(found):
        raise gone
    try:
        file = command.model_file(found).open("rb")
    except OSError as err:  # Removed just now.
        raise gone from err
    return FileResponse(file, as_attachment=True, content_type="application/x-hdf5")
