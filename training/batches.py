"""Feeds pictures to Keras in batches, decoded and augmented in threads while the network computes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from os import cpu_count

import keras
import numpy as np
import numpy.typing as npt

from recognizer import images
from recognizer.preprocessing import Pixels, Preprocessing, normalize, resize_and_crop
from training.augmentation import augment
from training.config import Augmentation
from training.dataset import LabelledImage

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Variation:
    """How training pictures differ from epoch to epoch."""

    options: Augmentation
    seed: int


def load(image: LabelledImage, preprocessing: Preprocessing) -> images.Picture:
    """Decodes a picture file exactly as serving does."""
    return images.decode(image.read(), needed_short_side=preprocessing.resized_short_side)


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no type stubs.
    """Batches of (normalised pictures, one-hot labels, weights).

    With a `variation`, each epoch has an order and variations of its own that depend on nothing but the
    seed and the number of the epoch. Without, the order is that of `pictures` and each is cropped as in serving.
    """

    def __init__(
        self,
        pictures: Sequence[LabelledImage],
        *,
        class_weights: Floats,
        batch_size: int,
        preprocessing: Preprocessing,
        variation: Variation | None = None,
    ) -> None:
        super().__init__(workers=cpu_count() or 1, use_multiprocessing=False)
        self._pictures = pictures
        self._class_weights = class_weights
        self._batch_size = batch_size
        self._preprocessing = preprocessing
        self._variation = variation
        self._epoch = 0
        self._order = self._epoch_order()

    def __len__(self) -> int:
        return math.ceil(len(self._pictures) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[Floats, Floats, Floats]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        pixels = np.stack([self._pixels(int(position)) for position in chosen])
        labels = np.array([self._pictures[position].label for position in chosen])
        one_hot = np.eye(len(self._class_weights), dtype=np.float32)[labels]
        return normalize(pixels, self._preprocessing), one_hot, self._class_weights[labels]

    def on_epoch_end(self) -> None:
        """Called by Keras between epochs."""
        self._epoch += 1
        self._order = self._epoch_order()

    def _epoch_order(self) -> npt.NDArray[np.int64]:
        if self._variation is None:
            return np.arange(len(self._pictures))
        return np.random.default_rng((self._variation.seed, self._epoch)).permutation(len(self._pictures))

    def _pixels(self, position: int) -> Pixels:
        picture = load(self._pictures[position], self._preprocessing).rgb
        if self._variation is None:
            return resize_and_crop(picture, self._preprocessing)
        rng = np.random.default_rng((self._variation.seed, self._epoch, position))
        return augment(picture, self._preprocessing, self._variation.options, rng)


def balanced_class_weights(labels: Sequence[int], classes: int) -> Floats:
    """Weights that make each class count as much as any other, 1 on average over the pictures.

    Args:
        labels: class indices of the training pictures; each class occurs.
        classes: how many classes there are.

    Returns:
        (classes,) float32: pictures / (classes * pictures of the class).
    """
    counts = np.bincount(labels, minlength=classes)
    return (len(labels) / (classes * counts)).astype(np.float32)
