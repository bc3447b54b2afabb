"""Trains the backbone with its head, in phases from the top down, and averages the weights on the way."""

from __future__ import annotations

import keras
from keras.callbacks import Callback, EarlyStopping, SwapEMAWeights

from recognizer import architectures
from training.batches import Batches
from training.config import FineTune
from training.epoch_bar import EpochBar
from training.frozen_statistics import with_frozen_statistics


def fine_tune(
    model: keras.Model, architecture: str, train: Batches, validation: Batches, options: FineTune
) -> list[dict[str, object]]:
    """Trains `model` in place; each phase ends with the weights of its best epoch.

    Returns:
        For each phase, what it trained and its metrics, epoch by epoch.
    """
    network = with_frozen_statistics(model.input, model.get_layer(architectures.LOGITS_LAYER).output)
    phases = zip(options.unfreeze, options.epochs, options.learning_rate, strict=True)
    return [
        {"unfreeze": stage, "learning_rate": rate, **_phase(network, architecture, train, validation, options, *phase)}
        for phase in phases
        for stage, _, rate in [phase]
    ]


def _phase(
    network: keras.Model,
    architecture: str,
    train: Batches,
    validation: Batches,
    options: FineTune,
    stage: str,
    epochs: int,
    learning_rate: float,
) -> dict[str, list[float]]:
    unfreeze(network, architectures.get(architecture).stages, stage)
    network.compile(
        optimizer=_optimizer(options, learning_rate, steps=epochs * len(train)),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=options.label_smoothing),
        weighted_metrics=[keras.metrics.CategoricalAccuracy(name="accuracy")],
    )
    bar = EpochBar(f"Training {stage} and up", epochs, steps=len(train))
    callbacks: list[Callback] = [bar, EarlyStopping(patience=options.patience, restore_best_weights=True)]
    if options.weight_averaging:
        # First in the list: it puts the averages in place before the others look at the weights.
        callbacks.insert(0, SwapEMAWeights(swap_on_epoch=True))
    history = network.fit(train, validation_data=validation, epochs=epochs, verbose=0, callbacks=callbacks)
    return {name: [float(value) for value in values] for name, values in history.history.items()}


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
        ema_momentum=options.weight_averaging,
    )
