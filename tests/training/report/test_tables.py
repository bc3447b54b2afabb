"""The tables of a report."""

from __future__ import annotations

from tests.training.answers import make_evaluation, make_unknown
from training.evaluation.open_set import OpenSetEvaluation
from training.report import tables


def test_each_cell_knows_its_share_of_the_row() -> None:
    rows = tables.matrix(make_evaluation("ab", [[6, 2], [0, 0]])) or []

    assert [(name, [(cell.pictures, cell.share, cell.is_right) for cell in cells]) for name, cells in rows] == [
        ("a", [(6, 0.75, True), (2, 0.25, False)]),
        ("b", [(0, 0, False), (0, 0, True)]),
    ]


def test_a_matrix_of_more_than_fifty_classes_is_left_out() -> None:
    names = [f"class {number}" for number in range(51)]
    one_each = [[int(row == column) for column in range(51)] for row in range(51)]

    assert tables.matrix(make_evaluation(names, one_each)) is None


def test_what_is_mixed_up_most_often_comes_first() -> None:
    pairs = tables.confusions(make_evaluation("abc", [[6, 1, 3], [0, 4, 0], [0, 2, 8]]))

    assert [(pair.actual, pair.predicted, pair.share.part, pair.share.whole) for pair in pairs] == [
        ("a", "c", 3, 10),
        ("c", "b", 2, 10),
        ("a", "b", 1, 10),
    ]


def test_kinds_of_a_few_pictures_are_left_out_with_the_photographs() -> None:
    foxes = [make_unknown("animal/fox", 0.9) for number in range(5)]
    unknown = OpenSetEvaluation((*foxes, make_unknown("animal/anna", 0.9), make_unknown("thing/cup", 0.9)), ())

    assert [kind.name for kind in tables.kinds(unknown, "animal", photographs=True)] == ["anna", "fox"]
    assert [kind.name for kind in tables.kinds(unknown, "animal", photographs=False)] == ["fox"]
