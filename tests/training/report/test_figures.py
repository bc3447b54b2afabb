"""What is drawn, from whatever a model file says."""

from __future__ import annotations

import numpy as np

from tests.training.answers import make_answered, make_evaluation
from training.evaluation.evaluate import Evaluation
from training.report.figures import histogram, precision_recall, reliability_diagram
from training.report.svg import ACCENT, SOFT


def test_a_reliability_diagram_is_drawn() -> None:
    evaluation = make_evaluation("ab", [[6, 2], [1, 1]])

    assert "turns out right" in reliability_diagram("x", evaluation.reliability.equal_width)


def test_a_histogram_leaves_out_what_there_are_no_pictures_of() -> None:
    drawing = histogram("x", [("right", ACCENT, np.array([0.5, 0.9])), ("wrong", SOFT, np.array([]))], label="score")

    assert ">right<" in drawing
    assert ">wrong<" not in drawing


def test_scores_below_zero_are_drawn_too() -> None:
    assert "−4" in histogram("x", [("right", ACCENT, np.array([-4.0, 3.0]))], label="score")


def test_a_threshold_is_drawn() -> None:
    drawn = histogram("x", [("right", ACCENT, np.array([0.5]))], label="score", threshold=0.4)

    assert ">threshold<" in drawn


def test_the_worst_classes_have_colours_and_the_others_are_grey() -> None:
    names = [f"class {number}" for number in range(8)]
    matrix = (np.eye(8, dtype=int) * 5 + np.eye(8, k=1, dtype=int) * np.arange(8)).tolist()

    drawn = precision_recall(make_evaluation(names, matrix))

    assert drawn is not None
    assert len(drawn.legend) == 6
    assert drawn.others == 2
    precisions = [precision for _, _, precision in drawn.legend]
    assert precisions == sorted(precisions)


def test_pictures_of_one_class_have_no_curve() -> None:
    evaluation = Evaluation(("a", "b"), (make_answered("a", {"a": 0.9, "b": 0.1}),), ())

    assert precision_recall(evaluation) is None
