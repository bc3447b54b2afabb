"""Sets a network up for one phase of its training: optimizer, learning rates, loss, penalties and metrics."""

from __future__ import annotations

from collections.abc import Iterator

import keras

from recognizer import architectures
from training.config import Phase, Recipe, Regularization
from training.config.schedule import Plateau
from training.optim.optimizers import RateShare, make
from training.optim.schedules import PlateauRate, Rate
from training.optim.triplet_loss import TripletLoss, nearest_is_of_same_class


def set_up_phase(network: keras.Model, phase: Phase, recipe: Recipe, *, steps_per_epoch: int) -> PlateauRate | None:
    """Compiles a network for a phase; which of its layers are trained is chosen before.

    Returns:
        What turns the rate down after an epoch, if the recipe wants that; all else that changes is in the variables of
        network and optimizer.
    """
    rate = Rate(recipe.schedule, peak=phase.learning_rate, epochs=phase.epochs, steps_per_epoch=steps_per_epoch)
    _penalize(network, recipe.regularization)
    network.compile(
        optimizer=make(
            recipe.optimizer,
            rate,
            shares_of(network, architectures.get(recipe.architecture).stages, recipe.fine_tune.layer_decay),
            ema_momentum=_ema_momentum(recipe.fine_tune.weight_averaging, rate.steps),
        ),
        loss=_loss(recipe),
        weighted_metrics=[_accuracy(recipe)],
    )
    return PlateauRate(rate, recipe.schedule) if isinstance(recipe.schedule, Plateau) else None


def _loss(recipe: Recipe) -> keras.losses.Loss:
    if recipe.head.training == "triplet":
        return TripletLoss(recipe.head.margin)
    return keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=recipe.regularization.label_smoothing)


def _accuracy(recipe: Recipe) -> keras.metrics.Metric:
    if recipe.head.training == "triplet":
        return keras.metrics.MeanMetricWrapper(nearest_is_of_same_class, name="accuracy")
    return keras.metrics.CategoricalAccuracy(name="accuracy")


def shares_of(network: keras.Model, stages: tuple[str, ...], layer_decay: float) -> dict[str, RateShare]:
    """The shares of learning rate and weight decay that each trained variable gets, by its path.

    Args:
        network: what is trained.
        stages: prefixes of layer names, from the input up; layers of none of them are above all stages.
        layer_decay: rate of a stage, as a share of that of the stage above it; the topmost has all of it.
    """

    def below_the_top(layer: keras.layers.Layer) -> int:
        own = [place for place, stage in enumerate(stages) if layer.name.startswith(stage)]
        return len(stages) - 1 - own[-1] if own else 0

    return {
        variable.path: RateShare(rate=layer_decay ** below_the_top(layer), decay=float(_is_kernel(variable)))
        for layer in network.layers
        for variable in layer.trainable_variables
    }


def _penalize(network: keras.Model, options: Regularization) -> None:
    """On variables, not layers: what is saved knows nothing of them. Keras counts those of trained variables only."""
    penalty = keras.regularizers.L1L2(l1=options.l1, l2=options.l2) if options.l1 or options.l2 else None
    for variable in _variables(network):
        variable.regularizer = penalty if _is_kernel(variable) else None


def _variables(network: keras.Model) -> Iterator[keras.Variable]:
    for layer in network.layers:
        yield from layer.variables


def _is_kernel(variable: keras.Variable) -> bool:
    """Kernels of convolutions, depthwise ones too, and dense layers: no biases, no normalisation."""
    return str(variable.name).endswith("kernel")


def _ema_momentum(wanted: float, steps: int) -> float | None:
    """In a short phase a long average would hardly leave the weights it began with."""
    return min(wanted, 1 - 2 / max(steps, 2)) if wanted else None
