"""The result of a training in words: how sure it is, what it confuses, whether it is better than another model.

Findings, Begun -> sentences
"""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webui.studio.chance import SIGNIFICANT, interval
from webui.studio.findings import Begun, Changes, Findings, Rival, Versus

_FEW, _MANY = 25, 200
"""Pictures held back: with fewer a share is not said, with so many it is said in hundredths."""
_MOST_PAIRS = 3
_LEAST_P = 0.001


def share(right: int, held_back: int) -> str:
    """About how many are named rightly, and between which bounds that lies."""
    whole = 100 if held_back >= _MANY else 25
    low, high = (round(whole * bound) for bound in interval(right, held_back))
    values = {"about": round(whole * right / held_back), "low": low, "high": high, "whole": whole}
    if held_back < _FEW:
        return (
            _(
                "With so few pictures, the true figure may be anything from %(low)d to %(high)d of %(whole)d. More "
                "of them make it surer, and the model better."
            )
            % values
        )
    return (
        _(
            "That is about %(about)d of %(whole)d; for other pictures like these, the true figure lies between %(low)d "
            "and %(high)d of %(whole)d."
        )
        % values
    )


def confusions(found: Findings) -> list[str]:
    """Which classes are taken for which, the most frequent first."""
    of_class = {each.name: each.held_back for each in found.classes}
    return [
        ngettext(
            "%(count)d of %(n)d pictures of “%(actual)s” is taken for “%(said)s”.",
            "%(count)d of %(n)d pictures of “%(actual)s” are taken for “%(said)s”.",
            pair.count,
        )
        % {**pair.model_dump(), "n": of_class.get(pair.actual, pair.count)}
        for pair in found.pairs[:_MOST_PAIRS]
    ]


def comparisons(found: Findings, begun: Begun) -> Iterator[str]:
    """How the version in use and the training before do on the same pictures, or why they cannot be compared."""
    versus = {each.model: each for each in found.versus}
    for rival in begun.rivals:
        yield _comparison(rival, versus.get(rival.model, Versus(model=rival.model)))


def _comparison(rival: Rival, versus: Versus) -> str:
    title = _("The version in use, %(model)s,") if rival.is_active else _("The training before, %(model)s,")
    who = title % {"model": rival.model}
    if not versus.n:
        return _("%(who)s cannot be compared: %(why)s") % {"who": who, "why": _why_not(rival, versus)}
    said = _("%(who)s names %(before)d of the same %(n)d pictures rightly, this one %(right)d.") % {
        "who": who, "before": versus.right_before, "n": versus.n, "right": versus.right,
    }  # fmt: skip
    return " ".join([said, _verdict(versus), *_unfair(rival, versus)])


def _why_not(rival: Rival, versus: Versus) -> str:
    if rival.missing:
        return _("it does not know %(classes)s.") % {"classes": ", ".join(f"“{name}”" for name in rival.missing[:5])}
    if versus.seen:
        return _("it was trained on all pictures that are held back now.")
    return _("its file could not be used.")


def _verdict(versus: Versus) -> str:
    chance = {"p": "< 0.001" if versus.p_value < _LEAST_P else f"= {versus.p_value:.2g}"}
    if versus.p_value >= SIGNIFICANT:
        if versus.right == versus.right_before:
            return _("Neither is better.")
        return _("The difference may be chance (p %(p)s).") % chance
    if versus.right > versus.right_before:
        return _("This one is better, by more than chance (p %(p)s).") % chance
    return _("This one is worse, by more than chance (p %(p)s).") % chance


def _unfair(rival: Rival, versus: Versus) -> Iterator[str]:
    """Which pictures do not count, for the other model had it easy on them; or that nobody knows."""
    if versus.seen:
        yield ngettext(
            "%(n)d picture held back does not count: that one was trained on it, or on a copy.",
            "%(n)d pictures held back do not count: that one was trained on them, or on copies.",
            versus.seen,
        ) % {"n": versus.seen}
    elif not rival.knows_seen:
        yield _("Whether that one was trained on some of them is not known here.")


def changes(since: Changes, found: Findings | None) -> str:
    """What was added, removed and moved since the training before, and how many of the same pictures are held back."""
    counted = {
        _("%(n)d added"): since.added,
        _("%(n)d removed"): since.removed,
        _("%(n)d moved to another class"): since.moved,
    }
    what = _(", ").join(text % {"n": n} for text, n in counted.items() if n)
    said = _("Since %(since)s: %(what)s.") if what else _("The same pictures as for %(since)s.")
    said %= {"since": since.since, "what": what}
    if found is None or found.held_back_before is None:
        return said
    same = _("Of the %(held_back)d held back, %(same)d were held back then too.")
    return f"{said} {same % {'held_back': found.held_back, 'same': found.held_back_before}}"
