"""The operations on classes: make, rename, delete. A project lists its own."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from webui.accounts.models import Scope
from webui.api.bodies import Body
from webui.api.endpoint import Operation, json_response, together
from webui.inference import document_body
from webui.problems import InvalidRequest
from webui.studio import class_names, removal
from webui.studio.api import documents
from webui.studio.api.documents import EXAMPLE_CLASS, NamedClass, NewClass, ProjectClass
from webui.studio.api.lookup import CLASS, PROJECT, class_of, project_of
from webui.studio.class_names import NoClass
from webui.studio.forms import ClassForm
from webui.studio.models import PictureClass, Project

_EXPECTED = 'Expected JSON such as {"name": "mug"}.'
_EXPECTED_NEW = 'Expected JSON such as {"name": "mug"}, or {"other": true}.'


@Operation(
    "POST",
    "studio",
    {201: EXAMPLE_CLASS},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"project_id": PROJECT},
    body=Body("Its name, or `other`; at most 16 kB.", {"application/json": NewClass(other=True)}),
    problems=("invalid_request", "unsupported_format", "image_too_large", "not_found"),
)
def make_class(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """Makes a class in one of your own projects.

    With `other`, it is the class of other things: pictures of what is none of the classes, but might be taken for one.
    """
    project = project_of(request, project_id)
    made = _made(project, document_body.read(request, NewClass, _EXPECTED_NEW))
    return json_response(documents.class_now(made), HTTPStatus.CREATED)


@Operation(
    "PATCH",
    "studio",
    {200: EXAMPLE_CLASS},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"project_id": PROJECT, "class_id": CLASS},
    body=Body("Its new name; at most 16 kB.", {"application/json": NamedClass(name="mug")}),
    problems=("invalid_request", "unsupported_format", "image_too_large", "not_found"),
)
def rename_class(request: HttpRequest, project_id: uuid.UUID, class_id: int) -> ProjectClass:
    """Gives a class another name."""
    found = class_of(request, project_id, class_id)
    form = ClassForm(found.project, {"name": document_body.read(request, NamedClass, _EXPECTED).name}, renamed=found)
    with in_english():
        if not form.is_valid():
            raise NoClass(" ".join(map(str, form.errors["name"])))
    found.name = form.cleaned_data["name"]
    found.save(update_fields=["name"])
    return documents.class_now(found)


@Operation(
    "DELETE",
    "studio",
    {204: None},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"project_id": PROJECT, "class_id": CLASS},
    problems=("not_found",),
)
def delete_class(request: HttpRequest, project_id: uuid.UUID, class_id: int) -> HttpResponse:
    """Deletes a class with its pictures."""
    removal.delete_class(class_of(request, project_id, class_id))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


one_class = together(rename_class, delete_class)


@contextmanager
def in_english() -> Iterator[None]:
    """Has the sentence why there can be no class in the problem, in English, as all that programs read.

    Raises:
        InvalidRequest: there can be none.
    """
    with translation.override("en"):
        try:
            yield
        except NoClass as err:
            raise InvalidRequest(f"{err} {err.sentence}") from err


def _made(project: Project, wanted: NewClass) -> PictureClass:
    if wanted.other and wanted.name is None:
        return project.other_things()
    if wanted.name is None or wanted.other:
        raise InvalidRequest(f"{_EXPECTED_NEW} Received: {wanted.to_dict()}")
    with in_english():
        return class_names.new(project, wanted.name)
