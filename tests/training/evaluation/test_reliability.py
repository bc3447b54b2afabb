"""Calibration figures: against closed forms and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import softmax
from sklearn.metrics import brier_score_loss, log_loss

from training.evaluation.reliability import (
    brier_scores,
    equal_mass,
    equal_width,
    log_losses,
    measure_reliability,
    without_temperature,
)


def honest(pictures: int = 4000) -> tuple[np.ndarray, np.ndarray]:
    """Scores, and answers that are right as often as the scores say."""
    generator = np.random.default_rng(5)
    scores = generator.uniform(0.5, 1, pictures)
    return scores, generator.random(pictures) < scores


def test_one_score_that_is_too_high_is_off_by_the_difference() -> None:
    scores, right = np.full(10, 0.8), np.arange(10) < 6

    for measured in (equal_mass(scores, right), equal_width(scores, right)):
        assert measured.error == pytest.approx(0.2)
        assert [(b.pictures, round(b.score, 6), b.right) for b in measured.bins] == [(10, 0.8, 0.6)]


def test_the_error_weighs_each_bin_with_its_pictures() -> None:
    scores = np.array([0.5] * 10 + [0.95] * 30)
    right = np.array([True] * 7 + [False] * 3 + [True] * 30)

    assert equal_width(scores, right).error == pytest.approx((10 * 0.2 + 30 * 0.05) / 40)


def test_the_usual_bins_are_fifteen_of_equal_width_and_closed_above() -> None:
    scores = np.array([1 / 15, 1 / 15 + 1e-9, 1.0])

    assert [b.pictures for b in equal_width(scores, np.ones(3, bool)).bins] == [1, 1, 1]


def test_bins_of_equal_mass_hold_as_many_pictures_each() -> None:
    scores, right = honest(1500)

    assert [b.pictures for b in equal_mass(scores, right).bins] == [100] * 15


def test_the_order_of_equal_scores_does_not_matter() -> None:
    scores, right = np.full(100, 1.0), np.arange(100) < 90

    assert equal_mass(scores, right).error == equal_mass(scores, right[::-1]).error == pytest.approx(0.1)


def test_the_order_of_the_pictures_does_not_matter() -> None:
    scores, right = honest(200)
    order = np.random.default_rng(1).permutation(200)

    for diagram in (equal_mass, equal_width):
        assert diagram(scores[order], right[order]) == diagram(scores, right)


def test_honest_scores_are_not_proven_off() -> None:
    measured = equal_mass(*honest())

    assert not measured.is_proven_off
    inside = [b.honest[0] <= b.right <= b.honest[1] for b in measured.bins]
    assert sum(inside) >= 13


def test_scores_that_are_too_high_are_proven_off() -> None:
    scores, right = honest()

    assert equal_mass(np.minimum(scores + 0.05, 1), right).is_proven_off


def test_few_pictures_allow_a_large_error_by_chance() -> None:
    few, many = (equal_mass(*honest(pictures)).error_by_chance for pictures in (60, 4000))

    assert few > 3 * many


def test_log_loss_and_brier_score_are_scikit_learns() -> None:
    generator = np.random.default_rng(1)
    probabilities = softmax(generator.normal(size=(50, 3)), axis=1)
    labels = generator.integers(0, 3, 50)

    assert log_losses(probabilities, labels).mean() == pytest.approx(log_loss(labels, probabilities))
    assert brier_scores(probabilities, labels).mean() == pytest.approx(
        brier_score_loss(labels, probabilities, scale_by_half=False)
    )


def test_a_right_class_with_a_score_of_zero_costs_no_more_than_the_last_decimal_says() -> None:
    (loss,) = log_losses(np.array([[1.0, 0.0]]), np.array([1]))

    assert loss == pytest.approx(-np.log(5e-7))


def test_a_temperature_can_be_taken_back() -> None:
    logits = np.random.default_rng(2).normal(size=(6, 4))

    assert without_temperature(softmax(logits / 2.5, axis=1), 2.5) == pytest.approx(softmax(logits, axis=1))


def test_everything_is_measured_at_once() -> None:
    probabilities = np.array([[0.9, 0.1], [0.2, 0.8], [0.6, 0.4]])
    labels = np.array([0, 1, 1])

    figures = measure_reliability(probabilities, labels, probabilities.max(axis=1), np.array([True, True, False]))

    assert figures.brier == pytest.approx((0.02 + 0.08 + 0.72) / 3)
    assert figures.log_loss == pytest.approx(-np.log([0.9, 0.8, 0.4]).mean())
    assert figures.to_dict()["expected_calibration_error"] == figures.equal_mass.error
