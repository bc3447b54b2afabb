"""What a network says of pictures whose source, or whose kind, its heads have not seen.

features -> folds of whole sources and kinds -> last layer, rejection head without a fold -> logits and score of it

The heads are those of a training, but on fewer views: a last layer, and a rejection head with a hidden layer. A network
that is cut no longer has ImageNet's head: one hidden layer says the names and the rejection.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import cascade_features
from benchmarks.cascade_features import SEED, Floats
from benchmarks.cascade_rule import Judged, Labels, Shown
from recognizer import architectures
from recognizer.model_file.numbers import unit_length
from recognizer.model_file.rejection_head import BackboneHead
from training import config
from training.calibration import folds, hidden_layer, rejection_head
from training.calibration.hidden_layer import Sample
from training.calibration.rejection_head import Pictures
from training.network import head
from training.network.temperature import best_factor
from training.progress import track

_Of = Callable[[Floats], tuple[Floats, Floats]]
"""Features (N, D) -> logits (N, C), scores (N,)."""
_L2 = 0.1
"""Of the last layer, as in the recipe `animals`."""


def judged(
    folder: Path, shown: Shown, size: int, stages: Sequence[str], backbone: BackboneHead, *, again: bool = False
) -> list[Judged]:
    """What the network of a size and its last stages says of what was served; with `again`, of the second look, too."""
    views = ("served", "again") if again else ("served",)
    name = f"{size}-{'-'.join(stages)}"
    return kept(folder, shown, name, views, lambda: _judge(folder, shown, size, stages, backbone, views))


def kept(
    folder: Path, shown: Shown, name: str, views: Sequence[str], judge: Callable[[], dict[str, Floats]]
) -> list[Judged]:
    """What was kept under a name for just these pictures, else what `judge` finds: `logits-view` and `scores-view`."""
    path = folder / "judged" / f"{name}-{len(shown.labels)}.npz"
    path.parent.mkdir(exist_ok=True)
    if not path.exists():
        np.savez(path, allow_pickle=False, **judge())
    stored = np.load(path)
    factor = best_factor(stored["logits-served"][shown.known], shown.labels[shown.known])
    return [Judged(stored[f"logits-{view}"] * np.float32(factor), stored[f"scores-{view}"]) for view in views]


def _judge(
    folder: Path, shown: Shown, size: int, stages: Sequence[str], backbone: BackboneHead, views: Sequence[str]
) -> dict[str, Floats]:
    looks = [_features(folder, view, size, stages) for view in views]
    pictures = Pictures(looks[0], tuple(looks[1:]))  # The crop of the second look is learned from as well.
    logits = np.zeros((len(views), len(looks[0]), shown.labels.max() + 1), np.float32)
    scores = np.zeros((len(views), len(looks[0])), np.float32)
    whole = partial(_whole, backbone)
    for number in track(range(folds.FOLDS), f"Judging {size} {' '.join(stages)}", total=folds.FOLDS):
        inside = shown.fold == number
        known, unknown = shown.known & ~inside, ~shown.known & ~inside
        judge = whole if tuple(stages) == ("conv5",) else _cut
        of = judge(pictures[known], shown.labels[known], pictures[unknown])
        for at, x in enumerate(looks):
            logits[at, inside], scores[at, inside] = of(x[inside])
    return {f"logits-{view}": logits[at] for at, view in enumerate(views)} | {
        f"scores-{view}": scores[at] for at, view in enumerate(views)
    }


def _features(folder: Path, view: str, size: int, stages: Sequence[str]) -> Floats:
    """(N, D): of several stages, each of unit length, side by side."""
    found = [cascade_features.load(folder, f"{view}/{size}/{stage}") for stage in stages]
    return found[0] if len(found) == 1 else np.concatenate([unit_length(x) for x in found], axis=1)


def _whole(backbone: BackboneHead, known: Pictures, labels: Labels, unknown: Pictures) -> _Of:
    """A last layer and a rejection head as a training makes them."""
    import keras

    layer = keras.layers.Dense(int(labels.max()) + 1, name=architectures.LOGITS_LAYER)
    network = keras.Sequential([keras.Input((known.served.shape[1],)), layer])
    weights = (1 / np.bincount(labels)[labels]).astype(np.float32)
    options = config.Head(l2=_L2)
    head.train_head(network, known.served, labels, weights=weights / weights.mean(), options=options)
    score = rejection_head.fit(backbone, known, labels, unknown, seed=SEED, hidden=True)
    return lambda x: (head.logits(network, x), score(x))


def _cut(known: Pictures, labels: Labels, unknown: Pictures) -> _Of:
    """One hidden layer for both: what a mean within the network tells is not on one side of a plane."""
    views, background = len(known.views) + 1, labels.max() + 1
    x = np.concatenate([known.all(), unknown.all()])
    targets = np.concatenate([np.tile(labels, views), np.full(len(x) - views * len(labels), background)])
    counts = np.bincount(targets)
    weights = np.where(targets == background, 1 / counts[background], 1 / counts[targets] / background)
    fitted = hidden_layer.fit(Sample(x, targets, weights / weights.sum()), seed=SEED)

    def judge(features: Floats) -> tuple[Floats, Floats]:
        logits = fitted.logits(unit_length(features))
        classes = logits[:, :-1]
        return classes, np.asarray(np.logaddexp.reduce(classes, axis=1) - logits[:, -1], np.float32)

    return judge
