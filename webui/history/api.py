"""The JSON API of the history."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from datetime import UTC
from http import HTTPStatus

from django.http import HttpRequest, HttpResponse
from django.urls import reverse

from recognizer.predictions import documents
from recognizer.predictions.documents import Document
from webui.accounts.identity import identify
from webui.accounts.models import Scope
from webui.api.endpoint import Media, Operation, PathPart
from webui.api.parameters import Parameter, whole_number
from webui.history import paging, pictures, removal
from webui.history.filters import ORDERS, Sort
from webui.history.lookup import find, find_all, read_ids
from webui.history.models import Answer, Answers, CorrectionKind, State
from webui.problems import NotFound, Unauthenticated

MAX_LIMIT = 100
_DEFAULT_LIMIT = 50
_EXAMPLE_ID = "3fa1a1c0-5d1f-4c7e-9a52-0d3f4b6f8a11"
ANSWER = PathPart("The `id` of one of your answers.", _EXAMPLE_ID)


def _ids(text: str) -> list[uuid.UUID]:
    ids = read_ids(text)
    if ids is None or len(ids) > MAX_LIMIT:
        raise ValueError(text)
    return ids


LIMIT = whole_number("limit", "At most so many answers.", most=MAX_LIMIT, default=_DEFAULT_LIMIT, example=2)
BEFORE = Parameter(
    "before",
    "Only those before the answer of this id; `next` has it.",
    "the id of an answer",
    uuid.UUID,
    {"type": "string", "format": "uuid"},
    None,
    _EXAMPLE_ID,
)
IDS = Parameter(
    "ids",
    "Instead: the answers of these ids, with commas, in their order; what is not there any longer is left out.",
    f"up to {MAX_LIMIT} ids of answers, with commas",
    _ids,
    {"type": "array", "items": {"type": "string", "format": "uuid"}, "minItems": 1, "maxItems": MAX_LIMIT},
    None,
    _EXAMPLE_ID,
)


class SaidOfAnswer(Document):
    """What somebody has said about an answer, and what staff have decided about it."""

    kind: CorrectionKind
    """`right`, `class`: another class, `none`: none of the classes, or `new_class`: one that the model does not
    have."""
    label: str | None
    """What is in the picture; null where it is none of the classes."""
    state: State


class HistoryAnswer(documents.PictureAnswer):
    """An answer that the history keeps."""

    id: str
    created: str
    """ISO 8601, in UTC."""
    filename: str | None
    """Null of a picture that came without a name."""
    likeness: documents.Probability | None
    """How like what the model learned the picture is; null of models without a scale for it, and of answers from
    before it was kept."""
    passes: int | None
    """How often the network looked; null of answers from before it was kept."""
    top: list[documents.ClassScore]
    """The best classes, best first."""
    model: str
    """Name and version: `animals-2`."""
    correction: SaidOfAnswer | None
    """Null where nobody has said anything."""
    picture: str
    """The address of a JPEG of at most 512 x 512 pixels, for the same key."""


class History(Document):
    """A page of the history."""

    answers: list[HistoryAnswer]
    next: str | None
    """The address of the page after this one; null at the end."""


EXAMPLE = HistoryAnswer(
    id=_EXAMPLE_ID,
    created="2026-03-01T12:00:00.123456Z",
    filename="a.jpg",
    width=500,
    height=375,
    known=True,
    label="cat",
    score=0.993,
    likeness=0.962,
    passes=1,
    top=documents.EXAMPLE_SCORES,
    model="animals-2",
    correction=SaidOfAnswer(kind=CorrectionKind.CLASS, label="dog", state=State.PENDING),
    picture=f"/api/v1/history/{_EXAMPLE_ID}.jpg",
)


@Operation(
    "GET",
    "history",
    {200: History(answers=[EXAMPLE], next=f"/api/v1/history?limit=2&before={_EXAMPLE_ID}")},
    scope=Scope.READ,
    needs_key=True,
    parameters=(LIMIT, BEFORE, IDS),
    problems=("invalid_request", "not_found"),
)
def list_history(request: HttpRequest) -> History:
    """Lists your own answers, newest first, or those of some ids."""
    own, given = own_answers(request), request.GET.dict()
    if (ids := IDS.read(given)) is not None:
        return _listed(find_all(ids, own.select_related("correction")), None)
    limit, order = LIMIT.read(given), ORDERS[Sort.NEWEST]
    wanted = _before(own, BEFORE.read(given))
    found = list(wanted.select_related("correction").order_by(*order)[: limit + 1])
    answers = found[:limit]
    next_page = f"{reverse('api_history')}?limit={limit}&before={answers[-1].id}" if len(found) > limit else None
    return _listed(answers, next_page)


@Operation(
    "GET",
    "history",
    {200: Media("image/jpeg", "The picture as it is kept: at most 512 x 512 pixels, without metadata.", "picture.jpg")},
    scope=Scope.READ,
    needs_key=True,
    path={"answer_id": ANSWER},
    problems=("not_found", "pictures_unavailable"),
)
def picture(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Gives the picture of one of your own answers."""
    data = pictures.read(answer_id) if own_answers(request).filter(id=answer_id).exists() else None
    if data is None:
        raise NotFound("There is no such picture in your history any longer.")
    return HttpResponse(data, content_type="image/jpeg")


@Operation(
    "DELETE",
    "history",
    {204: None},
    scope=Scope.WRITE,
    needs_key=True,
    path={"answer_id": ANSWER},
    problems=("not_found",),
)
def delete_answer(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """Deletes one of your own answers, with its picture and what was said about it."""
    own_answer(request, answer_id)
    removal.delete(own_answers(request).filter(id=answer_id))
    return HttpResponse(status=HTTPStatus.NO_CONTENT)


def own_answer(request: HttpRequest, answer_id: uuid.UUID) -> Answer:
    """One of the caller's own answers, even one that waits to be written.

    Raises:
        Unauthenticated: nobody sends the request.
        NotFound: there is none of this id.
    """
    found = find(answer_id, identify(request), own_answers(request))
    if found is None:
        raise NotFound("There is no such answer in your history any longer.")
    return found


def own_answers(request: HttpRequest) -> Answers:
    """The caller's own answers.

    Raises:
        Unauthenticated: nobody sends the request.
    """
    caller = identify(request)
    if not caller.is_member and not caller.visitor:
        raise Unauthenticated("Send an API key: Authorization: Bearer mng_...")
    return Answer.objects.belonging_to(caller)


def _listed(answers: Sequence[Answer], next_page: str | None) -> History:
    return History(answers=[_entry(answer) for answer in answers], next=next_page)


def _before(answers: Answers, answer_id: uuid.UUID | None) -> Answers:
    if answer_id is None:
        return answers
    answer = answers.filter(id=answer_id).first()
    if answer is None:
        raise NotFound("The answer of this id is not in your history any longer. Begin again without before.")
    return answers.filter(paging.beyond(ORDERS[Sort.NEWEST], answer))


def _entry(answer: Answer) -> HistoryAnswer:
    said = answer.said
    return HistoryAnswer(
        id=str(answer.id),
        created=answer.created.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        filename=answer.filename or None,
        width=answer.width,
        height=answer.height,
        known=answer.known,
        label=answer.label if answer.known else None,
        score=answer.score,
        likeness=answer.likeness,
        passes=answer.passes,
        top=[documents.ClassScore(label=label, score=score) for label, score in answer.top],
        model=answer.model,
        correction=SaidOfAnswer(kind=said.kind, label=said.label or None, state=said.state) if said else None,
        picture=reverse("api_picture", args=[answer.id]),
    )
