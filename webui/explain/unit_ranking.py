"""How strongly one unit answers to this picture, beside others of the caller's own history."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from recognizer import ImageError
from recognizer.explain.feature_maps import rank_among
from webui.accounts.identity import Caller
from webui.explain.own_pictures import others
from webui.explain.workbench import Bench, Strengths
from webui.history import pictures
from webui.history.models import Answer

MOST = 24
"""Pictures that are compared: the newest."""
_SHOWN = 5


@dataclass(frozen=True)
class Ranked:
    """Another picture."""

    answer: Answer
    share: float
    """Of the greatest strength of all, 0 to 1."""


@dataclass(frozen=True)
class Ranking:
    """One unit's strength for this picture among others."""

    layer: int
    unit: int
    rank: int
    """1 if none is stronger."""
    count: int
    """How many pictures there are, this one among them."""
    share: float
    """This picture's strength, against the greatest of all."""
    strongest: list[Ranked]
    """The others for which it is strongest."""
    computed: int
    """How many went through the network for it."""


def ranking(bench: Bench, layer: int, unit: int, caller: Caller) -> Ranking:
    """Ranks one unit of a layer, both counted from 0, among the caller's newest pictures."""
    layers = bench.layers()
    assert layers is not None  # noqa: S101 - there is a unit.
    own = float(layers[layer].strengths[unit])
    found, computed = list[tuple[Answer, float]](), 0
    for answer in others(bench.subject, caller)[:MOST]:
        known = bench.strengths_known(answer.id)
        if known is None:
            bench.give_way()
            known = _strengths(bench, answer.id)
            computed += known is not None
        if known is not None:
            found.append((answer, float(known[layer][unit])))
    strengths = [strength for _, strength in found]
    most = max([own, *strengths]) or 1.0
    best = sorted(found, key=lambda pair: -pair[1])[:_SHOWN]
    return Ranking(
        layer + 1,
        unit,
        rank_among(own, strengths),
        1 + len(strengths),
        own / most,
        [Ranked(answer, strength / most) for answer, strength in best],
        computed,
    )


def _strengths(bench: Bench, answer_id: uuid.UUID) -> Strengths | None:
    data = pictures.read(answer_id)
    try:
        return None if data is None else bench.strengths(answer_id, data)
    except ImageError:  # Damaged on the disk.
        return None
