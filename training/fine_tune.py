"""Trains the backbone with its head, in phases from the top down, and averages the weights on the way."""

from __future__ import annotations

import keras
from keras.callbacks import Callback, EarlyStopping, SwapEMAWeights, TerminateOnNaN

from recognizer import architectures
from training.batches import Batches
from training.config import FineTune, Phase
from training.epoch_bar import EpochBar
from training.errors import RecipeError
from training.frozen_statistics import with_frozen_statistics

# Far above any loss that can be mended: guessing among 10,000 classes costs 9.
_LOST = 1000.0


def fine_tune(
    model: keras.Model, architecture: str, train: Batches, validation: Batches, options: FineTune
) -> list[dict[str, object]]:
    """Trains `model` in place; each phase ends with the weights of its best epoch.

    Returns:
        For each phase, what it trained and its metrics, epoch by epoch.

    Raises:
        RecipeError: the loss left all bounds.
    """
    network = with_frozen_statistics(model.input, model.get_layer(architectures.LOGITS_LAYER).output)
    stages = architectures.get(architecture).stages
    history: list[dict[str, object]] = []
    for phase in options.phases():
        unfreeze(network, stages, phase.unfreeze)
        history.append({**phase._asdict(), **_run(network, phase, train, validation, options)})
    return history


def _run(
    network: keras.Model, phase: Phase, train: Batches, validation: Batches, options: FineTune
) -> dict[str, list[float]]:
    network.compile(
        optimizer=_optimizer(options, phase.learning_rate, steps=phase.epochs * len(train)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=options.label_smoothing),
        weighted_metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    bar = EpochBar(f"Training {phase.unfreeze} and up", phase.epochs, steps=len(train))
    # Restoring matters with averages too: Keras puts others back at the end of a phase that stopped early.
    best = EarlyStopping(patience=options.patience, restore_best_weights=True)
    callbacks: list[Callback] = [bar, best, TerminateOnNaN()]
    if options.weight_averaging:
        # First in the list: it puts the averages in place before the others look at the weights.
        callbacks.insert(0, SwapEMAWeights(swap_on_epoch=True))
    fitted = network.fit(train, validation_data=validation, epochs=phase.epochs, verbose=0, callbacks=callbacks)
    metrics = {name: [float(value) for value in values] for name, values in fitted.history.items()}
    _refuse_divergence(metrics, phase)
    return metrics


def _refuse_divergence(metrics: dict[str, list[float]], phase: Phase) -> None:
    if not all(loss < _LOST for loss in metrics.get("loss", [])):
        raise RecipeError(
            f"The training of {phase.unfreeze} and up diverged at the rate {phase.learning_rate:g}."
            " Choose lower rates with --set 'fine_tune.learning_rate=[...]', one for each phase."
        )


def unfreeze(network: keras.Model, stages: tuple[str, ...], lowest: str) -> None:
    """Makes the layers of the stage `lowest` and of all stages above it trainable, and no others."""
    frozen = stages[: stages.index(lowest)]
    for layer in network.layers:
        layer.trainable = not layer.name.startswith(frozen) if frozen else True


def _optimizer(options: FineTune, learning_rate: float, *, steps: int) -> keras.optimizers.Optimizer:
    warm_up = round(steps * options.warm_up)
    schedule = keras.optimizers.schedules.CosineDecay(
        initial_learning_rate=0.0,
        warmup_target=learning_rate,
        warmup_steps=warm_up,
        decay_steps=max(steps - warm_up, 1),
    )
    return keras.optimizers.SGD(
        schedule,
        momentum=options.momentum,
        nesterov=options.momentum > 0,
        use_ema=options.weight_averaging > 0,
        # In a short phase a long average would hardly leave the weights it began with.
        ema_momentum=min(options.weight_averaging, 1 - 2 / max(steps, 2)),
    )
