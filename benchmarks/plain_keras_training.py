"""Trains as Keras's transfer-learning guide does: the other side of `benchmarks.training_time`.

image_dataset_from_directory -> frozen backbone, fit -> unfrozen backbone, fit -> accuracy on the hold-out folder

https://keras.io/guides/transfer_learning: random mirror images and rotations, dropout, Adam at 1e-3 and then 1e-5,
batch statistics frozen throughout. The network and its starting weights are those of the other side.
"""

from __future__ import annotations

import argparse
import json
import time
from pathlib import Path
from typing import Any

import keras

from recognizer import architectures

_SIZE = (224, 224)
_BATCH = 32
_SEED = 1


def main() -> None:
    """Prints a line of JSON after each epoch and at the end."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", required=True)
    parser.add_argument("--hold-out", required=True)
    parser.add_argument("--weights", type=Path, required=True, help="Keras weights of the backbone, resnet50v1.5")
    parser.add_argument("--epochs", type=int, nargs=2, default=(2, 2), metavar=("FROZEN", "UNFROZEN"))
    options = parser.parse_args()
    started = time.monotonic()
    keras.utils.set_random_seed(_SEED)
    train, validation = _split(options.data)
    backbone = architectures.get("resnet50v1.5").build_backbone((*_SIZE, 3))
    backbone.load_weights(options.weights)
    model = _model(backbone, len(train.class_names))
    for trainable, rate, epochs in zip((False, True), (1e-3, 1e-5), options.epochs, strict=True):
        backbone.trainable = trainable
        model.compile(keras.optimizers.Adam(rate), keras.losses.SparseCategoricalCrossentropy(), metrics=["accuracy"])
        found = model.fit(train, validation_data=validation, epochs=epochs, verbose=2)
        spent = time.monotonic() - started, time.process_time()
        _say(*spent, trained="all" if trainable else "last layer", **found.history)
    spent = time.monotonic() - started, time.process_time()
    _say(*spent, hold_out_accuracy=model.evaluate(_pictures(options.hold_out, shuffle=False), verbose=0)[1])


def _split(folder: str) -> tuple[Any, Any]:
    train, validation = _pictures(folder, validation_split=0.15, subset="both", seed=_SEED)
    return train, validation


def _pictures(folder: str, **options: Any) -> Any:
    return keras.utils.image_dataset_from_directory(folder, image_size=_SIZE, batch_size=_BATCH, **options)


def _model(backbone: keras.Model, classes: int) -> keras.Model:
    image = keras.Input((*_SIZE, 3))
    x = keras.layers.RandomFlip("horizontal", seed=_SEED)(image)
    x = keras.layers.RandomRotation(0.1, seed=_SEED)(x)
    x = keras.applications.resnet50.preprocess_input(x)
    x = backbone(x, training=False)
    x = keras.layers.GlobalAveragePooling2D()(x)
    x = keras.layers.Dropout(0.2, seed=_SEED)(x)
    return keras.Model(image, keras.layers.Dense(classes, activation="softmax")(x))


def _say(seconds: float, cpu_seconds: float, **facts: Any) -> None:
    print(json.dumps({"seconds": round(seconds, 1), "cpu_seconds": round(cpu_seconds, 1), **facts}), flush=True)


if __name__ == "__main__":
    main()
