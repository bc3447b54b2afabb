"""Reads from a form what somebody says about an answer.

kind=right                     the model is right; of a picture that it turned away: it is none of the classes
kind=class, label=dog          it is a dog
kind=new_class, label=fox      it is a fox, which the model does not know; a class that it does know counts as that
kind=none                      it is none of the classes
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q
from django.utils.translation import gettext as _

from webui import wording
from webui.history.models import Answer, CorrectionKind
from webui.review import class_labels
from webui.review.class_labels import WrongLabel

AGREES = Q(kind=CorrectionKind.RIGHT) | Q(answer__known=False, kind__in=[CorrectionKind.NONE, CorrectionKind.NEW_CLASS])
"""Corrections that say what the model said. Of a picture that it turned away, so does a class that it does not have."""


class WrongJudgement(ValueError):
    """A form that says nothing that can be said of this answer; the message is for the person who sent it."""


@dataclass(frozen=True)
class Judgement:
    """What is really in a picture."""

    kind: CorrectionKind
    label: str = ""
    """The class; empty for `CorrectionKind.NONE`."""

    def __str__(self) -> str:
        if self.kind == CorrectionKind.NONE:
            return _("none of these")
        return self.label if self.kind == CorrectionKind.NEW_CLASS else wording.class_name(self.label)


def confirmed(answer: Answer) -> Judgement:
    """The judgement that the model is right."""
    return Judgement(CorrectionKind.RIGHT, answer.label) if answer.known else Judgement(CorrectionKind.NONE)


def read(answer: Answer, form: Mapping[str, str]) -> Judgement:
    """The judgement that a form says.

    Raises:
        WrongJudgement: nothing, or a class that cannot be.
    """
    kind = form.get("kind")
    if kind == CorrectionKind.RIGHT:
        return confirmed(answer)
    if kind == CorrectionKind.NONE:
        return Judgement(CorrectionKind.NONE)
    if kind in (CorrectionKind.CLASS, CorrectionKind.NEW_CLASS):
        return _of_class(answer, form.get("label", ""))
    raise WrongJudgement(_("Say whether the answer is right, or what is in the picture."))


def settled(answer: Answer, verdict: Judgement) -> Judgement:
    """A verdict in the spelling of the class that it means by now: one of the model's, or one that was accepted.

    Else "Fox" and "fox", said of two pictures before either was accepted, would become two folders.
    """
    if verdict.kind != CorrectionKind.NEW_CLASS:
        return verdict
    return _of_models_class(answer, verdict.label) or _of_new_class(verdict.label)


def _of_class(answer: Answer, text: str) -> Judgement:
    judgement = _of_models_class(answer, text)
    if judgement is not None:
        return judgement
    try:
        return _of_new_class(class_labels.cleaned(text))
    except WrongLabel as err:
        raise WrongJudgement(str(err)) from err


def _of_models_class(answer: Answer, text: str) -> Judgement | None:
    names = class_labels.of_answer(answer)
    label = text if text in names else class_labels.matching(" ".join(text.split()), names)
    if label is None:
        return None
    return Judgement(CorrectionKind.RIGHT if answer.known and label == answer.label else CorrectionKind.CLASS, label)


def _of_new_class(label: str) -> Judgement:
    return Judgement(CorrectionKind.NEW_CLASS, class_labels.matching(label, class_labels.accepted()) or label)
