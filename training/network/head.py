"""Fits the last layer to features of the backbone: as a linear probe, or to the mean of each class.

features (n, D), labels -> logistic regression, or class means -> logits, then scaled to suit pictures held back
"""

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
# Of class means: squared distances are of 0 to 4, half of that is far, and `scale_logits` multiplies by up to 8.
_SHARPNESS = 10.0


def train_head(model: keras.Model, embedding: Floats, labels: Labels, *, weights: Floats, options: Head) -> None:
    """Fits the last layer of `model` in place, as a logistic regression.

    Args:
        model: whose last layer it is.
        embedding: (n, D), as its backbone makes them of training pictures.
        labels: (n,) class indices.
        weights: (n,) of the pictures.
        options: how modest the layer is to be.
    """
    # scikit-learn weighs the sum of the losses against the squared norm, the option weighs their mean. Of two classes
    # it has the norm of their difference, whose square is twice that of the layer's two columns.
    norms = 2 if len(np.unique(labels)) == 2 else 1
    probe = LogisticRegression(C=norms / (options.l2 * len(labels)), max_iter=_MAX_ITERATIONS)
    centre = embedding.mean(axis=0)  # Around it the solver takes a fraction of the steps, to the same weights.
    probe.fit(embedding - centre, labels, sample_weight=weights)
    kernel, bias = _softmax_weights(probe)
    model.get_layer(architectures.LOGITS_LAYER).set_weights([kernel, bias - centre @ kernel])


def fit_class_means(model: keras.Model, embedding: Floats, labels: Labels) -> None:
    """Fits the last layer of `model` in place, to answer with the class whose mean embedding is nearest.

    A logit is -s |e - c|^2, less the -s |e|^2 that all classes share: s (2 e.c - |c|^2), which is linear in e (Snell et
    al. 2017, https://arxiv.org/abs/1703.05175, 2.4).

    Args:
        model: whose last layer it is.
        embedding: (n, E), of unit length, of training pictures.
        labels: (n,) class indices; each class occurs.
    """
    means = np.stack([embedding[labels == label].mean(axis=0) for label in range(labels.max() + 1)])  # (C, E)
    kernel, bias = 2 * means.T, -np.square(means).sum(axis=1)
    model.get_layer(architectures.LOGITS_LAYER).set_weights([_SHARPNESS * kernel, _SHARPNESS * bias])


def logits(model: keras.Model, embedding: Floats) -> Floats:
    """The logits that the last layer computes from embeddings: (n, D) -> (n, C)."""
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


def _softmax_weights(probe: LogisticRegression) -> tuple[Floats, Floats]:
    """Kernel (D, C) and bias (C,) of the layer that computes what `probe` does."""
    kernel, bias = probe.coef_.T, probe.intercept_
    if len(probe.classes_) == 2:  # One column that says how much more the second class is than the first.
        kernel, bias = np.concatenate([-kernel, kernel], axis=1) / 2, np.concatenate([-bias, bias]) / 2
    return kernel.astype(np.float32), bias.astype(np.float32)
