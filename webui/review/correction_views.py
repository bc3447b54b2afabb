"""The view that takes corrections, from a form or from a script."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.accounts.own_origin import own_hosts
from webui.history.lookup import find
from webui.history.models import Answer, CorrectionKind, State
from webui.history.selection_views import own_answers
from webui.problems import wants_json
from webui.review import decisions, judgements, outcome
from webui.review.decisions import AlreadyReviewed
from webui.review.judgements import Judgement, WrongJudgement

WITHDRAW = "withdraw"
LIMIT = "corrections"
"""Name of the allowance that forms and programs share."""
PER_MINUTE = 120
"""Two a second: more than anybody says by hand."""
_MANY_PER_MINUTE = 30


@require_POST
@rate_limits.limited(LIMIT, per_minute=PER_MINUTE)
def correct(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/history/<uuid>/correction/`: says what is in a picture, changes it, or takes it back.

    Fields: `kind` (see `judgements`, or `withdraw`), `label`, and `next`, where the reader goes on. A script that
    accepts JSON only gets `{"sentence": ..., "correction": ...}`, with 400, 404 or 409 where nothing was written.
    """
    answer = find(answer_id, identify(request))
    if answer is None:
        return _missing(request)
    try:
        sentence, said = _write(request, answer)
    except WrongJudgement as err:
        return _told(request, str(err), HTTPStatus.BAD_REQUEST)
    except AlreadyReviewed:
        sentence = _("This has been reviewed already and can no longer be changed.")
        return _told(request, sentence, HTTPStatus.CONFLICT)
    return _told(request, sentence, HTTPStatus.OK, said)


@require_POST
@rate_limits.limited("corrections of many", per_minute=_MANY_PER_MINUTE)
def correct_many(request: HttpRequest) -> JsonResponse:
    """`/history/correction/`: says of many of the caller's own answers that they are right, or takes that back.

    Fields: `ids`, with commas; `kind`: right or withdraw. Answers with `{"noted": [...]}`, the ids for which it is
    written or taken back: not those that name no class, nor those of which something had been said.
    """
    answers, kind = own_answers(request), request.POST.get("kind")
    if kind not in {CorrectionKind.RIGHT, WITHDRAW}:
        raise BadRequest("Expected the kind right or withdraw.")
    is_right = kind == CorrectionKind.RIGHT
    user = identify(request).user
    noted = decisions.confirm(answers, user) if is_right else decisions.withdraw_confirmations(answers)
    return JsonResponse({"noted": list(map(str, noted))})


def _write(request: HttpRequest, answer: Answer) -> tuple[str, Judgement | None]:
    """Writes what is said; returns the sentence for the reader, and what is said now."""
    if request.POST.get("kind") == WITHDRAW:
        decisions.withdraw(answer)
        return _("Taken back."), None
    judgement = judgements.read(answer, request.POST.dict())
    decisions.correct(answer, judgement, identify(request).user)
    return outcome.thanks(judgement), judgement


def _missing(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return _told(request, _("This answer is no longer kept."), HTTPStatus.NOT_FOUND)
    raise Http404


def _told(request: HttpRequest, sentence: str, status: HTTPStatus, said: Judgement | None = None) -> HttpResponse:
    if wants_json(request):
        correction = {"kind": said.kind, "label": said.label or None, "state": State.PENDING} if said else None
        written = {"correction": correction} if status is HTTPStatus.OK else {}
        return JsonResponse({"sentence": sentence} | written, status=status)
    messages.add_message(request, messages.SUCCESS if status is HTTPStatus.OK else messages.ERROR, sentence)
    return HttpResponseRedirect(_next(request))  # Not `redirect`: "x" is no view.


def _next(request: HttpRequest) -> str:
    url = request.POST.get("next", "")
    is_ours = url_has_allowed_host_and_scheme(url, own_hosts(request), require_https=request.is_secure())
    return url if is_ours else reverse("history")
