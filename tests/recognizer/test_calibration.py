from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.calibration import probabilities

LOGITS = np.array([[2.0, 1.0, 0.0], [-3.0, 5.0, 5.0]], np.float32)


def test_a_temperature_of_one_is_the_softmax() -> None:
    exponentials = np.exp(LOGITS)

    np.testing.assert_allclose(
        probabilities(LOGITS, 1.0), exponentials / exponentials.sum(axis=1, keepdims=True), rtol=1e-6
    )


def test_a_high_temperature_makes_scores_modest() -> None:
    assert probabilities(LOGITS, 10.0)[0].max() < probabilities(LOGITS, 1.0)[0].max()


def test_a_low_temperature_makes_scores_sure() -> None:
    assert probabilities(LOGITS, 0.01)[0].tolist() == pytest.approx([1, 0, 0])


@pytest.mark.parametrize("temperature", [0.05, 1.0, 30.0])
def test_the_temperature_does_not_change_which_class_is_best(temperature: float) -> None:
    assert probabilities(LOGITS, temperature)[0].argmax() == 0


def test_the_type_and_shape_stay() -> None:
    result = probabilities(LOGITS, 1.0)

    assert (result.dtype, result.shape) == (np.float32, (2, 3))


@given(
    logits=st.lists(st.floats(-(2.0**99), 2.0**99, width=32), min_size=2, max_size=6), temperature=st.floats(1e-6, 1e6)
)
def test_every_answer_is_a_distribution(logits: list[float], temperature: float) -> None:
    row = probabilities(np.array([logits], np.float32), temperature)[0]

    assert row.sum() == pytest.approx(1, abs=1e-5)
    assert ((row >= 0) & (row <= 1)).all()
