"""The figures beside the review: how many corrections were accepted of which class, and how often people agree."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count

from webui.history.models import Correction, CorrectionKind, State
from webui.review.judgements import AGREES, Judgement

MAX_CLASSES = 50
"""Of more classes, the most frequent are shown."""


def agreement_by_model() -> dict[str, tuple[int, int]]:
    """For each model the answers that people agreed with, and those that they judged. One query.

    Most people say something only where the model is wrong, so this is no accuracy: it compares models that the same
    people use in the same way.
    """
    accepted = Correction.objects.filter(state=State.ACCEPTED).order_by().values_list("answer__model")
    counted = accepted.annotate(agreed=Count("pk", filter=AGREES), judged=Count("pk"))
    return {model: (agreed, judged) for model, agreed, judged in counted}


@dataclass(frozen=True)
class Figures:
    """The figures at the foot of the review page."""

    accepted: list[tuple[Judgement, int]]
    """What is in the pictures, and in how many; the most frequent first."""
    agreement: dict[str, tuple[int, int]]
    """See `agreement_by_model`."""

    @property
    def total(self) -> int:
        """The number of accepted judgements."""
        return sum(judged for _agreed, judged in self.agreement.values())


def figures() -> Figures:
    """The figures as they are now. Two queries."""
    accepted = Correction.objects.filter(state=State.ACCEPTED).order_by()
    counted = accepted.values_list("label").annotate(number=Count("pk")).order_by("-number", "label")[:MAX_CLASSES]
    # A class is one class, whether the model was right about it, wrong, or did not have it; no class has no name.
    known = [
        (Judgement(CorrectionKind.CLASS if label else CorrectionKind.NONE, label), number) for label, number in counted
    ]
    return Figures(known, agreement_by_model())
