"""Trains the last layer on features of the backbone, which are computed once: the linear probe."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from sklearn.linear_model import LogisticRegression

from recognizer import architectures
from recognizer.preprocessing import Pixels, Preprocessing, normalize, resize_and_crop
from training import batches, progress
from training.augmentation import augment
from training.batches import Variation
from training.config import Head
from training.dataset import LabelledImage
from training.frozen_statistics import with_frozen_statistics
from training.temperature import best_factor

Floats = npt.NDArray[np.float32]
_FEATURE_BATCH = 64
_MAX_ITERATIONS = 1000


def train_head(
    model: keras.Model,
    pictures: Sequence[LabelledImage],
    *,
    class_weights: Floats,
    preprocessing: Preprocessing,
    options: Head,
    variation: Variation,
) -> None:
    """Fits the last layer of `model` in place, as a logistic regression; its backbone is only read."""
    embedding = features(model, pictures, preprocessing, views=options.views, variation=variation)
    labels = np.tile([picture.label for picture in pictures], options.views)
    # scikit-learn weighs the sum of the losses against the squared norm, the option weighs their mean.
    probe = LogisticRegression(C=1 / (options.l2 * len(labels)), max_iter=_MAX_ITERATIONS)
    probe.fit(embedding, labels, sample_weight=class_weights[labels])
    model.get_layer(architectures.LOGITS_LAYER).set_weights(_softmax_weights(probe))


def scale_logits(model: keras.Model, pictures: Sequence[LabelledImage], *, preprocessing: Preprocessing) -> float:
    """Multiplies the last layer so that its scores suit `pictures`, which it was not trained on.

    A regularised layer is too modest. This is temperature scaling (Guo et al. 2017), kept in the weights, so that
    plain Keras gives the same probabilities.

    Returns:
        The factor.
    """
    layer = model.get_layer(architectures.LOGITS_LAYER)
    kernel, bias = layer.get_weights()
    embedding = features(model, pictures, preprocessing)
    factor = best_factor(embedding @ kernel + bias, np.array([picture.label for picture in pictures]))
    layer.set_weights([kernel * factor, bias * factor])
    return factor


def features(
    model: keras.Model,
    pictures: Sequence[LabelledImage],
    preprocessing: Preprocessing,
    *,
    views: int = 1,
    variation: Variation | None = None,
) -> Floats:
    """Embeddings (views * N, D) of N pictures: all of them as served, then all of them varied, and so on."""
    network = with_frozen_statistics(model.input, model.get_layer(architectures.EMBEDDING_LAYER).output)
    run = tf.function(lambda image: tf.cast(network(image, training=False), tf.float32), reduce_retracing=True)
    shown = [(view, position) for view in range(views) for position in range(len(pictures))]
    chunks = [shown[start : start + _FEATURE_BATCH] for start in range(0, len(shown), _FEATURE_BATCH)]

    def pixels(view: int, position: int) -> Pixels:
        rgb = batches.load(pictures[position], preprocessing).rgb
        if view == 0 or variation is None:
            return resize_and_crop(rgb, preprocessing)
        return augment(rgb, preprocessing, variation.options, np.random.default_rng((variation.seed, view, position)))

    embedding = []
    with ThreadPoolExecutor(cpu_count()) as pool:
        for chunk in progress.track(chunks, "Computing features", total=len(chunks)):
            prepared = np.stack(list(pool.map(lambda which: pixels(*which), chunk)))
            embedding.append(run(normalize(prepared, preprocessing)).numpy())
    return np.concatenate(embedding)


def _softmax_weights(probe: LogisticRegression) -> list[Floats]:
    """Kernel (D, C) and bias (C,) of the layer that computes what `probe` does."""
    kernel, bias = probe.coef_.T, probe.intercept_
    if len(probe.classes_) == 2:  # One column that says how much more the second class is than the first.
        kernel, bias = np.concatenate([-kernel, kernel], axis=1) / 2, np.concatenate([-bias, bias]) / 2
    return [kernel.astype(np.float32), bias.astype(np.float32)]
