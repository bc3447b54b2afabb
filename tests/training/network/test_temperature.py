"""How sure a model may be: the temperature that suits pictures held back."""

from __future__ import annotations

import numpy as np
import pytest

from training.network.temperature import best_factor, best_temperature


def answers(pictures: int, temperature: float, *, classes: int = 3, spread: float = 3) -> tuple[np.ndarray, np.ndarray]:
    """Logits (N, C), and labels drawn with the probabilities that these have at a temperature."""
    rng = np.random.default_rng(3)
    logits = rng.normal(0, spread, (pictures, classes)).astype(np.float32)
    chances = np.exp(logits / temperature)
    chances /= chances.sum(axis=1, keepdims=True)
    return logits, np.array([rng.choice(classes, p=row) for row in chances])


@pytest.mark.parametrize("temperature", [0.5, 2.0, 3.0])
def test_the_temperature_that_labels_were_drawn_with_is_found(temperature: float) -> None:
    assert best_temperature(*answers(4000, temperature)) == pytest.approx(temperature, rel=0.1)


def test_many_classes_are_no_reason_to_doubt_scores_that_are_right() -> None:
    logits, labels = answers(500, 1.0, classes=50, spread=12)

    assert best_factor(logits, labels) > 0.75


def test_a_few_pictures_that_are_all_right_are_no_proof_of_certainty() -> None:
    assert best_factor(np.eye(3, dtype=np.float32)[[0, 1, 2]] * 5, np.arange(3)) < 1


def test_a_temperature_close_to_one_is_one() -> None:
    logits, labels = answers(4000, 1.0)

    assert best_factor(logits, labels) == pytest.approx(1, rel=0.04)
    assert best_temperature(logits, labels) == 1.0
