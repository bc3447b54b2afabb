"""Fits the last layer to features of the backbone: the linear probe."""

from __future__ import annotations

import keras
import numpy as np
import numpy.typing as npt
from sklearn.linear_model import LogisticRegression

from recognizer import architectures
from training.config import Head
from training.network.temperature import best_factor

Floats = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]
_MAX_ITERATIONS = 1000


def train_head(model: keras.Model, embedding: Floats, labels: Labels, *, class_weights: Floats, options: Head) -> None:
    """Fits the last layer of `model` in place, as a logistic regression.

    Args:
        model: whose last layer it is.
        embedding: (n, D), as its backbone makes them of training pictures.
        labels: (n,) class indices.
        class_weights: (C,).
        options: how modest the layer is to be.
    """
    # scikit-learn weighs the sum of the losses against the squared norm, the option weighs their mean.
    probe = LogisticRegression(C=1 / (options.l2 * len(labels)), max_iter=_MAX_ITERATIONS)
    probe.fit(embedding, labels, sample_weight=class_weights[labels])
    model.get_layer(architectures.LOGITS_LAYER).set_weights(_softmax_weights(probe))


def logits(model: keras.Model, embedding: Floats) -> Floats:
    """What the last layer makes of embeddings: (n, D) -> (n, C)."""
    kernel, bias = model.get_layer(architectures.LOGITS_LAYER).get_weights()
    return np.asarray(embedding @ kernel + bias, np.float32)


def scale_logits(model: keras.Model, embedding: Floats, labels: Labels) -> float:
    """Multiplies the last layer so that its scores suit pictures that it was not trained on.

    A regularised layer is too modest. This is temperature scaling (Guo et al. 2017), kept in the weights, so that
    plain Keras gives the same probabilities.

    Args:
        model: whose last layer it is.
        embedding: (n, D) of pictures held back.
        labels: (n,) class indices.

    Returns:
        The factor.
    """
    factor = best_factor(logits(model, embedding), labels)
    layer = model.get_layer(architectures.LOGITS_LAYER)
    layer.set_weights([weights * factor for weights in layer.get_weights()])
    return factor


def _softmax_weights(probe: LogisticRegression) -> list[Floats]:
    """Kernel (D, C) and bias (C,) of the layer that computes what `probe` does."""
    kernel, bias = probe.coef_.T, probe.intercept_
    if len(probe.classes_) == 2:  # One column that says how much more the second class is than the first.
        kernel, bias = np.concatenate([-kernel, kernel], axis=1) / 2, np.concatenate([-bias, bias]) / 2
    return [kernel.astype(np.float32), bias.astype(np.float32)]
