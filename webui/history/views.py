"""The views of the history: the list of answers, and one answer."""

from __future__ import annotations

import itertools
import uuid
from collections.abc import Sequence
from datetime import date
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from recognizer import MenagerieError
from webui import wording
from webui.accounts.identity import identify
from webui.history import filters, paging, reclassify, sharing
from webui.history.lookup import find
from webui.history.models import Answer


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """`/history/`: the answers that the reader may see and the filter finds."""
    caller, wanted = identify(request), filters.read(request)
    wanted.offer_choices()
    visible, asked = Answer.objects.visible_to(caller), request.GET.get("page")
    page = paging.page_of(wanted.apply(visible), wanted.order, asked)
    context = {
        "filter": wanted,
        "page": page,
        "no_such_page": asked if asked not in {None, str(page.number)} else None,
        "days": _by_day(page.answers) if wanted.is_by_time else [(None, page.answers)],
        "several_models": len({found.model for found in page.answers}) > 1,
        "is_staff": caller.is_staff,
        "keep_days": settings.ENVIRONMENT.keep_days,
    }
    return render(request, "webui/history/history.html", context)


@require_safe
def answer(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/history/<uuid>/`: one answer; with `?heat=true` also what the model that answers now sees in it."""
    caller, wanted = identify(request), filters.read(request)
    visible = Answer.objects.visible_to(caller)
    found = find(answer_id, caller, Answer.objects.select_related("user", "correction", "share"))
    if found is None:
        raise Http404
    before, after = paging.neighbours(wanted.apply(visible), wanted.order, found)
    context = {
        "answer": found,
        "filter": wanted,
        "before": before,
        "after": after,
        "is_staff": caller.is_staff,
        "sharing": sharing.offered(request, found, caller),
        **(_reclassified(request, found) if request.GET.get("heat") == "true" else {}),
    }
    return render(request, "webui/history/answer.html", context)


def _by_day(answers: Sequence[Answer]) -> list[tuple[date, list[Answer]]]:
    """Answers that stand in the order of their time, below the days of UTC; the page's script knows the reader's."""
    return [(day, list(found)) for day, found in itertools.groupby(answers, key=lambda answer: answer.created.date())]


def _reclassified(request: HttpRequest, found: Answer) -> dict[str, Any]:
    try:
        reclassified = reclassify.reclassify(request, found)
    except MenagerieError as err:
        return {"reclassify_error": wording.error_sentence(err.code, err.reason)}
    return {"reclassified": reclassified, "picture_gone": reclassified is None}
