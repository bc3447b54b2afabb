"""Computes the features of pictures: the embeddings of the backbone, which the last layer is fitted to.

picture digest, view, backbone, preprocessing, code -> key -> kept? else decoded in threads -> network -> kept
"""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import NamedTuple

import keras
import numpy as np
import numpy.typing as npt
import tensorflow as tf

from recognizer import architectures
from recognizer.preprocessing import Pixels, Preprocessing, fingerprint, normalize
from training import progress
from training.code_digest import code_digest
from training.data.batches import Variation
from training.data.dataset import LabelledImage
from training.data.picture_memory import PictureMemory
from training.data.prefetch import Prefetch
from training.data.views import numbered, show
from training.network.feature_cache import FeatureCache
from training.network.frozen_batch_norm import with_frozen_statistics

Floats = npt.NDArray[np.float32]

_BATCH = 32
_MADE_WITH = ("tensorflow", "keras", "pillow", "numpy")


class _Shown(NamedTuple):
    picture: LabelledImage
    view: int
    """The number of a view, see `numbered`; 0 is the picture as it is served."""


@dataclass
class Features:
    """Computes embeddings with a model whose weights stay as they are, or takes them from a cache."""

    model: keras.Model
    preprocessing: Preprocessing
    cache: FeatureCache | None = None
    memory: PictureMemory | None = None
    variation: Variation | None = None

    def of(self, pictures: Sequence[LabelledImage], *, views: int = 1) -> Floats:
        """Embeddings (views * N, D) of N pictures: all of them as served, then all in the next view, and so on.

        A view depends on the seed and the picture, not on the others around it.
        """
        shown = self._shown(pictures, views)
        keys = [self._key(one) for one in shown]
        found = self.cache.get(keys) if self.cache else {}
        missing = {key: one for key, one in zip(keys, shown, strict=True) if key not in found}
        found |= self._compute(missing) if missing else {}
        return np.stack([found[key] for key in keys])  # (views * N, D)

    def _compute(self, missing: dict[bytes, _Shown]) -> dict[bytes, Floats]:
        computed: dict[bytes, Floats] = {}
        chunks = _Chunks(list(missing.items()), self._pixels)
        for some, pixels in progress.track(Prefetch(chunks), "Computing features", total=len(chunks)):
            rows = self._run(normalize(pixels, self.preprocessing)).numpy()
            batch = dict(zip(some, rows, strict=True))
            computed |= batch
            if self.cache:
                self.cache.put(batch)
        return computed

    def _shown(self, pictures: Sequence[LabelledImage], views: int) -> list[_Shown]:
        return [_Shown(picture, view if self.variation else 0) for view in range(views) for picture in pictures]

    def _pixels(self, shown: _Shown) -> Pixels:
        memory = self.memory or PictureMemory(self.preprocessing, limit_bytes=0)
        if shown.view == 0 or self.variation is None:
            return memory.served(shown.picture)
        rng = np.random.default_rng((self.variation.seed, shown.view, int(shown.picture.digest[:16], 16)))
        return show(
            memory.decoded(shown.picture), numbered(shown.view), self.preprocessing, self.variation.options, rng
        )

    @cached_property
    def _network(self) -> keras.Model:
        return with_frozen_statistics(self.model.input, self.model.get_layer(architectures.EMBEDDING_LAYER).output)

    @cached_property
    def _run(self) -> tf.types.experimental.PolymorphicFunction:
        size, channels = self.preprocessing.input_size, self.model.input.shape[-1]
        return tf.function(
            lambda image: tf.cast(self._network(image, training=False), tf.float32),
            input_signature=[tf.TensorSpec((None, size, size, channels), tf.float32)],
        )

    def _key(self, shown: _Shown) -> bytes:
        drawn = (shown.view, self.variation) if shown.view and self.variation else "served"
        return hashlib.sha256(f"{self._made_by} {shown.picture.digest} {drawn}".encode()).digest()

    @cached_property
    def _made_by(self) -> str:
        """Digest of all that decides about features but the picture: weights, layers, arithmetic, code, versions."""
        digest = hashlib.sha256()
        for weight in self._network.weights:
            digest.update(f"{weight.path} {weight.shape}".encode() + np.ascontiguousarray(weight).tobytes())
        versions = [version(name) for name in _MADE_WITH]
        policy = keras.config.dtype_policy().name
        rest = [self._layers(), policy, fingerprint(self.preprocessing), code_digest(), versions]
        digest.update(json.dumps(rest).encode())
        return digest.hexdigest()

    def _layers(self) -> list[str]:
        """Two networks with the same weights may still differ, as the two ResNets do in their strides."""
        return [f"{layer.name} {layer.output.shape}" for layer in self._network.layers]


class _Chunks:
    """Pictures in the batches that the network gets."""

    def __init__(self, shown: Sequence[tuple[bytes, _Shown]], pixels: Callable[[_Shown], Pixels]) -> None:
        self._shown = shown
        self._pixels = pixels

    def __len__(self) -> int:
        return math.ceil(len(self._shown) / _BATCH)

    def __getitem__(self, index: int) -> tuple[list[bytes], Pixels]:
        some = self._shown[index * _BATCH : (index + 1) * _BATCH]
        return [key for key, _ in some], np.stack([self._pixels(one) for _, one in some])
