"""The queues of the review, each in the order in which its pictures teach the model most.

corrections   what people said and nobody has reviewed, the highest loss first
uncertain     answers that nobody judged, the least certain first
turned-away   pictures that nobody judged and that the model took for none of its classes, nearly known ones first
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import F
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from webui.history.models import Answer, Answers, State

MAX_COUNTED = 1000
"""More than so many are "1000+", so that no page counts a hundred thousand."""
_LOOKED_BACK = 2000
"""Of the pictures that were turned away, so many of the newest are looked at: no index orders them by familiarity."""


@dataclass(frozen=True)
class Queue:
    """A queue of answers that wait for staff."""

    name: str
    """In addresses."""
    title: Promise
    hint: Promise
    """Which comes first."""
    none_left: Promise
    is_said: bool
    """Whether somebody has said what is in the pictures."""
    answers: Callable[[], Answers]

    def count(self) -> int:
        """The number of answers that wait; at most one more than `MAX_COUNTED`."""
        return self.answers().order_by()[: MAX_COUNTED + 1].count()

    def at(self, position: int) -> list[Answer]:
        """The answer at a position, from 0 on, and the one after it."""
        return list(self.answers().select_related("user", "correction__user")[position : position + 2])


def _corrections() -> Answers:
    waiting = Answer.objects.filter(correction__state=State.PENDING)
    return waiting.order_by("-correction__surprise", "-correction__created", "id")


def _uncertain() -> Answers:
    return Answer.objects.uncertain().filter(correction=None).order_by("score", "id")


def _turned_away() -> Answers:
    newest = Answer.objects.filter(known=False).order_by("-created").values("id")[:_LOOKED_BACK]
    unjudged = Answer.objects.filter(id__in=newest, correction=None)
    return unjudged.order_by(F("familiarity").desc(nulls_last=True), "id")


CORRECTIONS = Queue(
    "corrections",
    _("Corrections"),
    _("Most surprising first: these teach the model the most."),
    _("No corrections are waiting for review."),
    is_said=True,
    answers=_corrections,
)
UNCERTAIN = Queue(
    "uncertain",
    _("Uncertain"),
    _("Answers that nobody has judged, the least certain first. What you say here is accepted at once."),
    _("There is no uncertain answer that nobody has judged."),
    is_said=False,
    answers=_uncertain,
)
TURNED_AWAY = Queue(
    "turned-away",
    _("Turned away"),
    _("Pictures taken for none of the classes, those nearest to being known first. What you say is accepted at once."),
    _("There is no such picture that nobody has judged."),
    is_said=False,
    answers=_turned_away,
)
QUEUES = {queue.name: queue for queue in (CORRECTIONS, UNCERTAIN, TURNED_AWAY)}
