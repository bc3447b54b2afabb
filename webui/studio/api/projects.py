"""The operations on projects: list, make, see, rename, delete."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import translation

from webui.accounts.models import Scope
from webui.api.bodies import Body
from webui.api.endpoint import Operation, json_response, together
from webui.inference import document_body
from webui.problems import InvalidRequest
from webui.studio import models
from webui.studio.api import documents
from webui.studio.api.documents import EXAMPLE_PROJECT, EXAMPLE_SUMMARY, Named, ProjectAnswer, ProjectList
from webui.studio.api.lookup import PROJECT, member, project_of
from webui.studio.forms import ProjectForm
from webui.studio.lookup import own_projects
from webui.studio.models import Project

_EXPECTED = 'Expected JSON such as {"name": "Our mugs"}.'
_NAME = Body("The name; at most 16 kB.", {"application/json": Named(name="Our mugs")})


@Operation(
    "GET",
    "studio",
    {200: ProjectList(projects=[EXAMPLE_SUMMARY])},
    scope=Scope.STUDIO,
    needs_key=True,
    conditional=True,
)
def list_projects(request: HttpRequest) -> ProjectList:
    """Lists your own projects, the newest first."""
    member(request)
    count = Count("pictures", filter=Q(pictures__picture_class__is_unsorted=False))
    found = own_projects(request).annotate(count=count).values_list("id", "name", "created", "count")
    return ProjectList(projects=[documents.project_summary(*each) for each in found])


@Operation(
    "POST",
    "studio",
    {201: EXAMPLE_PROJECT},
    scope=Scope.STUDIO,
    needs_key=True,
    body=_NAME,
    problems=("invalid_request", "unsupported_format", "image_too_large"),
    headers={"Location": "The address of the project."},
)
def make_project(request: HttpRequest) -> HttpResponse:
    """Makes a project."""
    owner = member(request)
    project = Project(owner=owner, name=_name(request))
    if Project.objects.filter(owner=owner).count() >= models.MOST_PROJECTS:
        raise InvalidRequest(f"You have {models.MOST_PROJECTS} projects. Delete one before you make another.")
    project.save()
    address = reverse("api_project", args=[project.id])
    return json_response(documents.project_answer(project), HTTPStatus.CREATED, Location=address)


projects = together(list_projects, make_project)


@Operation(
    "GET",
    "studio",
    {200: EXAMPLE_PROJECT},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"project_id": PROJECT},
    problems=("not_found",),
    conditional=True,
)
def one_project(request: HttpRequest, project_id: uuid.UUID) -> ProjectAnswer:
    """Tells which classes one of your own projects has, and whether there is enough to train on."""
    return documents.project_answer(project_of(request, project_id))


@Operation(
    "PATCH",
    "studio",
    {200: EXAMPLE_PROJECT},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"project_id": PROJECT},
    body=_NAME,
    problems=("invalid_request", "unsupported_format", "image_too_large", "not_found"),
)
def rename_project(request: HttpRequest, project_id: uuid.UUID) -> ProjectAnswer:
    """Gives one of your own projects another name; models that it made keep theirs."""
    project = project_of(request, project_id)
    project.name = _name(request)
    project.save(update_fields=["name"])
    return documents.project_answer(project)


@Operation(
    "DELETE",
    "studio",
    {204: None},
    scope=Scope.STUDIO,
    needs_key=True,
    path={"project_id": PROJECT},
    problems=("not_found",),
)
def delete_project(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """Deletes one of your own projects with its pictures, and ends its trainings; models that it made stay."""
    project_of(request, project_id).delete()
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


project = together(one_project, rename_project, delete_project)


def _name(request: HttpRequest) -> str:
    """The name that is sent, as a project can have it."""
    form = ProjectForm({"name": document_body.read(request, Named, _EXPECTED).name})
    with translation.override("en"):
        if not form.is_valid():
            raise InvalidRequest(f"{_EXPECTED} {' '.join(map(str, form.errors['name']))}")
    return str(form.cleaned_data["name"])
