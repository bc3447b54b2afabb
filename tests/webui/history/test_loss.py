from __future__ import annotations

import math
from typing import Any

import pytest

from webui.history.loss import loss
from webui.history.models import Answer, CorrectionKind


def answer(**fields: Any) -> Answer:
    top = [["cat", 0.9], ["dog", 0.08], ["horse", 0.02]]
    return Answer(**{"label": "cat", "known": True, "score": 0.9, "top": top, **fields})


@pytest.mark.parametrize(
    ("kind", "label", "probability"),
    [
        (CorrectionKind.RIGHT, "cat", 0.9),
        (CorrectionKind.CLASS, "dog", 0.08),
        (CorrectionKind.NONE, "", 0.1),
        (CorrectionKind.NEW_CLASS, "fox", 0.1),
    ],
)
def test_the_loss_is_that_on_what_is_right(kind: CorrectionKind, label: str, probability: float) -> None:
    assert loss(answer(), kind, label) == pytest.approx(-math.log(probability))


def test_a_picture_that_was_rightly_turned_away_costs_nothing() -> None:
    assert loss(answer(known=False), CorrectionKind.NONE, "") == 0


def test_one_that_was_wrongly_turned_away_costs_the_same_whatever_its_score() -> None:
    assert loss(answer(known=False), CorrectionKind.CLASS, "cat") == pytest.approx(-math.log(0.1))


@pytest.mark.parametrize("label", ["zebra", "horse"])
def test_the_loss_is_bounded(label: str) -> None:
    certain = answer(score=1.0, top=[["cat", 1.0], ["horse", 0.0]])

    assert loss(certain, CorrectionKind.CLASS, label) == pytest.approx(13.8, abs=0.1)
