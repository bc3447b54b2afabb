"""Writes corrections: what anybody says about an answer, and what staff decide about it.

    said -> pending -> changed | withdrawn
            pending -> reviewed: accepted | rejected -> reopened: pending
    nothing said -> judged by staff: accepted
    what staff decided -> undone

Each write of staff says in the same statement what the reviewer has seen, so that nothing is overwritten that somebody
else has done meanwhile; and each is in Django's log of staff actions.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.contrib.admin.models import ADDITION, CHANGE, DELETION, LogEntry
from django.db import IntegrityError, models, transaction
from django.utils import timezone, translation

from webui.accounts.models import User
from webui.history.loss import loss
from webui.history.models import Answer, Correction, CorrectionKind, State
from webui.review.judgements import Judgement, confirmed, settled

_OPEN = {"state": State.PENDING, "reviewed_by": None, "reviewed": None}


class AlreadyReviewed(Exception):
    """Staff have judged the correction, so whoever made it can no longer change it."""


class ChangedMeanwhile(Exception):
    """Somebody else has judged, changed or withdrawn the correction."""


@dataclass(frozen=True)
class Decision:
    """A decision of a reviewer, with what it takes to undo it."""

    correction: int
    reviewed: datetime
    before: Judgement | None
    """What was said; None where nothing was."""
    verdict: Judgement | None = None
    """What was written, in the spelling of `judgements.settled`; None where the decision is only to be undone."""


def correct(answer: Answer, judgement: Judgement, user: User | None) -> None:
    """Writes what somebody says is in a picture, instead of what was said before.

    Args:
        answer: what the model said.
        judgement: what somebody says.
        user: who; None for a visitor.

    Raises:
        AlreadyReviewed: staff have judged what was said before.
    """
    values = {**_said(answer, judgement), "user": user, "created": timezone.now()}
    if _pending(answer).update(**values):
        return
    try:
        with transaction.atomic():
            Correction.objects.create(answer=answer, **values)
    except IntegrityError as err:
        if not _pending(answer).update(**values):  # Else another tab was first.
            raise AlreadyReviewed from err


def withdraw(answer: Answer) -> None:
    """Deletes a correction that waits for review; nothing to do where there is none.

    Raises:
        AlreadyReviewed: staff have judged it.
    """
    _pending(answer).delete()
    if Correction.objects.filter(answer=answer).exists():
        raise AlreadyReviewed


def confirm(answers: Iterable[Answer], user: User | None) -> list[uuid.UUID]:
    """Writes that the model was right about each of some answers that name a class.

    What somebody has said before stays, and so does what another tab says meanwhile.

    Returns:
        The ids of the answers for which it was written.
    """
    judgements = ((answer, confirmed(answer)) for answer in answers if answer.known)
    now = timezone.now()
    found = [Correction(answer=answer, **_said(answer, said), user=user, created=now) for answer, said in judgements]
    with transaction.atomic():
        Correction.objects.bulk_create(found, ignore_conflicts=True)
        written = Correction.objects.filter(answer__in=[one.answer for one in found], created=now)
        return list(written.values_list("answer_id", flat=True))


@transaction.atomic
def withdraw_confirmations(answers: Iterable[Answer]) -> list[uuid.UUID]:
    """Deletes, of some answers, what says that they are right and waits for review; returns the ids of those."""
    waiting = Correction.objects.filter(answer__in=list(answers), kind=CorrectionKind.RIGHT, state=State.PENDING)
    ids = list(waiting.values_list("answer_id", flat=True))
    waiting.delete()
    return ids


@transaction.atomic
def review(answer: Answer, state: State, *, seen: Judgement, verdict: Judgement, by: User) -> Decision:
    """Accepts or rejects what somebody said.

    Args:
        answer: the model's.
        state: `State.ACCEPTED` or `State.REJECTED`.
        seen: what the reviewer saw that somebody said.
        verdict: what is accepted, `seen` or something else; a new class in the spelling that was accepted before.
        by: the reviewer.

    Raises:
        ChangedMeanwhile: that is not said any more, or has been reviewed.
    """
    now = timezone.now()
    verdict = settled(answer, verdict) if state == State.ACCEPTED else verdict
    waiting = Correction.objects.filter(answer=answer, state=State.PENDING, kind=seen.kind, label=seen.label)
    if not waiting.update(**_said(answer, verdict), state=state, reviewed_by=by, reviewed=now):
        raise ChangedMeanwhile
    correction = Correction.objects.get(answer=answer)
    changed = "" if verdict == seen else f", changed from {_plain(seen)}"
    _log(by, correction, CHANGE, f"{state.value.capitalize()} as {_plain(verdict)}{changed}.")
    return Decision(correction.pk, now, seen, verdict)


@transaction.atomic
def judge(answer: Answer, verdict: Judgement, *, by: User) -> Decision:
    """Writes what staff see in a picture that nobody has judged; accepted at once.

    Raises:
        ChangedMeanwhile: somebody has.
    """
    now, verdict = timezone.now(), settled(answer, verdict)
    values = {**_said(answer, verdict), "state": State.ACCEPTED, "user": by, "reviewed_by": by, "reviewed": now}
    try:
        with transaction.atomic():
            correction = Correction.objects.create(answer=answer, created=now, **values)
    except IntegrityError as err:
        raise ChangedMeanwhile from err
    _log(by, correction, ADDITION, f"Judged as {_plain(verdict)}.")
    return Decision(correction.pk, now, None, verdict)


@transaction.atomic
def reopen(correction: Correction, *, by: User) -> None:
    """Puts a reviewed correction back into the queue.

    Raises:
        ChangedMeanwhile: it is there already.
    """
    reviewed = Correction.objects.filter(pk=correction.pk, state=correction.state, reviewed=correction.reviewed)
    if correction.state == State.PENDING or not reviewed.update(**_OPEN):
        raise ChangedMeanwhile
    _log(by, correction, CHANGE, "Reopened.")


@transaction.atomic
def undo(decision: Decision, *, by: User) -> Answer:
    """Undoes a reviewer's own decision; returns the answer that it was about.

    Raises:
        ChangedMeanwhile: somebody else has changed it since.
    """
    own = Correction.objects.filter(pk=decision.correction, reviewed_by=by, reviewed=decision.reviewed)
    correction = own.select_related("answer").first()
    if correction is None:
        raise ChangedMeanwhile
    if decision.before is None:
        _log(by, correction, DELETION, "Took back the judgement.")
        done = own.delete()[0]
    else:
        _log(by, correction, CHANGE, f"Undid the review: waiting as {_plain(decision.before)}.")
        done = own.update(**_said(correction.answer, decision.before), **_OPEN)
    if not done:
        raise ChangedMeanwhile
    return correction.answer


def _pending(answer: Answer) -> models.QuerySet[Correction]:
    return Correction.objects.filter(answer=answer, state=State.PENDING)


def _said(answer: Answer, judgement: Judgement) -> dict[str, object]:
    return {
        "kind": judgement.kind,
        "label": judgement.label,
        "surprise": loss(answer, judgement.kind, judgement.label),
    }


def _plain(judgement: Judgement) -> str:
    """In the log's language, whatever the reviewer reads."""
    with translation.override("en"):
        return str(judgement)


def _log(by: User, correction: Correction, action: int, message: str) -> None:
    LogEntry.objects.log_actions(by.pk, [correction], action, message, single_object=True)
