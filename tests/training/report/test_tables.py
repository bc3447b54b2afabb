"""The tables of a report."""

from __future__ import annotations

from tests.training.answers import make_unknown
from training.evaluation.open_set import OpenSetEvaluation
from training.report import tables


def test_kinds_of_a_few_pictures_are_left_out_with_the_photographs() -> None:
    foxes = [make_unknown("animal/fox", 0.9) for number in range(5)]
    unknown = OpenSetEvaluation((*foxes, make_unknown("animal/anna", 0.9), make_unknown("thing/cup", 0.9)), ())

    assert [kind.name for kind in tables.kinds(unknown, "animal", photographs=True)] == ["anna", "fox"]
    assert [kind.name for kind in tables.kinds(unknown, "animal", photographs=False)] == ["fox"]
