"""Parity: how close a compiled graph's answers come to Keras's on the same pictures, and is that enough?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from PIL import Image

from recognizer.calibration import probabilities
from recognizer.engines import Engine
from recognizer.engines.graph_files import Parity
from recognizer.preprocessing import Pixels

# A graph is accepted that gets at most this share more of the pictures wrong than Keras does ...
_MAX_ACCURACY_LOSS = 0.003
# ... or, where nobody knows what they show, calls at most this share of them something else ...
_MAX_DISAGREEMENT = 0.01
# ... and moves hardly any score by more than this. int8 moves 0.04, bf16 0.002 on photographs (animals-1).
_MAX_USUAL_DIFFERENCE = 0.1
_USUAL = 0.95

# How far a graph from elsewhere may be from Keras: bf16 is off by 2 % of the largest logit at the most.
_FLOAT_TOLERANCE = 0.05
_LEAST_COSINE = 0.8

_DRAWN = 24
_BATCH = 16

Logits = npt.NDArray[np.float32]
Answers = tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]
"""Logits (N, C) and embeddings (N, D)."""


@dataclass(frozen=True)
class Pictures:
    """Pictures to compare on: uint8 (N, S, S, 3), with the classes that they show where these are known."""

    pixels: Pixels
    labels: Sequence[int] | None = None
    drawn: bool = False


def drawn_pictures(input_size: int) -> Pictures:
    """Patterns of soft blobs, from coarse to fine: something to compare on where there are no photographs."""
    generator = np.random.default_rng(1)
    pixels = [
        np.asarray(
            Image.fromarray(generator.integers(0, 256, (cells, cells, 3), np.uint8), "RGB").resize(
                (input_size, input_size), Image.Resampling.BICUBIC
            )
        )
        for cells in np.linspace(2, max(3, input_size // 4), _DRAWN).astype(int)
    ]
    return Pictures(np.stack(pixels), drawn=True)


def logits_of(engine: Engine, pictures: Pictures) -> Logits:
    """(N, C) logits of an engine."""
    starts = range(0, len(pictures.pixels), _BATCH)
    return np.concatenate([engine.run(pictures.pixels[start : start + _BATCH]).logits for start in starts])


def answers_of(engine: Engine, pictures: Pictures) -> Answers:
    """(N, C) logits and (N, D) embeddings of an engine."""
    starts = range(0, len(pictures.pixels), _BATCH)
    runs = [engine.run(pictures.pixels[start : start + _BATCH]) for start in starts]
    return np.concatenate([run.logits for run in runs]), np.concatenate([run.embedding for run in runs])


def is_same_network(expected: Answers, received: Answers, *, quantised: bool) -> bool:
    """Whether a graph computes the network that Keras does.

    Args:
        expected: of Keras.
        received: of the graph, on the same pictures.
        quantised: whether it computes in int8. Its answers then need only point the same way: on drawn pictures
            those of animals-1 have a cosine of 0.92, with other classes or weights one of 0 give or take 0.3.
    """
    agrees = _points_the_same_way if quantised else _is_close
    return all(
        wanted.shape == found.shape and bool(np.isfinite(found).all()) and agrees(wanted, found)
        for wanted, found in zip(expected, received, strict=True)
    )


def _is_close(wanted: Logits, found: Logits) -> bool:
    return bool(np.abs(wanted - found).max() <= _FLOAT_TOLERANCE * np.abs(wanted).max())


def _points_the_same_way(wanted: Logits, found: Logits) -> bool:
    """By the cosine of the angle between them as one long vector each, less the means over the pictures."""
    wanted, found = wanted - wanted.mean(axis=0), found - found.mean(axis=0)
    return float(np.vdot(wanted, found)) >= _LEAST_COSINE * float(np.linalg.norm(wanted) * np.linalg.norm(found))


def compare(keras_logits: Logits, graph_logits: Logits, pictures: Pictures, *, temperature: float) -> Parity:
    """The parity of a graph with Keras, from the logits of both for the same pictures."""
    keras, graph = probabilities(keras_logits, temperature), probabilities(graph_logits, temperature)
    # No number at all differs by as much as a score can.
    differences = np.nan_to_num(np.abs(keras - graph), nan=1.0).max(axis=1)  # (N,)
    same = keras.argmax(axis=1) == graph.argmax(axis=1)
    usual = float(np.quantile(differences, _USUAL))
    labels = None if pictures.labels is None else np.asarray(pictures.labels)
    if labels is None:
        lost, bound = int((~same).sum()), _MAX_DISAGREEMENT
    else:
        lost = int((keras.argmax(axis=1) == labels).sum() - (graph.argmax(axis=1) == labels).sum())
        bound = _MAX_ACCURACY_LOSS
    return Parity(
        pictures=len(same),
        drawn=pictures.drawn,
        agreement=float(same.mean()),
        largest_difference=float(differences.max()),
        usual_difference=usual,
        accuracy=None if labels is None else float((graph.argmax(axis=1) == labels).mean()),
        keras_accuracy=None if labels is None else float((keras.argmax(axis=1) == labels).mean()),
        # One picture may always go either way.
        accepted=lost <= max(1, bound * len(same)) and usual <= _MAX_USUAL_DIFFERENCE,
    )
