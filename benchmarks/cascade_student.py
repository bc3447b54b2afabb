"""A student: the first stages of the served graph for few pixels, and two layers of its own, trained on ours alone.

map after conv3, of the picture and of its mirror image -> 1x1 and 3x3 convolution -> mean -> classes and background
                                                                                           -> the large one's embedding

It learns the labels, and the direction of the embedding that the large network makes of the same picture at full size
(distillation), which needs no label. One student for each fold, which has not seen it. Other things are shown to it in
their own sizes, which are smaller than those of the classes: that flatters it a little.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from benchmarks import cascade_features
from benchmarks.cascade_features import LARGE, SEED, Floats, Photograph, compiled
from benchmarks.cascade_rule import Labels, Mask, Shown
from recognizer import Recognizer
from recognizer.images.decode import read_file
from recognizer.model_file.numbers import unit_length
from recognizer.preprocessing import resize_and_crop
from training.calibration import folds
from training.progress import track

if TYPE_CHECKING:
    import keras

SIZE, STAGE = 96, "conv3"
_EPOCHS, _BATCH, _RATE, _DECAY = 8, 64, 2e-3, 1e-2
_CHANNELS = 128, 256

_Maps = npt.NDArray[np.float16]


def judge(
    folder: Path, recognizer: Recognizer, graph: Path, photographs: Sequence[Photograph], shown: Shown
) -> dict[str, Floats]:
    """Logits (N, C) and scores (N,) of students that have not seen a picture's fold."""
    maps = _maps(folder, recognizer, graph, photographs)
    embedding = unit_length(cascade_features.load(folder, f"served/{LARGE}/conv5"))
    logits = np.zeros((len(embedding), shown.labels.max() + 2), np.float32)
    for number in track(range(folds.FOLDS), "Training students", total=folds.FOLDS):
        inside = shown.fold == number
        logits[inside] = _trained(maps, embedding, shown.labels, ~inside).predict(maps[inside, 0], verbose=0)[0]
    classes, background = logits[:, :-1], logits[:, -1]
    return {"logits-served": classes, "scores-served": np.logaddexp.reduce(classes, axis=1) - background}


def _maps(folder: Path, recognizer: Recognizer, graph: Path, photographs: Sequence[Photograph]) -> _Maps:
    """(N, 2, h, w, D) of each picture and its mirror image, pooled by 2 x 2; kept, for they take minutes."""
    rows = cascade_features.rows(folder)
    kept = folder / "judged" / f"maps-{len(rows)}.npy"
    if not kept.exists():
        preprocessing = recognizer.metadata.preprocessing.changed(input_size=SIZE)
        network = compiled(graph, SIZE, (STAGE,), with_map=True)
        found = []
        for row in track(rows, "Computing maps", total=len(rows)):
            pixels = resize_and_crop(recognizer.decode(read_file(photographs[row].path)).rgb, preprocessing)
            found.append(np.stack([_pooled(network(one[None])[1][0]) for one in (pixels, pixels[:, ::-1])]))
        np.save(kept, np.stack(found))
    return np.asarray(np.load(kept))


def _pooled(feature_map: npt.NDArray[np.float32]) -> _Maps:
    channels, height, width = feature_map.shape
    means = feature_map.reshape(channels, height // 2, 2, width // 2, 2).mean(axis=(2, 4))
    return np.asarray(means.transpose(1, 2, 0), np.float16)  # (h, w, D)


def _trained(maps: _Maps, embedding: Floats, labels: Labels, chosen: Mask) -> keras.Model:
    import keras

    keras.utils.set_random_seed(SEED)
    targets = np.where(labels < 0, labels.max() + 1, labels)[chosen]
    counts = np.bincount(targets)
    weights = np.append(np.full(len(counts) - 1, 0.5 / (len(counts) - 1)), 0.5) / counts
    network = _network(maps.shape[2:], len(counts), embedding.shape[1])
    steps = _EPOCHS * (len(targets) // _BATCH)
    network.compile(
        keras.optimizers.AdamW(keras.optimizers.schedules.CosineDecay(_RATE, steps), weight_decay=_DECAY),
        [keras.losses.SparseCategoricalCrossentropy(from_logits=True), keras.losses.CosineSimilarity()],
        loss_weights=[1.0, 2.0],
    )
    rng, mine = np.random.default_rng(SEED), np.flatnonzero(chosen)
    each = (weights * len(targets))[targets]
    for _ in range(_EPOCHS):
        view = rng.integers(0, 2, len(mine))
        network.fit(
            maps[mine, view],
            [targets, embedding[mine]],
            sample_weight=[each, np.ones(len(each))],
            batch_size=_BATCH,
            verbose=0,
        )
    return network


def _network(shape: tuple[int, ...], outputs: int, features: int) -> keras.Model:
    import keras
    from keras import layers

    x = image = keras.Input(shape)
    for channels, size in zip(_CHANNELS, (1, 3), strict=True):
        x = layers.Conv2D(channels, size, padding="same", use_bias=False)(x)
        x = layers.Activation("relu")(layers.BatchNormalization(momentum=0.9)(x))
        x = layers.SpatialDropout2D(0.1)(x)
    x = layers.Dropout(0.3)(layers.GlobalAveragePooling2D()(x))
    return keras.Model(image, [layers.Dense(outputs)(x), layers.Dense(features)(x)])
