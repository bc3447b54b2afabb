"""Precision, recall and F1: figures that can be checked by hand."""

from __future__ import annotations

import numpy as np
import pytest

from training.evaluation.metrics import class_figures, macro


def test_precision_recall_and_f1_are_those_of_the_matrix() -> None:
    a, _ = class_figures(("a", "b"), np.array([[6, 2], [1, 1]]))

    assert a.precision.value == pytest.approx(6 / 7)
    assert a.recall.value == pytest.approx(6 / 8)
    assert a.f1 == pytest.approx(2 * (6 / 7) * (6 / 8) / (6 / 7 + 6 / 8))
    assert a.n == 8


def test_every_figure_lies_in_its_interval() -> None:
    for figures in class_figures(("a", "b", "c"), np.array([[6, 2, 0], [1, 1, 0], [0, 0, 9]])):
        record = figures.to_dict()
        for name in ("precision", "recall", "f1"):
            low, high = record[f"{name}_interval"]
            assert 0 <= low <= record[name] <= high <= 1 + 1e-12


def test_a_class_without_pictures_has_zeros_and_no_intervals() -> None:
    _, absent = class_figures(("a", "b"), np.array([[3, 0], [0, 0]]))

    assert absent.to_dict() == {
        "precision": 0,
        "precision_interval": None,
        "recall": 0,
        "recall_interval": None,
        "f1": 0,
        "f1_interval": None,
        "n": 0,
    }


def test_the_means_are_over_the_classes_that_there_are_pictures_of() -> None:
    means = macro(class_figures(("a", "b", "c"), np.array([[10, 0, 0], [1, 1, 0], [0, 0, 0]])))

    assert means["recall"] == pytest.approx((1 + 0.5) / 2)
    assert means["precision"] == pytest.approx((10 / 11 + 1) / 2)
