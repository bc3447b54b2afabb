"""Computes the features of pictures: the embeddings of the backbone, which the last layer is fitted to.

picture digest, view, backbone, preprocessing, code -> key -> kept? else decoded in threads -> network -> kept
                                                                  else on other machines: PortableFeatures -> the same
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version
from typing import Any, NamedTuple, Protocol

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
from training.errors import OtherCode
from training.network.feature_cache import Cache
from training.network.frozen_batch_norm import with_frozen_statistics

Floats = npt.NDArray[np.float32]

_BATCH = 32
_MADE_WITH = ("tensorflow", "keras", "pillow", "numpy")


class Shown(NamedTuple):
    """A view of a picture."""

    picture: LabelledImage
    view: int
    """The number of a view, see `numbered`; 0 is the picture as it is served."""


Chunk = Sequence[tuple[bytes, Shown]]
"""What the network gets at once, with its keys: on other machines the same, for a batch decides about last digits."""


class Machines(Protocol):
    """Other machines that compute features."""

    def compute(self, network: PortableFeatures, chunks: Sequence[Chunk]) -> Iterator[dict[bytes, Floats]]:
        """The features of each chunk by key, in the order in which they are ready."""


@dataclass
class Features:
    """Computes embeddings with a model whose weights stay as they are, or takes them from a cache."""

    model: keras.Model
    preprocessing: Preprocessing
    cache: Cache | None = None
    memory: PictureMemory | None = None
    variation: Variation | None = None
    machines: Machines | None = None
    """Others that compute what is not in the cache; None: this one."""

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

    def portable(self) -> PortableFeatures:
        """What another process needs to compute the same."""
        return PortableFeatures(
            self.model.to_json(),
            self.model.get_weights(),
            keras.config.dtype_policy().name,
            self.preprocessing,
            self.variation,
            self._made_by,
        )

    def of_chunk(self, chunk: Chunk) -> dict[bytes, Floats]:
        """Embeddings by key, computed here and now."""
        return self._of_pixels([key for key, _ in chunk], np.stack([self._pixels(shown) for _, shown in chunk]))

    def _compute(self, missing: dict[bytes, Shown]) -> dict[bytes, Floats]:
        computed: dict[bytes, Floats] = {}
        rest = list(missing.items())
        chunks = [rest[start : start + _BATCH] for start in range(0, len(rest), _BATCH)]
        found = self.machines.compute(self.portable(), chunks) if self.machines else self._compute_here(chunks)
        for batch in progress.track(found, "Computing features", total=len(chunks)):
            computed |= batch
            if self.cache:
                self.cache.put(batch)
        return computed

    def _compute_here(self, chunks: Sequence[Chunk]) -> Iterator[dict[bytes, Floats]]:
        for keys, pixels in Prefetch(_Chunks(chunks, self._pixels)):
            yield self._of_pixels(keys, pixels)

    def _of_pixels(self, keys: Sequence[bytes], pixels: Pixels) -> dict[bytes, Floats]:
        return dict(zip(keys, self._run(normalize(pixels, self.preprocessing)).numpy(), strict=True))

    def _shown(self, pictures: Sequence[LabelledImage], views: int) -> list[Shown]:
        return [Shown(picture, view if self.variation else 0) for view in range(views) for picture in pictures]

    def _pixels(self, shown: Shown) -> Pixels:
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

    def _key(self, shown: Shown) -> bytes:
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
    """The keys and the pixels of chunks, for `Prefetch`."""

    def __init__(self, chunks: Sequence[Chunk], pixels: Callable[[Shown], Pixels]) -> None:
        self._chunks = chunks
        self._pixels = pixels

    def __len__(self) -> int:
        return len(self._chunks)

    def __getitem__(self, index: int) -> tuple[list[bytes], Pixels]:
        chunk = self._chunks[index]
        return [key for key, _ in chunk], np.stack([self._pixels(shown) for _, shown in chunk])


@dataclass(frozen=True)
class PortableFeatures:
    """What another process, on another machine, needs to compute the same features."""

    network: str
    """As Keras writes it, without weights."""
    weights: list[Floats]
    policy: str
    """The arithmetic: a name of Keras's dtype policies."""
    preprocessing: Preprocessing
    variation: Variation | None
    made_by: str
    """Digest of all that decides about features but the picture."""

    def opened(self) -> Features:
        """Computes them here; the whole process computes in that arithmetic from now on.

        Raises:
            OtherCode: what decides about features is other here.
        """
        keras.config.set_dtype_policy(self.policy)
        model: Any = keras.models.model_from_json(self.network)
        model.set_weights(self.weights)
        features = Features(model, self.preprocessing, variation=self.variation)
        if features._made_by != self.made_by:  # noqa: SLF001 - of the same module.
            raise OtherCode(
                "One of the machines would compute other features: it has another Menagerie, or another"
                f" {', '.join(_MADE_WITH)}. Install the same on all of them."
            )
        return features
