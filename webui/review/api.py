"""The JSON API of corrections: what somebody says about an answer of his own."""

from __future__ import annotations

import uuid
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.utils import translation

from recognizer.errors import CallerError
from recognizer.predictions.documents import Absent, Document
from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.accounts.models import Scope
from webui.api.bodies import Body
from webui.api.endpoint import Operation, together
from webui.history.api import ANSWER, SaidOfAnswer, own_answer
from webui.history.models import Answer, CorrectionKind, State
from webui.inference import document_body
from webui.problems import InvalidRequest
from webui.review import decisions, judgements
from webui.review.correction_views import LIMIT, PER_MINUTE
from webui.review.decisions import AlreadyReviewed
from webui.review.judgements import Judgement, WrongJudgement

_EXPECTED = 'Expected JSON such as {"kind": "right"} or {"kind": "class", "label": "dog"}.'


class Reviewed(CallerError):
    """Staff have judged the correction, so whoever made it can no longer change it."""

    code = "already_reviewed"
    title = "This has been reviewed already"

    def __init__(self) -> None:
        super().__init__("Staff have reviewed what was said about this answer, so it can no longer be changed.")


class SaidByCaller(Document):
    """What somebody says about an answer."""

    kind: CorrectionKind
    """`right`: the model is right, `class`: it is another class, `none`: it is none of the classes, `new_class`: it is
    something that the model does not have."""
    label: Absent[str] = None
    """What is in the picture, for the kinds `class` and `new_class`; in any case. A class that the model does not have
    counts as `new_class`, one that it does have as `class`, and its own answer as `right`."""


@Operation(
    "POST",
    "history",
    {200: SaidOfAnswer(kind=CorrectionKind.CLASS, label="dog", state=State.PENDING)},
    scope=Scope.WRITE,
    needs_key=True,
    path={"answer_id": ANSWER},
    body=Body(
        "What is in the picture; at most 16 kB.",
        {"application/json": SaidByCaller(kind=CorrectionKind.CLASS, label="dog")},
    ),
    problems=("invalid_request", "not_found", "already_reviewed", "throttled"),
)
def correct(request: HttpRequest, answer_id: uuid.UUID) -> SaidOfAnswer:
    """Says what is really in the picture of one of your own answers, instead of what was said before.

    It waits until staff review it. What they have reviewed can no longer be changed.
    """
    rate_limits.spend(request, LIMIT, per_minute=PER_MINUTE)
    answer = own_answer(request, answer_id)
    judgement = _judgement(answer, document_body.read(request, SaidByCaller, _EXPECTED))
    try:
        decisions.correct(answer, judgement, identify(request).user)
    except AlreadyReviewed as err:
        raise Reviewed from err
    return SaidOfAnswer(kind=judgement.kind, label=judgement.label or None, state=State.PENDING)


@Operation(
    "DELETE",
    "history",
    {204: None},
    scope=Scope.WRITE,
    needs_key=True,
    path={"answer_id": ANSWER},
    problems=("not_found", "already_reviewed", "throttled"),
)
def withdraw_correction(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Takes back what was said about one of your own answers; done, too, where nothing was said."""
    rate_limits.spend(request, LIMIT, per_minute=PER_MINUTE)
    try:
        decisions.withdraw(own_answer(request, answer_id))
    except AlreadyReviewed as err:
        raise Reviewed from err
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


correction = together(correct, withdraw_correction)


def _judgement(answer: Answer, said: SaidByCaller) -> Judgement:
    with translation.override("en"):  # As all that is told to programs.
        try:
            return judgements.read(answer, {"kind": said.kind, "label": said.label or ""})
        except WrongJudgement as err:
            raise InvalidRequest(str(err)) from err
