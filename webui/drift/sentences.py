"""Says in plain sentences, and in a table, what has changed about people's pictures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webui.drift.assess import LEAST_PICTURES, Change, Drift, Of, Reference
from webui.drift.tally import Tally
from webui.wording import class_name, counted

_SHOWN_CLASSES = 8
# The parts of `histogram.SCORE_BOUNDS` from 0.95, and of `histogram.LIKENESS_BOUNDS` from 0.8 on.
_ALMOST_CERTAIN, _MUCH_LIKE = 3, 8


@dataclass(frozen=True)
class Row:
    """One line of the table."""

    name: str
    shares: list[str]
    """Of the last days, of those before, of validation; empty where nobody knows it."""
    has_changed: bool


def sentences(drift: Drift) -> list[str]:
    """What has changed, or that nothing has, or why that cannot be said; one sentence each."""
    numbers = {"n": drift.recent.pictures, "least": LEAST_PICTURES}
    if not drift.recent.pictures:
        return [_("It has answered no pictures in the last 7 days.")]
    if drift.is_silent:
        sentence = ngettext(
            "It has answered %(n)d picture in the last 7 days. They are compared with those before once there are "
            "%(least)d on both sides.",
            "It has answered %(n)d pictures in the last 7 days. They are compared with those before once there are "
            "%(least)d on both sides.",
            numbers["n"],
        )
        return [sentence % numbers]
    return [_change(drift, of, change) for of, change in drift.found.items()] or [_no_change(drift) % numbers]


def _no_change(drift: Drift) -> str:
    if any(change.against is Reference.BEFORE for change in drift.changes.values()):
        return _("The %(n)d pictures of the last 7 days are much like those before.")
    return _("The %(n)d pictures of the last 7 days are much like those held back from training.")


def _change(drift: Drift, of: Of, change: Change) -> str:
    compared = _compared(of, drift.recent, change.reference)
    return _sentence(of, is_more=compared.now > compared.then) % {
        "since": date_format(drift.since, "MONTH_DAY_FORMAT"),
        "n": drift.recent.pictures,
        "name": compared.name,
        "now": counted(compared.now),
        "then": counted(compared.then),
        "before": _reference(change, compared.n),
    }


def _sentence(of: Of, *, is_more: bool) -> str:
    match of, is_more:
        case Of.UNLIKE, True:
            return _(
                "Since %(since)s more pictures are unlike what it learned: %(now)s of %(n)d are none of the classes, "
                "instead of %(then)s of %(before)s."
            )
        case Of.UNLIKE, False:
            return _(
                "Since %(since)s fewer pictures are unlike what it learned: %(now)s of %(n)d are none of the classes, "
                "instead of %(then)s of %(before)s."
            )
        case Of.CLASSES, _:
            return _(
                "Since %(since)s the proportions of the classes have changed: %(name)s is %(now)s of them, instead of "
                "%(then)s of %(before)s."
            )
        case Of.SCORES, _:
            return _(
                "Since %(since)s its scores have changed: it is almost certain about %(now)s of %(n)d pictures, "
                "instead of %(then)s of %(before)s."
            )
        case Of.LIKENESS, True:
            return _(
                "Since %(since)s pictures are more like what it learned: %(now)s of %(n)d are much like it, instead of "
                "%(then)s of %(before)s."
            )
    return _(
        "Since %(since)s pictures are less like what it learned: %(now)s of %(n)d are much like it, instead of "
        "%(then)s of %(before)s."
    )


def _reference(change: Change, n: int) -> str:
    """The pictures that are compared with, to stand behind "of"."""
    if change.against is Reference.VALIDATION:
        return _("%(n)d held back from training") % {"n": n}
    return _("%(n)d before") % {"n": n}


@dataclass(frozen=True)
class _Compared:
    """The share that tells a change best."""

    now: float
    then: float
    n: int
    """Pictures that `then` is a share of."""
    name: str = ""
    """Of the class, where it is about one."""


def _compared(of: Of, recent: Tally, reference: Tally) -> _Compared:
    match of:
        case Of.UNLIKE:
            return _Compared(recent.unlike_share, reference.unlike_share, reference.pictures)
        case Of.CLASSES:
            names = sorted({*recent.classes, *reference.classes})
            name = max(names, key=lambda name: abs(_of_known(recent, name) - _of_known(reference, name)))
            known = round(sum(reference.classes.values()))
            return _Compared(_of_known(recent, name), _of_known(reference, name), known, class_name(name))
        case Of.SCORES:
            now, then, first = recent.scores, reference.scores, _ALMOST_CERTAIN
        case Of.LIKENESS:
            now, then, first = recent.likenesses, reference.likenesses, _MUCH_LIKE
    return _Compared(_upper(now, first), _upper(then, first), sum(then))


def table(drift: Drift) -> list[Row]:
    """The shares side by side: none of these, the commonest classes, certain answers, pictures much like."""
    sides, found = (drift.recent, drift.before, drift.validation), drift.found
    names = sorted(drift.recent.classes, key=lambda name: -drift.recent.classes[name])[:_SHOWN_CLASSES]
    rows = [
        Row(_("None of these"), [_share(side.unlike, side.pictures) for side in sides], Of.UNLIKE in found),
        *(
            Row(
                class_name(name),
                [_share(side.classes.get(name, 0), side.pictures) for side in sides],
                Of.CLASSES in found,
            )
            for name in names
        ),
        Row(
            _("Almost certain"),
            [_share(sum(side.scores[_ALMOST_CERTAIN:]), sum(side.scores)) for side in sides],
            Of.SCORES in found,
        ),
        Row(
            _("Much like what it learned"),
            [_share(sum(side.likenesses[_MUCH_LIKE:]), sum(side.likenesses)) for side in sides],
            Of.LIKENESS in found,
        ),
    ]
    return [row for row in rows if any(row.shares)]


def _share(part: float, whole: int) -> str:
    return counted(part / whole) if whole else ""


def _of_known(side: Tally, name: str) -> float:
    return side.classes.get(name, 0) / max(1, sum(side.classes.values()))


def _upper(counts: Sequence[int], first: int) -> float:
    """The share of the parts from `first` on."""
    return sum(counts[first:]) / max(1, sum(counts))
