"""Makes the Keras optimizer of a recipe, with a learning rate and a weight decay of its own for each variable."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

import keras
from keras import ops

from training.config import Optimizer
from training.optim.schedules import Rate


class RateShare(NamedTuple):
    """The shares of the learning rate and of the weight decay that a variable gets."""

    rate: float = 1.0
    decay: float = 1.0


_OF: dict[str, tuple[str, dict[str, Any]]] = {
    # Keras's class, and what it is told besides the options.
    "sgd": ("SGD", {}),
    "momentum": ("SGD", {}),
    "nesterov": ("SGD", {"nesterov": True}),
    "adagrad": ("Adagrad", {}),
    "adadelta": ("Adadelta", {}),
    "rmsprop": ("RMSprop", {}),
    "adam": ("Adam", {}),
    "adamw": ("Adam", {}),  # With the decay below it is AdamW.
}
_KERAS_NAME = {"initial_accumulator": "initial_accumulator_value"}


def make(options: Optimizer, rate: Rate, shares: Mapping[str, RateShare], *, ema_momentum: float | None) -> Any:
    """Makes a Keras optimizer with the options of a recipe.

    Args:
        options: which optimizer, and its numbers.
        rate: the learning rate at each step.
        shares: by the path of a variable, how much of rate and weight decay it gets; whole ones where it is missing.
        ema_momentum: of the moving average of the weights, a step; None: there is none.
    """
    keras_class, fixed = _OF[options.name]
    own = options.model_dump(exclude={"name", "weight_decay", "clip_norm"})
    return _layer_wise(keras_class)(
        rate,
        shares=shares,
        decay=options.weight_decay,
        global_clipnorm=options.clip_norm or None,
        use_ema=ema_momentum is not None,
        ema_momentum=ema_momentum or 0.0,
        **{_KERAS_NAME.get(name, name): value for name, value in own.items()},
        **fixed,
    )


@cache
def _layer_wise(keras_class: str) -> Callable[..., Any]:
    """Keras's optimizer, its updates scaled, not the gradients: Adam's steps do not depend on a gradient's scale."""
    base: Any = getattr(keras.optimizers, keras_class)

    class LayerWise(base):  # type: ignore[misc]  # Keras has no type stubs.
        def __init__(self, rate: Rate, *, shares: Mapping[str, RateShare], decay: float, **options: Any) -> None:
            super().__init__(rate, name=keras_class.lower(), **options)
            self._shares_by_path = shares
            self._decay = decay
            self._shares_by_key: dict[Any, RateShare] = {}

        def build(self, variables: list[Any]) -> None:
            """Called by Keras, once."""
            super().build(variables)
            self._shares_by_key = {self._var_key(v): self._shares_by_path.get(v.path, RateShare()) for v in variables}

        def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
            """Called by Keras for each variable."""
            share = self._shares_by_key[self._var_key(variable)]
            own_rate = ops.cast(learning_rate, variable.dtype) * share.rate
            if self._decay and share.decay:
                self.assign_sub(variable, variable * (own_rate * self._decay * share.decay))
            super().update_step(gradient, variable, own_rate)

    return LayerWise
