"""Trains the last layer on cached features of the untouched backbone: the linear probe."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from os import cpu_count

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf
from PIL import ImageOps

from recognizer import architectures
from recognizer.preprocessing import Pixels, Preprocessing, normalize, resize_and_crop
from training import batches, progress
from training.config import Head
from training.dataset import LabelledImage
from training.epoch_bar import EpochBar
from training.starting_point import backbone_of

Floats = npt.NDArray[np.float32]
_FEATURE_BATCH = 64
_HEAD_BATCH = 256


def train_head(
    model: keras.Model,
    pictures: Sequence[LabelledImage],
    *,
    class_weights: Floats,
    preprocessing: Preprocessing,
    options: Head,
    seed: int,
) -> None:
    """Fits the last layer of `model` in place; its backbone is only read, once for each picture."""
    embedding, labels = features(model, pictures, preprocessing, mirrored=options.mirrored)
    one_hot = np.eye(len(class_weights), dtype=np.float32)[labels]
    keras.utils.set_random_seed(seed)
    probe = keras.Sequential(
        [keras.Input((embedding.shape[1],)), keras.layers.Dense(len(class_weights), dtype="float32")]
    )
    probe.compile(
        optimizer=keras.optimizers.AdamW(options.learning_rate, weight_decay=options.weight_decay),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True),
    )
    probe.fit(
        embedding,
        one_hot,
        sample_weight=class_weights[labels],
        batch_size=_HEAD_BATCH,
        epochs=options.epochs,
        verbose=0,
        callbacks=[EpochBar("Training the last layer", options.epochs)],
    )
    model.get_layer(architectures.LOGITS_LAYER).set_weights(probe.get_weights())


def features(
    model: keras.Model, pictures: Sequence[LabelledImage], preprocessing: Preprocessing, *, mirrored: bool
) -> tuple[Floats, npt.NDArray[np.int64]]:
    """Embeddings (M, D) of pictures and their labels (M,); M is twice their number if `mirrored`."""
    backbone = backbone_of(model)
    run = tf.function(lambda image: tf.cast(backbone(image, training=False), tf.float32), reduce_retracing=True)
    views = [(picture, flip) for flip in ((False, True) if mirrored else (False,)) for picture in pictures]
    chunks = [views[start : start + _FEATURE_BATCH] for start in range(0, len(views), _FEATURE_BATCH)]
    embedding = []
    with ThreadPoolExecutor(cpu_count()) as pool:
        for chunk in progress.track(chunks, "Computing features", total=len(chunks)):
            pixels = np.stack(list(pool.map(lambda view: _view(view[0], preprocessing, mirrored=view[1]), chunk)))
            embedding.append(run(normalize(pixels, preprocessing)).numpy())
    return np.concatenate(embedding), np.array([picture.label for picture, _ in views])


def _view(picture: LabelledImage, preprocessing: Preprocessing, *, mirrored: bool) -> Pixels:
    rgb = batches.load(picture, preprocessing).rgb
    return resize_and_crop(ImageOps.mirror(rgb) if mirrored else rgb, preprocessing)
