"""Which filters are drawn."""

from __future__ import annotations

import numpy as np
import pytest

from training.visualization.choose_filters import for_classes, natural_noise, varied

RANDOM = np.random.default_rng(0)


def test_one_of_two_filters_that_answer_alike_is_left_out() -> None:
    first, other = RANDOM.normal(size=(2, 64))
    answers = np.stack([3 * first, 2.9 * first + 0.01 * other, 2 * other, 0.1 * (first + other)], axis=1)

    assert varied(answers.astype(np.float32), 2) == [0, 2]


def test_a_filter_that_never_answers_is_never_drawn() -> None:
    answers = np.zeros((16, 5), np.float32)
    answers[:, 3] = RANDOM.normal(size=16)

    assert varied(answers, 4) == [3]


def test_each_class_gets_its_strongest_filters_in_turn_and_none_comes_twice() -> None:
    kernel = np.array([[5, 0], [0, 5], [4, 0], [0, 4], [1, 1]], np.float32)

    assert for_classes(kernel, 4) == [0, 1, 2, 3]
    assert len(set(for_classes(RANDOM.normal(size=(9, 3)).astype(np.float32), 7))) == 7


def test_the_noise_has_the_spectrum_of_photographs() -> None:
    noise = natural_noise(32, 64)
    power = (np.abs(np.fft.rfft2(noise.mean(axis=3))) ** 2).mean(axis=0)
    waves = np.round(np.hypot(np.fft.fftfreq(64, 1 / 64)[:, None], np.fft.rfftfreq(64, 1 / 64)))

    assert 0 <= noise.min() < 0.3
    assert 0.7 < noise.max() <= 1
    assert power[waves == 4].mean() / power[waves == 16].mean() == pytest.approx(16, rel=0.4)  # 1/f in amplitude
