"""What the pages on which pictures are sorted have in common: where they can go, and what is said afterwards.

a view: pictures moved or deleted, a sentence -> a script gets it as JSON | the next page says it
"""

from __future__ import annotations

from dataclasses import dataclass

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import ngettext

from webui.problems import wants_json
from webui.studio import checking, moving
from webui.studio.models import PictureClass, Project
from webui.studio.moving import Step

PER_PAGE = 60
_DIGITS = 9
_MOST_DIGITS = 19


@dataclass(frozen=True)
class Place:
    """Where a picture can be moved to."""

    picture_class: PictureClass
    digit: int | None
    """The key that moves a picture there, 1 to 9; the same on all pages of a project."""
    is_here: bool
    """Whether it is where the pictures of the page are."""


def places(project: Project, *, but: PictureClass | None = None) -> list[Place]:
    """The classes of a project in their order, and its place of unsorted pictures.

    Args:
        project: whose.
        but: the class whose page this is.
    """
    every = sorted(PictureClass.every.filter(project=project), key=lambda each: each.is_unsorted)
    return [
        Place(each, number if number <= _DIGITS and not each.is_unsorted else None, each == but)
        for number, each in enumerate(every, start=1)
    ]


def told(request: HttpRequest, project: Project, sentence: str, step: Step | None = None) -> HttpResponse:
    """Says what was done, and how to take it back.

    Args:
        request: a form, with the page to go back to as `next`.
        project: whose pictures it was about.
        sentence: for people.
        step: what can be undone, if it can.
    """
    if step is not None:
        moving.remember(request, step)
    if wants_json(request):
        can_undo = moving.can_undo(request, project.id)
        return JsonResponse({"sentence": sentence, "undo": can_undo, "count": _left(request, project)})
    messages.success(request, sentence)
    return redirect(back(request, project))


def _left(request: HttpRequest, project: Project) -> str:
    """How many are left where the form was, as its page says it: `shown` is a class's number, or `check`."""
    shown = request.POST.get("shown", "")
    if shown == "check":
        count = checking.open_signs(project).count()
        return ngettext("%(n)s to look at", "%(n)s to look at", count) % {"n": count}
    count = project.pictures.filter(picture_class=number(shown)).count()
    return ngettext("%(n)s picture", "%(n)s pictures", count) % {"n": count}


def refused(request: HttpRequest, project: Project, sentence: str) -> HttpResponse:
    """Says why nothing was done."""
    if wants_json(request):
        return JsonResponse({"sentence": sentence}, status=400)
    messages.warning(request, sentence)
    return redirect(back(request, project))


def number(text: str) -> int:
    """The number that a form gives for a row; 0, which none has, for anything that is none."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < _MOST_DIGITS else 0


def back(request: HttpRequest, project: Project) -> str:
    """The page of ours that a form was on; else that of the project."""
    page = request.POST.get("next", "")
    own = page.startswith(reverse("studio")) and url_has_allowed_host_and_scheme(page, allowed_hosts=None)
    return page if own else reverse("studio_project", args=[project.id])
