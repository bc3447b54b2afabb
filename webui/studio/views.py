"""The views of projects: all that one may see, one with its classes, its name, its end."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.db.models import Count, Window
from django.db.models.functions import RowNumber
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from webui.accounts.decorators import account, members_only
from webui.accounts.identity import identify
from webui.classify import camera
from webui.studio import checking, comparing, from_history, group_words, groups, models, project_zip, training
from webui.studio.forms import ClassForm, ProjectForm
from webui.studio.lookup import own_projects, project_of
from webui.studio.models import Picture, Project
from webui.studio.training import Counted

_SHOWN = 8
"""Pictures of each class on the page of a project."""


@never_cache
@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def projects(request: HttpRequest) -> HttpResponse:
    """`/studio/`: one's projects, of staff everybody's; a POST makes one."""
    form, status = ProjectForm(request.POST or None), HTTPStatus.OK
    if request.method == "POST":
        if form.is_valid() and _may_have_more(form, request):
            form.instance.owner = account(request)
            return redirect("studio_project", form.save().id)
        status = HTTPStatus.UNPROCESSABLE_ENTITY
    found = own_projects(request).select_related("owner").annotate(count=Count("pictures"))
    context = {"projects": found, "form": form, "account": account(request)}
    return render(request, "webui/studio/projects.html", context, status=status)


def _may_have_more(form: ProjectForm, request: HttpRequest) -> bool:
    if Project.objects.filter(owner=account(request)).count() < models.MOST_PROJECTS:
        return True
    said = _("You have %(n)d projects. Delete one before you begin another.")
    form.add_error(None, said % {"n": models.MOST_PROJECTS})
    return False


@never_cache
@members_only
@require_http_methods(["GET", "HEAD"])
def project(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/`: a project with its classes, and what can be trained."""
    return page(request, project_of(request, project_id))


def page(
    request: HttpRequest, shown: Project, *, form: ClassForm | None = None, status: HTTPStatus = HTTPStatus.OK
) -> HttpResponse:
    """The page of a project.

    Args:
        request: whose page it is.
        shown: the project.
        form: of a new class, where it was filled in wrongly.
        status: of the response.
    """
    comparing.latest(shown)
    classes = training.counted(shown)
    lack = training.lack(classes)
    total = sum(each.pictures for each in classes)
    context = {
        "project": shown,
        "classes": _with_newest(shown, classes),
        "has_other": any(each.picture_class.is_other for each in classes),
        "total": total,
        "unsorted": shown.pictures.filter(picture_class__is_unsorted=True).count(),
        "to_check": checking.open_signs(shown).count(),
        "form": form or ClassForm(shown),
        "lack": lack,
        "groups": [] if lack else group_words.planned(groups.of_project(shown)),
        "least": training.LEAST_PICTURES,
        "recipes": [(recipe, _minutes(seconds)) for recipe, seconds in training.estimates_s(total).items()],
        "runs": shown.runs.select_related("job"),
        "camera": camera.sentences(),
        "corrected": from_history.corrected(identify(request)).count(),
        "can_train": training.can_train(),
    }
    response = render(request, "webui/studio/project.html", context, status=status)
    camera.allow(response)
    return response


def _with_newest(shown: Project, classes: list[Counted]) -> list[tuple[Counted, list[Picture]]]:
    """Each class with the pictures that were added to it last."""
    rank = Window(RowNumber(), partition_by="picture_class", order_by="-id")
    newest: dict[int, list[Picture]] = {}
    for picture in shown.pictures.annotate(rank=rank).filter(rank__lte=_SHOWN):
        newest.setdefault(picture.picture_class_id, []).append(picture)
    return [(each, newest.get(each.picture_class.pk, [])) for each in classes]


def _minutes(seconds: float) -> int:
    return max(1, round(seconds / 60))


@members_only
@require_POST
def rename(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/rename/`: gives a project another name."""
    found = project_of(request, project_id)
    form = ProjectForm(request.POST, instance=found)
    if form.is_valid():
        form.save()
    else:
        messages.error(request, _("A project needs a name of at most 60 characters."))
    return redirect("studio_project", project_id)


@never_cache
@members_only
@require_http_methods(["GET", "HEAD", "POST"])
def delete(request: HttpRequest, project_id: uuid.UUID) -> HttpResponse:
    """`/studio/<uuid>/delete/`: asks, and then removes a project with its pictures; its models stay."""
    found = project_of(request, project_id)
    if request.method != "POST":
        context = {"project": found, "count": found.pictures.count()}
        return render(request, "webui/studio/delete.html", context)
    found.delete()
    messages.success(request, _("The project “%(name)s” is deleted.") % {"name": found.name})
    return redirect("studio")


@members_only
@require_safe
def export(request: HttpRequest, project_id: uuid.UUID) -> StreamingHttpResponse:
    """`/studio/<uuid>/pictures.zip`: all pictures of a project, in class folders."""
    found = project_of(request, project_id)
    response = StreamingHttpResponse(project_zip.of_project(found), content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{training.model_name(found)}.zip"'
    response["Cache-Control"] = "no-store"
    return response
