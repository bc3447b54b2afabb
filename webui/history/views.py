"""The views of the history: the list of answers, and one answer."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from recognizer import MenagerieError
from webui import wording
from webui.accounts.identity import identify
from webui.history import filters, paging, reclassify
from webui.history.lookup import find
from webui.history.models import Answer


@require_safe
def history(request: HttpRequest) -> HttpResponse:
    """`/history/`: the answers that the reader may see and the filter finds."""
    caller, wanted = identify(request), filters.read(request)
    wanted.offer_choices()
    visible = Answer.objects.visible_to(caller)
    page = paging.page_of(wanted.apply(visible), wanted.order, request.GET.get("page"))
    context = {
        "filter": wanted,
        "page": page,
        "is_staff": caller.is_staff,
        "keep_days": settings.ENVIRONMENT.keep_days,
    }
    return render(request, "webui/history/history.html", context)


@require_safe
def answer(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/history/<uuid>/`: one answer; with `?heat=true` also what the model that answers now sees in it."""
    caller, wanted = identify(request), filters.read(request)
    visible = Answer.objects.visible_to(caller)
    found = find(answer_id, caller, Answer.objects.select_related("user", "correction"))
    if found is None:
        raise Http404
    before, after = paging.neighbours(wanted.apply(visible), wanted.order, found)
    context = {
        "answer": found,
        "filter": wanted,
        "before": before,
        "after": after,
        "is_staff": caller.is_staff,
        **(_reclassified(request, found) if request.GET.get("heat") == "true" else {}),
    }
    return render(request, "webui/history/answer.html", context)


def _reclassified(request: HttpRequest, found: Answer) -> dict[str, Any]:
    try:
        reclassified = reclassify.reclassify(request, found)
    except MenagerieError as err:
        return {"reclassify_error": wording.error_sentence(err.code, err.reason)}
    return {"reclassified": reclassified, "picture_gone": reclassified is None}
