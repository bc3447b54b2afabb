"""Optimizers: those of Keras, with rates and weight decay for each variable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from training.config import OPTIMIZERS
from training.config.optimizer import AdamW, Momentum, Sgd
from training.config.schedule import Constant

pytestmark = pytest.mark.tensorflow

ALL = [kind(weight_decay=0) for kind in OPTIMIZERS.values()]  # type: ignore[call-arg]


def moved(options: Any, gradients: list[list[float]], shares: dict[str, Any] | None = None) -> np.ndarray:
    """Where two variables that started at 1 are after some steps at the rate 0.5."""
    import keras

    from training.optim.optimizers import make
    from training.optim.schedules import Rate

    rate = Rate(Constant(warm_up=0), peak=0.5, epochs=1, steps_per_epoch=len(gradients))
    variables = [keras.Variable(1.0, name="kernel", dtype="float32") for _ in range(2)]
    for name, variable in zip("ab", variables, strict=True):
        variable._path = name
    optimizer = make(options, rate, shares or {}, ema_momentum=None)
    optimizer.build(variables)
    for step in gradients:
        optimizer.apply([keras.ops.convert_to_tensor(value) for value in step])
    return np.array([float(variable) for variable in variables])


@pytest.mark.parametrize("options", ALL, ids=lambda options: options.name)
def test_every_optimizer_goes_against_the_gradient(options: Any) -> None:
    first, second = moved(options, [[1.0, -1.0]] * 3)

    assert first < 1 < second


@pytest.mark.parametrize("options", ALL, ids=lambda options: options.name)
def test_half_the_rate_is_half_the_first_step_of_every_optimizer(options: Any) -> None:
    from training.optim.optimizers import RateShare

    whole, half = 1 - moved(options, [[0.3, 0.3]], {"a": RateShare(), "b": RateShare(rate=0.5)})

    assert half == pytest.approx(whole / 2, rel=1e-3)


def test_momentum_goes_on() -> None:
    first, _ = moved(Momentum(momentum=0.5), [[1.0, 0.0], [0.0, 0.0]])

    assert first == pytest.approx(1 - 0.5 - 0.25)


def test_weight_decay_takes_a_share_and_spares_what_is_no_kernel() -> None:
    from training.optim.optimizers import RateShare

    decayed, spared = moved(Sgd(weight_decay=0.1), [[0.0, 0.0]], {"a": RateShare(), "b": RateShare(decay=0)})

    assert (decayed, spared) == (pytest.approx(1 - 0.5 * 0.1), 1)


def test_weight_decay_follows_the_rate_of_the_variable() -> None:
    from training.optim.optimizers import RateShare

    decayed, _ = moved(Sgd(weight_decay=0.1), [[0.0, 0.0]], {"a": RateShare(rate=0.5)})

    assert decayed == pytest.approx(1 - 0.5 * 0.5 * 0.1)


def test_adamw_is_keras_adamw() -> None:
    import keras

    theirs = keras.Variable(1.0, name="kernel", dtype="float32")
    optimizer = keras.optimizers.AdamW(0.5, weight_decay=0.1)
    optimizer.build([theirs])
    for gradient in (0.3, -0.2):
        optimizer.apply([keras.ops.convert_to_tensor(gradient)])

    ours, _ = moved(AdamW(weight_decay=0.1), [[0.3, 0.0], [-0.2, 0.0]])

    assert ours == pytest.approx(float(theirs), rel=1e-6)


def test_clip_norm_shortens_all_gradients_together() -> None:
    steps = 1 - moved(Sgd(clip_norm=1.0), [[3.0, 4.0]])

    assert steps == pytest.approx([0.5 * 0.6, 0.5 * 0.8])
