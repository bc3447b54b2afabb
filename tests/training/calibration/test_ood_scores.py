"""The methods that are compared, against numbers worked out by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.model_file.numbers import unit_length
from training.calibration import ood_scores
from training.calibration.embeddings import Embedded
from training.calibration.ood import COMPARED
from training.calibration.ood_scores import (
    Known,
    energy,
    fit_score,
    learn_known,
    mahalanobis,
    maximum_probability,
    served_score,
    unknown_output,
)


def of_logits(*rows: list[float]) -> Embedded:
    return Embedded(np.array(rows, np.float32), np.zeros((len(rows), 2), np.float32))


def of_embedding(embedding: np.ndarray) -> Embedded:
    return Embedded(np.zeros((len(embedding), 2), np.float32), np.asarray(embedding, np.float32))


def known(embedding: np.ndarray, labels: list[int]) -> Known:
    return learn_known(of_embedding(embedding), np.array(labels), seed=1)


def test_maximum_probability_is_that_of_the_best_class() -> None:
    scores = maximum_probability(of_logits([0, 0], [np.log(3), 0], [-50, 50]))

    assert scores == pytest.approx([0.5, 0.75, 1.0])


def test_energy_is_the_logarithm_of_the_sum_of_exponentials() -> None:
    scores = energy(of_logits([0, 0], [np.log(3), np.log(5)], [1000, 1000]))

    assert scores == pytest.approx([np.log(2), np.log(8), 1000 + np.log(2)])


def test_mahalanobis_is_the_distance_to_the_nearest_class_in_units_of_the_shared_spread() -> None:
    # Two classes around (0, 0) and (10, 0), each spread by 2 along the first axis and by 1 along the second.
    rng = np.random.default_rng(1)
    spread = rng.normal(0, 1, (10_000, 2)) * [2, 1]
    score = mahalanobis(known(spread + np.repeat([[0, 0], [10, 0]], 5_000, axis=0), [0] * 5_000 + [1] * 5_000))

    found = score(of_embedding(np.array([[0, 0], [10, 2], [2, 0], [5, 0]])))

    assert found == pytest.approx([0, -4, -1, -6.25], abs=0.25)


def test_classes_may_have_any_numbers() -> None:
    embedding = np.random.default_rng(1).normal(0, 1, (40, 2)) + np.repeat([[5, 0], [0, 5]], 20, axis=0)

    one, other = (mahalanobis(known(embedding, [a] * 20 + [b] * 20)) for a, b in ((0, 1), (3, 7)))

    assert one(of_embedding(embedding)) == pytest.approx(other(of_embedding(embedding)))


def test_references_are_means_and_none_is_a_single_picture() -> None:
    rng = np.random.default_rng(1)
    embedding = rng.normal(0, 0.05, (39 + 60, 2)) + np.repeat([[1, 0], [0, 1]], [39, 60], axis=0)

    references = known(embedding, [0] * 39 + [1] * 60).references

    # One reference for each 20 pictures of a class, 1 and 3; the pictures of the second are grouped five times.
    assert references.shape == (1 + 5 * 3, 2)
    assert np.linalg.norm(references, axis=1) == pytest.approx(1, abs=1e-3)
    assert references[0] == pytest.approx([1, 0], abs=0.05)
    assert np.abs(references[:, None] - embedding).sum(axis=2).min() > 0


def test_what_is_known_hardly_hangs_on_the_chance_of_one_grouping(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(1)
    embedding, probe = (unit_length(rng.normal(0, 1, (count, 16)).astype(np.float32)) for count in (400, 100))

    def spread_over_seeds() -> float:
        scores = [
            served_score(learn_known(of_embedding(embedding), np.zeros(400, int), seed=s), None) for s in range(4)
        ]
        return float(np.std([score(probe) for score in scores], axis=0).mean())

    five = spread_over_seeds()
    monkeypatch.setattr(ood_scores, "_GROUPINGS", 1)
    one = spread_over_seeds()

    assert five < 0.9 * one


@pytest.mark.parametrize(
    ("classes", "references"), [(2, 2 * 5 * 3), (4, 4 * 3 * 3), (10, 10 * 3), (20, 20 * 2), (50, 40)]
)
def test_there_are_no_more_references_than_a_model_file_should_hold(
    classes: int, references: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ood_scores, "_MAX_REFERENCES", 40)

    found = known(np.random.default_rng(1).normal(0, 1, (60 * classes, 2)), np.repeat(np.arange(classes), 60).tolist())

    assert len(found.references) == references


def test_long_embeddings_have_fewer_references(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ood_scores, "MAX_NUMBERS", 2 * (1 + 13))

    found = known(np.random.default_rng(1).normal(0, 1, (2 * 60, 2)), [0] * 60 + [1] * 60)

    assert len(found.references) == 2 * 2 * 3


def test_the_output_for_unknown_pictures_is_that_of_a_ridge_regression() -> None:
    # Known at (1, 0), unknown at (0, 1), each of weight 1/2: centred they are +-(1, -1) / 2, the targets +-1.
    # (1/4 [[1, -1], [-1, 1]] + ridge I) w = 1/2 (1, -1)  =>  w = (1, -1) / 2 / (1/2 + ridge)
    weights = unknown_output(np.array([[1, 0]] * 5, np.float32), np.array([[0, 1]], np.float32))

    assert weights[0] == pytest.approx(-weights[1])
    assert 0.9 < weights[0] < 1


def test_the_output_for_unknown_pictures_lowers_what_resembles_them() -> None:
    rng = np.random.default_rng(1)
    embedding = rng.normal([1, 0, 0], 0.1, (40, 3))
    unknown = rng.normal([1, 1, 0], 0.1, (30, 3))
    taught = served_score(known(embedding, [0] * 20 + [1] * 20), np.asarray(unknown, np.float32))

    like_known, like_unknown = taught(np.array([[1, 0, 0], [1, 1, 0]], np.float32))

    assert like_known > like_unknown


@pytest.mark.parametrize("method", COMPARED)
def test_each_method_scores_a_training_picture_higher_than_another_thing(method: str) -> None:
    rng = np.random.default_rng(1)
    embedding = rng.normal(0, 0.1, (40, 3)) + np.repeat([[1, 0, 0], [0, 1, 0]], 20, axis=0)
    logits = embedding[:, :2] * 5
    seen = Embedded(logits.astype(np.float32), embedding.astype(np.float32))
    unknown = rng.normal([0, 0, 1], 0.1, (20, 3)).astype(np.float32)

    score = fit_score(method, learn_known(seen, np.repeat([0, 1], 20), seed=1), unknown)  # type: ignore[arg-type]

    elsewhere = Embedded(np.zeros((1, 2), np.float32), np.array([[0, 0, 1]], np.float32))
    assert score(seen).min() > score(elsewhere)[0]
