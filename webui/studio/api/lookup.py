"""What an address of the API is about, for whom it may be shown; everything else is not found, with a sentence."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager

from django.http import Http404, HttpRequest

from webui.accounts.identity import identify
from webui.accounts.models import User
from webui.api.endpoint import PathPart
from webui.problems import InvalidRequest, NotFound, Unauthenticated
from webui.studio import lookup
from webui.studio.models import Picture, PictureClass, Project, Run

PROJECT_ID = "9b2c6d1e-4a53-4b6f-8f0e-2d7c5a1e9f30"
TRAINING_ID = "7c9e6679-7425-40de-944b-e07fc1f90ae7"
CLASS_ID, PICTURE_ID = 7, 31
PROJECT = PathPart("The `id` of one of your projects.", PROJECT_ID)
CLASS = PathPart("The `id` of one of its classes.", str(CLASS_ID))
PICTURE = PathPart("The `id` of one of its pictures.", str(PICTURE_ID))
TRAINING = PathPart("The `id` of one of your trainings.", TRAINING_ID)


def member(request: HttpRequest) -> User:
    """The account whose request this is.

    Raises:
        Unauthenticated: nobody's.
    """
    user = identify(request).user
    if user is None:
        raise Unauthenticated("Projects belong to accounts. Send an API key with the scope studio.")
    return user


def project_of(request: HttpRequest, project_id: uuid.UUID) -> Project:
    """A project; raises `Unauthenticated` or `NotFound`, as all of these."""
    with _not_found(request, "There is no project of yours with this id, or not any longer."):
        return lookup.project_of(request, project_id)


def class_of(request: HttpRequest, project_id: uuid.UUID, class_id: int) -> PictureClass:
    """A class of a project."""
    with _not_found(request, "There is no class with this id in this project of yours, or not any longer."):
        found = lookup.class_of(request, class_id)
        if found.project_id != project_id:
            raise Http404
        return found


def class_called(project: Project, name: str) -> PictureClass:
    """The class of a project that a name means.

    Raises:
        InvalidRequest: there is none.
    """
    found = project.class_like(name)
    if found is None:
        raise InvalidRequest(f"Expected the name of a class of the project. Received: class={name[:200]!r}")
    return found


def picture_of(request: HttpRequest, project_id: uuid.UUID, picture_id: int) -> Picture:
    """A picture of a project, with its class."""
    with _not_found(request, "There is no picture with this id in this project of yours, or not any longer."):
        found = lookup.picture_of(request, picture_id)
        if found.project_id != project_id:
            raise Http404
        return found


def run_of(request: HttpRequest, job_id: uuid.UUID) -> Run:
    """A training, with its job and its project."""
    with _not_found(request, "There is no training of yours with this id, or not any longer."):
        return lookup.run_of(request, job_id)


@contextmanager
def _not_found(request: HttpRequest, sentence: str) -> Iterator[None]:
    member(request)
    try:
        yield
    except Http404 as err:
        raise NotFound(sentence) from err
