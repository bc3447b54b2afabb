"""Builds the network that is trained, up to its logits or its embedding, on the weights of the model that is saved.

image -> backbone (batch statistics frozen or not) -> embedding -> dropout -> logits
                                                   or dropout -> projection -> embedding
"""

from __future__ import annotations

from typing import Any

import keras

from recognizer.architectures import EMBEDDING_LAYER, LOGITS_LAYER, PROJECTION_LAYER
from training.config import Recipe
from training.network.frozen_batch_norm import with_frozen_statistics


def build(model: keras.Model, recipe: Recipe) -> keras.Model:
    """The network to train, (N, S, S, C) -> logits (N, classes), or embedding (N, E) of unit length for triplets.

    It shares its layers with `model`, which therefore learns what it learns, but has none of what is for training only:
    no dropout, and no penalties.
    """
    triplets = recipe.head.training == "triplet"
    output = model.get_layer(EMBEDDING_LAYER if triplets else LOGITS_LAYER).output
    network = (
        with_frozen_statistics(model.input, output) if recipe.freezes_statistics else keras.Model(model.input, output)
    )
    if recipe.regularization.dropout:
        last = PROJECTION_LAYER if triplets else LOGITS_LAYER
        network = _with_dropout(network, last, recipe.regularization.dropout, seed=recipe.seed)
    return network


def _with_dropout(network: keras.Model, last: str, rate: float, *, seed: int) -> keras.Model:
    dropout = keras.layers.Dropout(rate, seed=seed, name="dropout")

    def call(layer: keras.layers.Layer, x: Any, *args: Any, **kwargs: Any) -> Any:
        return layer(dropout(x) if layer.name == last else x, *args, **kwargs)

    return keras.models.clone_model(network, call_function=call, clone_function=lambda layer: layer)
