"""The nearest mean: the last layer answers as distances do."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer import architectures

pytestmark = pytest.mark.tensorflow


def test_the_largest_logit_is_that_of_the_nearest_mean(tiny_architecture: str) -> None:
    from training.network import linear_probe
    from training.network.prototypes import fit_class_means

    model = architectures.build(tiny_architecture, 4, unit_embedding_size=5)
    rng = np.random.default_rng(1)
    labels = rng.permutation(np.arange(60) % 4)
    # Means of different lengths: some classes are closer together than others.
    embedding = rng.normal(size=(60, 5)) * (0.2 + labels[:, None]) + np.eye(5)[labels]
    embedding = (embedding / np.linalg.norm(embedding, axis=1, keepdims=True)).astype(np.float32)

    fit_class_means(model, embedding, labels)

    means = np.stack([embedding[labels == label].mean(axis=0) for label in range(4)])
    distances = np.square(embedding[:, None] - means[None]).sum(axis=2)  # (N, C)
    logits = linear_probe.logits(model, embedding)
    assert (logits.argmax(axis=1) == distances.argmin(axis=1)).all()
    assert np.ptp(logits + 10 * distances, axis=1) == pytest.approx(0, abs=1e-4)
