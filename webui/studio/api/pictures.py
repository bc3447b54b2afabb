"""The operations on pictures: send, list, see, move, delete."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.http import FileResponse, HttpRequest, HttpResponse
from django.urls import reverse

from recognizer.errors import ImageError
from webui import services
from webui.accounts.models import Scope
from webui.api.bodies import Body
from webui.api.endpoint import Media, Operation, together
from webui.api.parameters import Parameter, flag, whole_number
from webui.history.sorted_zip import safe
from webui.inference import client_watch, document_body, picture_body, uploads
from webui.problems import NO_SPACE, NotFound, StorageFull
from webui.studio import adding, class_names, moving, removal, store
from webui.studio.adding import Passed, Refusal
from webui.studio.api import documents
from webui.studio.api.classes import in_english
from webui.studio.api.documents import (
    EXAMPLE_ADDED,
    EXAMPLE_PICTURE,
    AddedPictures,
    Moved,
    PassedPicture,
    ProjectPicture,
    ProjectPictures,
)
from webui.studio.api.lookup import (
    PICTURE,
    PROJECT,
    PROJECT_ID,
    class_called,
    picture_of,
    project_of,
)
from webui.studio.models import Picture, Project

_MOST = 500
_OF = {"project_id": PROJECT, "picture_id": PICTURE}
_WHY = {
    Refusal.HERE: "It is there already.",
    Refusal.ELSEWHERE: "It is in the class {where!r} already.",
    Refusal.GONE: "Its class is not there any more.",
    Refusal.SMALL: f"It is too small: at least {adding.LEAST_SIDE} pixels a side are needed.",
    Refusal.FULL: "There is no more room for pictures of projects on this server (MENAGERIE_STUDIO_GB).",
}
LIMIT = whole_number("limit", "At most so many pictures.", most=_MOST, default=100, example=2)
BEFORE = whole_number(
    "before", "Only those that were added before the picture of this id; `next` has it.", default=None, example=31
)


def _class(about: str) -> Parameter[str | None]:
    return Parameter("class", about, "the name of a class", str, {"type": "string"}, None, "mug")


FOLDER = Parameter(
    "folder",
    "The folder inside that of their class that they come from; whole folders are held back where a class has three.",
    "a name",
    str,
    {"type": "string"},
    "",
    "monday",
)
INTO = _class("The name of their class, which is made where there is none; without it they are not sorted yet.")
OF_CLASS = _class("Only those of the class of this name.")
UNSORTED = flag("unsorted", "Only those that are in no class yet.", default=False)


@Operation(
    "POST",
    "studio",
    {200: EXAMPLE_ADDED},
    scope=Scope.STUDIO,
    needs_key=True,
    parameters=(INTO, FOLDER),
    path={"project_id": PROJECT},
    body=picture_body.pictures(),
    problems=(*picture_body.ERRORS, "not_found", "storage_full"),
)
def add_pictures(request: HttpRequest, project_id: uuid.UUID) -> AddedPictures:
    """Adds up to 16 pictures to one of your own projects.

    They are kept as they were sent. One that cannot be used, or is there already, is `passed` with the reason, and the
    others are added: sending the same again does no harm.
    """
    project, given = project_of(request, project_id), request.GET.dict()
    name, folder = INTO.read(given), FOLDER.read(given)
    gone, weight = client_watch.gone(request.META), uploads.weight_of(request)
    with services.current().admission.slot(gone=gone, weight=weight) as turn:
        sent = uploads.read(request).pictures()
        with in_english(), on_a_full_disk():
            target = project.unsorted() if name is None else class_names.named(project, name)
            added = adding.add(sent, target, turn, folder=folder)
    return AddedPictures(
        class_=None if target.is_unsorted else documents.class_now(target),
        added=documents.picture_answers(project, added.pictures),
        passed=[passed_answer(each) for each in added.passed],
    )


@Operation(
    "GET",
    "studio",
    {
        200: ProjectPictures(
            pictures=[EXAMPLE_PICTURE], next=f"/api/v1/projects/{PROJECT_ID}/pictures?limit=1&before=31"
        )
    },
    scope=Scope.STUDIO,
    needs_key=True,
    parameters=(LIMIT, BEFORE, OF_CLASS, UNSORTED),
    path={"project_id": PROJECT},
    problems=("not_found",),
)
def list_pictures(request: HttpRequest, project_id: uuid.UUID) -> ProjectPictures:
    """Lists the pictures of one of your own projects, those that were added last first."""
    project, given = project_of(request, project_id), request.GET.dict()
    limit, before, name = LIMIT.read(given), BEFORE.read(given), OF_CLASS.read(given)
    found = project.pictures.select_related("picture_class")
    if name is not None:
        found = found.filter(picture_class=class_called(project, name))
    if UNSORTED.read(given):
        found = found.filter(picture_class__is_unsorted=True)
    if before is not None:
        found = found.filter(id__lt=before)
    rows = list(found[: limit + 1])
    return ProjectPictures(
        pictures=documents.picture_answers(project, rows[:limit]),
        next=_next(request, project, rows[limit - 1].pk) if len(rows) > limit else None,
    )


pictures = together(list_pictures, add_pictures)


@Operation(
    "GET",
    "studio",
    {200: EXAMPLE_PICTURE},
    scope=Scope.STUDIO,
    needs_key=True,
    path=_OF,
    problems=("not_found",),
    conditional=True,
)
def one_picture(request: HttpRequest, project_id: uuid.UUID, picture_id: int) -> ProjectPicture:
    """Tells of one picture in which class it is."""
    return documents.picture_answer(picture_of(request, project_id, picture_id))


@Operation(
    "PATCH",
    "studio",
    {200: EXAMPLE_PICTURE},
    scope=Scope.STUDIO,
    needs_key=True,
    path=_OF,
    body=Body("Its new class; at most 16 kB.", {"application/json": Moved(**{"class": "cup"})}),
    problems=("invalid_request", "unsupported_format", "image_too_large", "not_found"),
)
def move_picture(request: HttpRequest, project_id: uuid.UUID, picture_id: int) -> ProjectPicture:
    """Moves a picture to another class of its project, or out of all of them."""
    found = picture_of(request, project_id, picture_id)
    wanted = document_body.read(request, Moved, 'Expected JSON such as {"class": "cup"}.')
    project = found.project
    target = project.unsorted() if wanted.class_ is None else class_called(project, wanted.class_)
    moving.move(Picture.objects.filter(id=found.pk), target)
    return documents.picture_answer(picture_of(request, project_id, picture_id))


@Operation(
    "DELETE",
    "studio",
    {204: None},
    scope=Scope.STUDIO,
    needs_key=True,
    path=_OF,
    problems=("not_found",),
)
def delete_picture(request: HttpRequest, project_id: uuid.UUID, picture_id: int) -> HttpResponse:
    """Deletes a picture from its project."""
    found = picture_of(request, project_id, picture_id)
    removal.delete_pictures(project_id, Picture.objects.filter(id=found.pk))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


picture = together(one_picture, move_picture, delete_picture)


@Operation(
    "GET",
    "studio",
    {200: Media("application/octet-stream", "The file, byte for byte.", "picture")},
    scope=Scope.STUDIO,
    needs_key=True,
    path=_OF,
    problems=("not_found",),
)
def picture_file(request: HttpRequest, project_id: uuid.UUID, picture_id: int) -> FileResponse:
    """Gives a picture as it was sent."""
    found = picture_of(request, project_id, picture_id)
    try:
        file = store.path_of(project_id, found.digest).open("rb")
    except OSError as err:
        raise _gone() from err
    name = safe(found.name[-80:] or found.digest[:12])
    return FileResponse(file, as_attachment=True, filename=name, content_type="application/octet-stream")


@Operation(
    "GET",
    "studio",
    {200: Media("image/jpeg", "At most 240 x 240 pixels, upright, without metadata.", "thumbnail.jpg")},
    scope=Scope.STUDIO,
    needs_key=True,
    path=_OF,
    problems=("not_found",),
)
def picture_thumbnail(request: HttpRequest, project_id: uuid.UUID, picture_id: int) -> HttpResponse:
    """Gives a small copy of a picture."""
    found = picture_of(request, project_id, picture_id)
    data = store.thumbnail(project_id, found.digest)
    if data is None:
        raise _gone()
    return HttpResponse(data, content_type="image/jpeg")


def _gone() -> NotFound:
    return NotFound("The file of this picture is gone from the server.")


@contextmanager
def on_a_full_disk() -> Iterator[None]:
    """Says so where pictures cannot be added for want of room.

    Raises:
        StorageFull: the disk is full.
    """
    try:
        yield
    except OSError as err:
        if err.errno in NO_SPACE:
            raise StorageFull("The server's disk is full. What was added before is kept.") from err
        raise


def passed_answer(passed: Passed) -> PassedPicture:
    """What the API says of a picture that was not added."""
    why = passed.why
    if isinstance(why, ImageError):
        return PassedPicture(filename=passed.name or None, code=why.code, detail=str(why))
    detail = _WHY[why].format(where=passed.where)
    return PassedPicture(filename=passed.name or None, code=why.value, detail=detail)


def _next(request: HttpRequest, project: Project, last: int) -> str:
    """The address of the next page: this one's, but for where it begins."""
    query = request.GET.copy()
    query["before"] = str(last)
    return f"{reverse('api_project_pictures', args=[project.id])}?{query.urlencode()}"
