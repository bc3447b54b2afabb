"""Template tags of the correction forms: the classes that they offer, and the words for what was said."""

from __future__ import annotations

from typing import Any

from django import template

from recognizer.predictions import ClassScore
from webui import wording
from webui.history.models import Answer, Correction, CorrectionKind
from webui.review import class_labels, outcome
from webui.review.judgements import Judgement

MAX_BUTTONS = 12
"""Classes that have a button of their own; the others are written, with suggestions."""
_MAX_SUGGESTIONS = 1000

register = template.Library()


@register.filter
def said(correction: Correction) -> Judgement:
    """What a correction says, as text in the reader's language."""
    return Judgement(CorrectionKind(correction.kind), correction.label)


@register.filter
def outcome_of(correction: Correction) -> str:
    """What has become of a correction, or will, in a sentence or two."""
    return outcome.of_correction(correction)


@register.filter
def scores(answer: Answer) -> list[ClassScore]:
    """The best classes of an answer, best first."""
    return [ClassScore(label, score) for label, score in answer.top]


@register.simple_tag
def class_choices(answer: Answer, said: str = "") -> list[str]:
    """The likeliest classes for the form's buttons, but for the one that the model said.

    Args:
        answer: the model's.
        said: the class that somebody says already; there is another button for that.
    """
    others = {said, answer.label} if answer.known else {said}
    return [label for label in class_labels.of_answer(answer) if label not in others][:MAX_BUTTONS]


@register.simple_tag
def class_suggestions(*, new: bool = False) -> list[str]:
    """Classes to suggest where there is no button: those of the model served now, and new ones that staff accepted.

    Args:
        new: whether to suggest the new ones, too.
    """
    served = class_labels.served()
    written = served if len(served) > MAX_BUTTONS else ()
    return [*map(wording.class_name, written[:_MAX_SUGGESTIONS]), *(class_labels.accepted_new_classes() if new else [])]


@register.simple_tag
def judgement_data() -> dict[str, Any]:
    """What the form's script needs to know, so that nothing is written a second time in it."""
    return {"classNames": wording.class_names(), "maxButtons": MAX_BUTTONS}
