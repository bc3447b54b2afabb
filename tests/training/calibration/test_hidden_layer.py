"""A hidden layer tells a background that lies on all sides of the classes."""

from __future__ import annotations

from itertools import islice

import numpy as np
import pytest

from recognizer.model_file.numbers import Floats, unit_length
from recognizer.model_file.rejection_head import HiddenLayer
from tests.training.calibration.kinds import backbone_head, embeddings
from training.calibration import hidden_layer, rejection_head
from training.calibration.hidden_layer import Sample, _blended, _steps
from training.calibration.rejection_head import Pictures

pytestmark = pytest.mark.tensorflow

FEATURES = 16


def ring(count: int, *, seed: int) -> Sample:
    """A class in the middle, and other things all around it in a plane, so that no line parts them."""
    rng = np.random.default_rng(seed)
    angles = rng.uniform(0, 2 * np.pi, count)
    targets = np.arange(count) % 2
    plane = np.column_stack([np.cos(angles), np.sin(angles)]) * np.where(targets == 1, 0.6, 0.05)[:, None]
    x = 0.02 * rng.normal(size=(count, FEATURES))
    x[:, :2] += plane
    x[:, -1] += 1
    return Sample(unit_length(x.astype(np.float32)), targets, np.full(count, 1 / count))


def log_odds(layer: HiddenLayer, x: Floats) -> Floats:
    logits = layer.logits(x)
    return np.asarray(logits[:, 0] - logits[:, 1])


def test_it_tells_what_lies_all_around_from_what_is_in_the_middle() -> None:
    layer, others = hidden_layer.fit(ring(10_000, seed=1), seed=1), ring(400, seed=2)

    assert layer.kernel.shape == (FEATURES, FEATURES)  # No more units than the embedding has numbers.
    assert ((log_odds(layer, others.x) > 0) == (others.targets == 0)).mean() > 0.95


def test_the_same_seed_gives_the_same_numbers_and_weights_count() -> None:
    sample = ring(3_000, seed=1)
    light = np.where(sample.targets == 0, 0.05, 1.0)
    one, same = (hidden_layer.fit(sample, seed=1) for _ in range(2))
    less = hidden_layer.fit(Sample(sample.x, sample.targets, light / light.sum()), seed=1)

    assert np.array_equal(one.kernel, same.kernel)
    assert np.array_equal(one.output_kernel, same.output_kernel)
    middle = sample.x[sample.targets == 0]
    assert log_odds(less, middle).mean() < log_odds(one, middle).mean() - 0.2


def test_blended_batches_weigh_each_output_as_the_sample_does() -> None:
    counts, shares = np.array([1950, 500, 50, 6000]), np.array([1, 1, 1, 3]) / 6
    targets = np.repeat(np.arange(4), counts)
    sample = Sample(np.zeros((len(targets), 1), np.float32), targets, (shares / counts)[targets])

    batches = list(islice(_blended(sample, np.zeros(1, np.float32), 1.0, seed=1), 100 * _steps(sample)))

    weighed = sum((target * weight[:, None]).sum(axis=0, dtype=np.float64) for _, target, weight in batches)
    assert weighed / np.sum(weighed) == pytest.approx(shares, abs=0.005)
    assert all(np.allclose(target.sum(axis=1), 1) for _, target, _ in batches)


def test_pictures_that_weigh_nothing_are_blended_into_numbers_still() -> None:
    sample = ring(300, seed=1)
    none = Sample(sample.x, sample.targets, np.where(sample.targets == 0, 0.0, 1 / 150))

    _, targets, weights = next(_blended(none, np.zeros(FEATURES, np.float32), 1.0, seed=1))

    assert np.isfinite(targets).all()
    assert weights.min() == 0


def test_a_head_with_a_hidden_layer_asks_it_whether_and_the_linear_one_where() -> None:
    labels = np.arange(40) % 2
    known = Pictures(embeddings(np.take((3, 8), labels), seed=1), ())
    others = Pictures(embeddings([0, 1, 2, 4, 5] * 10, seed=2), ())

    linear = rejection_head.fit(backbone_head(), known, labels, others, seed=1)
    hidden = rejection_head.fit(backbone_head(), known, labels, others, seed=1, hidden=True)

    assert hidden.hidden is not None
    assert np.array_equal(hidden.kernel, linear.kernel)
    unit = unit_length(known.served)
    assert np.array_equal(hidden.logits(unit), hidden.hidden.logits(unit))
    assert np.quantile(hidden(known.served), 0.02) > np.quantile(hidden(embeddings([0, 1, 2, 6, 7] * 20, seed=9)), 0.98)
