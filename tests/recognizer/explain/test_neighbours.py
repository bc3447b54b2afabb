"""The nearest pictures: by the angle between embeddings."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.explain.neighbours import nearest, packed

GENERATOR = np.random.default_rng(5)
KNOWN = np.array([[1, 0, 0], [0, 2, 0], [3, 3, 0], [0, 0, -1]], np.float32)


def test_the_nearest_come_first_with_their_distance() -> None:
    found = nearest(np.array([5, 0, 0], np.float32), packed(KNOWN), most=3)

    assert [one.index for one in found] == [0, 2, 1]
    assert [one.distance for one in found] == pytest.approx([0, 1 - 0.5**0.5, 1], abs=1e-3)


def test_how_long_an_embedding_is_does_not_matter() -> None:
    one, other = (nearest(scale * KNOWN[2], packed(KNOWN)) for scale in (1, 50))

    assert one == other


def test_half_precision_moves_no_distance_by_a_thousandth() -> None:
    embeddings = np.abs(GENERATOR.normal(size=(50, 2048))).astype(np.float32)
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)

    found = nearest(embeddings[0], packed(embeddings), most=50)

    for one in found:
        assert one.distance == pytest.approx(1 - unit[0] @ unit[one.index], abs=1e-3)


def test_where_nothing_is_known_nothing_is_near() -> None:
    assert nearest(KNOWN[0], np.zeros((0, 3), np.float16)) == ()
