"""A model in another program's format that answers as we do: pixels in, calibrated probabilities and "known" out.

    model file -> network
    uint8 (N, S, S, 3) -> normalisation -> network -> logits / temperature -> probabilities (N, C)
                                                   -> in-distribution score, threshold -> known (N,), likeness (N,)

The network alone would not do: what is done to the pixels before, the temperature and "none of these" are part of an
answer. What is left to the caller is to decode a picture, to scale it, which `examples/picture.py` does with Pillow,
and the second look at unsure answers, of which a graph knows nothing.
"""

from __future__ import annotations

import gc
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal, assert_never, get_args

import numpy as np

from recognizer import architectures
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.network import load_network
from recognizer.model_file.rejection_head import LEAST_SHARE, HeadScore
from recognizer.model_file.similarity import SimilarityScore
from recognizer.preprocessing import LUMA, Preprocessing

if TYPE_CHECKING:
    from pathlib import Path

    import keras

Target = Literal["onnx", "openvino", "litert", "saved_model"]
TARGETS: tuple[Target, ...] = get_args(Target)


def standalone(source: Artifact) -> keras.Model:
    """The network of a model file with all that belongs to an answer, for any number of pictures at once.

    Raises:
        ArtifactError: see `load_network`.
    """
    import keras
    from keras import ops

    metadata = source.metadata
    network = load_network(source)
    layers = (architectures.EMBEDDING_LAYER, architectures.LOGITS_LAYER)
    inner = keras.Model(network.input, [network.get_layer(name).output for name in layers])
    size = metadata.preprocessing.input_size
    image = keras.Input((size, size, 3), dtype="uint8", name="image")
    embedding, logits = inner(_normalized(image, metadata.preprocessing))
    outputs = {"probabilities": ops.softmax(logits / metadata.temperature, axis=-1)}
    rejection = metadata.rejection
    if rejection is not None and source.ood_score is not None:
        score = _score(source.ood_score, embedding)
        outputs["known"] = ops.cast(score >= rejection.threshold, "int32")
        if rejection.spread is not None:
            outputs["likeness"] = 0.5 + 0.5 * ops.tanh(0.5 * (score - rejection.threshold) / rejection.spread)
    return keras.Model(image, outputs, name=metadata.name.replace("-", "_"))


def save(model: keras.Model, target: Target, folder: Path) -> Path:
    """Writes a model for a target into a folder; returns the file, or the folder of a SavedModel."""
    model(np.zeros((1, *model.input_shape[1:]), np.uint8))  # Keras's way to ONNX asks for it.
    match target:
        case "onnx":
            from training.export import onnx_operations  # noqa: F401 - tf2onnx knows them from then on.

            path, kind = folder / "model.onnx", "onnx"
        case "openvino":
            path, kind = folder / "model.xml", "openvino"
        case "litert":
            path, kind = folder / "model.tflite", "litert"
        case "saved_model":
            path, kind = folder / "model", "tf_saved_model"
        case _:
            assert_never(target)
    with warnings.catch_warnings(), _collecting_often():
        warnings.filterwarnings("ignore", "In the future `np.object`", FutureWarning)  # Of Keras's way to ONNX.
        model.export(str(path), format=kind, verbose=False)
    return path


@contextmanager
def _collecting_often() -> Iterator[None]:
    """Frees what is no longer used at once: tf2onnx copies the whole graph, weights and all, for each of its passes.

    Python would leave the copies lying about, for they are few objects: a ResNet50 took 9.6 GB, and takes 3.7.
    """
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()  # What there is already stays, and need not be looked at each time.
    gc.collect()
    gc.set_threshold(before[0], before[1], 0)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _normalized(image: Any, preprocessing: Preprocessing) -> Any:
    """`preprocessing.normalize`, for a graph."""
    from keras import ops

    luma, mean, std = (np.array(numbers, np.float32) for numbers in (LUMA, preprocessing.mean, preprocessing.std))
    pixels = ops.cast(image, "float32")
    if preprocessing.channel_order == "grey":
        pixels = ops.sum(pixels * luma, axis=-1, keepdims=True)
    elif preprocessing.channel_order == "bgr":
        pixels = ops.flip(pixels, axis=-1)
    return (pixels - mean) / std


def _score(score: object, embedding: Any) -> Any:
    """`OodScore`, for a graph: (N,)."""
    if isinstance(score, HeadScore):
        return _head_score(score, embedding)
    if isinstance(score, SimilarityScore):
        return _similarity_score(score, embedding)
    raise TypeError(f"Expected a score that can be written into a graph. Received: {score!r}")


def _head_score(score: HeadScore, embedding: Any) -> Any:
    from keras import ops

    logits = _head_logits(score, _unit_length(embedding))
    head = ops.logsumexp(logits[:, :-1], axis=1) - logits[:, -1]
    kinds = ops.softmax(ops.matmul(embedding, score.backbone.kernel.T) + score.backbone.bias, axis=-1)
    own = ops.sum(kinds * score.own, axis=1)
    odds = ops.log(own + LEAST_SHARE) - ops.log(ops.maximum(1 - own, 0.0) + LEAST_SHARE)
    return head + score.backbone_weight * odds


def _head_logits(score: HeadScore, unit: Any) -> Any:
    from keras import ops

    if (hidden := score.hidden) is None:
        return ops.matmul(unit, score.kernel.T) + score.bias
    units = ops.relu(ops.matmul(unit, hidden.kernel.T) + hidden.bias)
    return ops.matmul(units, hidden.output_kernel.T) + hidden.output_bias


def _similarity_score(score: SimilarityScore, embedding: Any) -> Any:
    from keras import ops

    unit = _unit_length(embedding)
    cosines = ops.matmul(unit, score.references.T)
    nearest = ops.mean(ops.top_k(cosines, score.neighbours)[0], axis=1)
    if score.unknown_weights is None:
        return nearest
    return score.similarity_weight * nearest + ops.matmul(unit, score.unknown_weights[:, None])[:, 0]


def _unit_length(embedding: Any) -> Any:
    from keras import ops

    return embedding / ops.maximum(ops.sqrt(ops.sum(ops.square(embedding), axis=1, keepdims=True)), 1e-12)
