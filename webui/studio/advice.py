"""Advice on what would make a model better: up to three sentences, each from figures that were measured on it.

mistakes -> of one class, or between two, more than chance? | dark, grey, blurred more than chance?
pictures -> too alike? too few held back to tell?     other things -> too few?
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from itertools import islice

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from webui.studio.chance import SIGNIFICANT, at_least, interval
from webui.studio.command import LEAST_OTHER
from webui.studio.findings import Begun, Findings

MOST = 3
_FEWEST_MISTAKES = 3
_TOO_ALIKE = 0.25
"""Of a class's pictures: as many copies as this are worth a word."""
_MANY_ACCEPTED = 0.1
"""Of the pictures of other things."""
_FEW_HELD_BACK = 10
_SIGNS = 3
"""That are looked for: dark, grey, blurred."""


def sentences(found: Findings, begun: Begun) -> list[str]:
    """What more of would help most, the most telling first."""
    return list(islice(_all(found, begun), MOST))


def _all(found: Findings, begun: Begun) -> Iterator[str]:
    yield from _signs(found)
    yield from _mistakes(found)
    yield from _others(found)
    yield from _copies(found)
    yield from _least_known(found)
    if begun.others < LEAST_OTHER:
        yield _(
            "It has hardly seen other things. %(n)d or more pictures of what is none of your classes teach it to "
            "say “none of these”."
        ) % {"n": LEAST_OTHER}


def _signs(found: Findings) -> Iterator[str]:
    """What the pictures have in common that it fails on; as several signs are looked at, each has to be clearer."""
    for sign in found.signs:
        if sign.p_value * _SIGNS < SIGNIFICANT:
            said = {
                "dark": _(
                    "%(failures)d of the %(of_failures)d pictures that it fails on are dark, and %(others)d of the "
                    "%(of_others)d others. More dark pictures would help."
                ),
                "grey": _(
                    "%(failures)d of the %(of_failures)d pictures that it fails on have no colours, and %(others)d "
                    "of the %(of_others)d others. More pictures without colours would help."
                ),
                "blurred": _(
                    "%(failures)d of the %(of_failures)d pictures that it fails on are blurred, and %(others)d of "
                    "the %(of_others)d others. More blurred pictures, or sharper ones, would help."
                ),
            }.get(sign.sign)
            if said:
                yield said % sign.model_dump()


def _mistakes(found: Findings) -> Iterator[str]:
    """Two classes that are mixed up most, or else the class of more mistakes than its pictures account for."""
    mixed = Counter[tuple[str, str]]()
    for pair in found.pairs:
        first, second = sorted((pair.actual, pair.said))
        mixed[first, second] += pair.count
    (names, count) = mixed.most_common(1)[0] if mixed else (("", ""), 0)
    if count >= _FEWEST_MISTAKES and 2 * count > found.mistakes and len(found.classes) > 2:
        yield _(
            "Most of its mistakes are between “%(first)s” and “%(second)s”: %(count)d of %(mistakes)d. More "
            "pictures of these two would help most, taken in the same places and light."
        ) % {"first": names[0], "second": names[1], "count": count, "mistakes": found.mistakes}
        return
    for each in sorted(found.classes, key=lambda each: each.right - each.held_back):
        wrong = each.held_back - each.right
        by_chance = at_least(wrong, found.mistakes, each.held_back / found.held_back)
        if wrong >= _FEWEST_MISTAKES and by_chance < SIGNIFICANT:
            yield _(
                "“%(name)s” is the hardest: %(wrong)d of %(mistakes)d mistakes are pictures of it. More of them, as "
                "different from each other as they can be, would help most."
            ) % {"name": each.name, "wrong": wrong, "mistakes": found.mistakes}
        return


def _others(found: Findings) -> Iterator[str]:
    others = found.others
    if others and others.accepted >= _FEWEST_MISTAKES and others.accepted > _MANY_ACCEPTED * others.pictures:
        said = _(
            "It takes %(accepted)d of %(pictures)d other things for one of your classes. More pictures of other things "
            "would help, above all of those that look like one."
        )
        yield said % others.model_dump()


def _copies(found: Findings) -> Iterator[str]:
    most = max(found.classes, key=lambda each: each.copies / each.pictures, default=None)
    if most and most.copies >= _TOO_ALIKE * most.pictures:
        yield _(
            "Of the %(pictures)d pictures of “%(name)s”, %(copies)d hardly differ from another one and count as one "
            "with it. Turn the thing, change the place and the light."
        ) % {"name": most.name, "pictures": most.pictures, "copies": most.copies}


def _least_known(found: Findings) -> Iterator[str]:
    """The class whose figure is the least sure, where few of its pictures were held back."""
    measured = [each for each in found.classes if each.held_back]
    least = min(measured, key=lambda each: each.held_back, default=None)
    if least and least.held_back < _FEW_HELD_BACK:
        low, high = (round(25 * share) for share in interval(least.right, least.held_back))
        yield ngettext(
            "Least is known of “%(name)s”: it was measured on %(n)d picture, so it may name anything from %(low)d "
            "to %(high)d of 25 rightly. More pictures of it help the model and the figure.",
            "Least is known of “%(name)s”: it was measured on %(n)d pictures, so it may name anything from %(low)d "
            "to %(high)d of 25 rightly. More pictures of it help the model and the figure.",
            least.held_back,
        ) % {"name": least.name, "n": least.held_back, "low": low, "high": high}
