"""Template filters of classes, scores and shares."""

from __future__ import annotations

from typing import Protocol

from django import template

from webui import wording

register = template.Library()


@register.filter
def percent(score: float) -> str:
    """0.993 -> 99.3%; the ends are <0.1% and >99.9%, because no answer is certain."""
    return wording.percent(score)


@register.filter
def counted(share: float) -> str:
    """0.9879 -> 98.8%; a share that was counted may be none or all."""
    return wording.counted(share)


@register.filter
def class_name(name: str) -> str:
    """The class in the reader's language, as it is shown in a line with other text."""
    return wording.isolated(wording.class_name(name))


@register.filter
def isolated(text: object) -> str:
    """What somebody has named, as it is shown in a line with other text."""
    return wording.isolated(str(text))


@register.filter
def certainty(score: float) -> str:
    """How sure a score is, in words."""
    return wording.certainty(score)


@register.filter
def likeness(value: float) -> str:
    """How like what the model learned a picture is, in words."""
    return wording.likeness(value)


@register.filter
def heat_place(where: str) -> str:
    """Where the most heat of a heat map is, as a sentence."""
    return wording.heat_place(where)


@register.simple_tag
def perhaps(known: bool, label: str, score: float, likeness: float | None) -> wording.Perhaps | None:
    """What to say of an answer that turned its picture away, if it is perhaps of its nearest class."""
    return None if known else wording.perhaps(label, score, likeness)


class Said(Protocol):
    """An answer of the history."""

    known: bool
    label: str
    score: float
    likeness: float | None


@register.simple_tag
def headline(answer: Said) -> str:
    """What an answer says is in its picture; see `wording.headline`."""
    return wording.headline(answer.label, answer.score, answer.likeness, known=answer.known)


@register.simple_tag
def remark(answer: Said) -> str:
    """What stands below it; see `wording.remark`."""
    return wording.remark(answer.label, answer.score, answer.likeness, known=answer.known)
