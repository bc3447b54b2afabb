"""Feeds pictures to Keras in batches, decoded once and varied in threads while the network computes."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import keras
import numpy as np
import numpy.typing as npt

from recognizer import machine
from recognizer.preprocessing import Pixels, Preprocessing, normalize
from training.config import Augmentation
from training.data.augmentation import augment
from training.data.dataset import LabelledImage
from training.data.mixup_cutmix import mixup_cutmix
from training.data.picture_memory import PictureMemory
from training.data.sampling import Balance, epoch_order

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Variation:
    """How training pictures differ from epoch to epoch."""

    options: Augmentation
    seed: int
    balance: Balance = "weights"
    together: int = 1
    """How many pictures of a class stand side by side in the order."""


class Batches(keras.utils.PyDataset):  # type: ignore[misc]  # Keras has no type stubs.
    """Batches of (normalised pictures, labels as shares of the classes, weights).

    With a `variation`, each epoch has an order and variations of its own that depend on nothing but the seed, the
    size of a batch and the number of the epoch. Without, the order is that of `pictures`, each as it is served.
    """

    def __init__(
        self,
        pictures: Sequence[LabelledImage],
        *,
        class_weights: Floats,
        batch_size: int,
        preprocessing: Preprocessing,
        variation: Variation | None = None,
        memory: PictureMemory | None = None,
    ) -> None:
        super().__init__(workers=machine.cores(), use_multiprocessing=False)
        self._pictures = pictures
        self._labels = np.array([picture.label for picture in pictures])
        self._class_weights = class_weights
        self._batch_size = batch_size
        self._preprocessing = preprocessing
        self._variation = variation
        self._varies = variation is not None and variation.options.varies_pictures
        self._memory = memory or PictureMemory(preprocessing)
        self.epoch = 0

    @property
    def epoch(self) -> int:
        """The number of the epoch that is shown, from 0; each has the order and the variations that are its own."""
        return self._epoch

    @epoch.setter
    def epoch(self, number: int) -> None:
        self._epoch = number
        self._order = self._epoch_order()

    def __len__(self) -> int:
        return math.ceil(len(self._pictures) / self._batch_size)

    def __getitem__(self, index: int) -> tuple[Floats, Floats, Floats]:
        chosen = self._order[index * self._batch_size : (index + 1) * self._batch_size]
        labels = self._labels[chosen]
        one_hot = np.eye(len(self._class_weights), dtype=np.float32)[labels]
        weights = self._class_weights[labels]
        if self._variation is None:
            return self._normalized([self._memory.served(self._pictures[at]) for at in chosen]), one_hot, weights
        # One generator for all of the batch: to make one takes as long as to shift a small picture.
        rng = np.random.default_rng((self._variation.seed, self._epoch, index))
        pixels = self._normalized([self._varied(self._pictures[at], self._variation.options, rng) for at in chosen])
        return mixup_cutmix(pixels, one_hot, weights, self._variation.options, rng)

    def _epoch_order(self) -> npt.NDArray[np.int64]:
        if self._variation is None:
            return np.arange(len(self._pictures))
        return epoch_order(
            self._labels.tolist(),
            balance=self._variation.balance,
            seed=self._variation.seed,
            epoch=self._epoch,
            together=self._variation.together,
        )

    def _varied(self, picture: LabelledImage, options: Augmentation, rng: np.random.Generator) -> Pixels:
        if not self._varies:
            return self._memory.served(picture)
        return augment(self._memory.decoded(picture), self._preprocessing, options, rng)

    def _normalized(self, pixels: list[Pixels]) -> Floats:
        return normalize(np.stack(pixels), self._preprocessing)
