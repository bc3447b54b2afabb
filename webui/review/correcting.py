"""Writes down what people say about answers, until staff have judged it.

    no correction -> pending <-> changed, withdrawn; accepted or rejected: stays as it is

Every write says in the same statement what it expects to find, so that of two at the same time one is told.
"""

from __future__ import annotations

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from webui.accounts.models import User
from webui.history.models import Answer, Correction, State
from webui.history.surprise import surprise
from webui.review.judgements import Judgement


class AlreadyReviewed(Exception):
    """Staff have judged the correction."""


def correct(answer: Answer, judgement: Judgement, user: User | None) -> None:
    """Says what is in a picture, or something else than before.

    Args:
        answer: what the model said.
        judgement: what somebody says.
        user: who; None for a visitor.

    Raises:
        AlreadyReviewed: staff have judged what was said before.
    """
    values = {
        "kind": judgement.kind,
        "label": judgement.label,
        "surprise": surprise(answer, judgement.kind, judgement.label),
        "user": user,
        "created": timezone.now(),
    }
    if _pending(answer).update(**values):
        return
    try:
        with transaction.atomic():
            Correction.objects.create(answer=answer, **values)
    except IntegrityError as err:
        if not _pending(answer).update(**values):  # Else another tab was first.
            raise AlreadyReviewed from err


def withdraw(answer: Answer) -> None:
    """Takes back what was said; nothing to do where nothing was.

    Raises:
        AlreadyReviewed: staff have judged it.
    """
    _pending(answer).delete()
    if Correction.objects.filter(answer=answer).exists():
        raise AlreadyReviewed


def _pending(answer: Answer) -> models.QuerySet[Correction]:
    return Correction.objects.filter(answer=answer, state=State.PENDING)
