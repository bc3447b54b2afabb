"""The page that answers what a camera sees, some times a second; the camera is asked for in the browser alone."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from webui import services
from webui.accounts import identity
from webui.classify import camera
from webui.classify.script_data import script_data
from webui.inference.served_model import State

MOST_PER_S = 6
"""Frames that one browser asks about in a second."""
_SHOWN = 8
"""Classes whose bars move."""


@require_safe
def live(request: HttpRequest) -> HttpResponse:
    """`/live/`: the camera's picture beside its answer. Only here and in Studio a browser gives the camera."""
    model = services.current().model
    recognizer = model.recognizer() if model.state is State.READY else None
    metadata = recognizer.metadata if recognizer else None
    keep_days = settings.ENVIRONMENT.keep_days
    context = {
        "metadata": metadata,
        "labels": metadata.class_names[:_SHOWN] if metadata else (),
        "others": max(0, len(metadata.class_names) - _SHOWN) if metadata else 0,
        "keep_days": keep_days,
        "script": {**script_data(request, metadata), **_live_data(keeps=bool(keep_days))},
    }
    response = render(request, "webui/live.html", context)
    camera.allow(response)
    identity.remember_visitor(request, response)
    return response


def most_per_s() -> float:
    """Frames that a browser asks about in a second: at most three quarters of what `MENAGERIE_RATE` allows."""
    per_minute = settings.ENVIRONMENT.pictures_per_minute
    return min(MOST_PER_S, per_minute / 80) if per_minute else MOST_PER_S


def _live_data(*, keeps: bool) -> dict[str, Any]:
    return {
        "mostPerS": most_per_s(),
        "keeps": keeps,
        "answerUrl": reverse("answer", args=["00000000-0000-0000-0000-000000000000"]),
        "camera": camera.sentences(),
        "live": {
            "starting": _("Starting the camera"),
            "stopped": _("Stopped"),
            "slower": _("Too much at once: the next look is in {seconds} s."),
            "kept": _("{label}, kept in your history"),
            "noneKept": _("None of these, kept in your history"),
            "perSecond": _("{rate} looks a second"),
            "filename": _("Camera {time}"),
        },
    }
