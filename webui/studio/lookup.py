"""Finds projects, classes, pictures and trainings for a request; what its sender may not see is not found."""

from __future__ import annotations

import uuid

from django.http import Http404, HttpRequest

from webui.accounts.identity import identify
from webui.studio.models import Picture, PictureClass, Project, Projects, Run


def own_projects(request: HttpRequest) -> Projects:
    """Those that whose request this is may see and change."""
    return Project.objects.of(identify(request))


def project_of(request: HttpRequest, project_id: uuid.UUID) -> Project:
    """A project.

    Raises:
        Http404: there is none, or it is somebody else's; so of all of these.
    """
    found = own_projects(request).filter(id=project_id).select_related("owner").first()
    if found is None:
        raise Http404
    return found


def class_of(request: HttpRequest, class_id: int) -> PictureClass:
    """A class, with its project."""
    mine = PictureClass.objects.filter(project__in=own_projects(request), id=class_id)
    found = mine.select_related("project").first()
    if found is None:
        raise Http404
    return found


def picture_of(request: HttpRequest, picture_id: int) -> Picture:
    """A picture."""
    found = Picture.objects.filter(project__in=own_projects(request), id=picture_id).first()
    if found is None:
        raise Http404
    return found


def run_of(request: HttpRequest, job_id: uuid.UUID) -> Run:
    """A training, with its job and its project."""
    mine = Run.objects.filter(project__in=own_projects(request), job_id=job_id)
    found = mine.select_related("job", "project").first()
    if found is None:
        raise Http404
    return found
