"""Compares an imported network with the original, which Keras itself opens; only once nothing in it can be code."""

from __future__ import annotations

import json
import warnings
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from recognizer import calibration
from recognizer.architectures.layer_kinds import ACTIVATIONS, IDENTITY, LAYERS
from recognizer.engines import parity
from recognizer.engines.tensorflow import TensorFlowEngine
from recognizer.errors import ArtifactError
from recognizer.keras_import.keras_file import KerasFile
from recognizer.keras_import.plan import Plan
from recognizer.model_file import artifact
from recognizer.preprocessing import normalize

if TYPE_CHECKING:
    import keras

# Kernels are rounded to half precision. Of MobileNetV2, the scores move by less than 0.001.
_MAX_DIFFERENCE = 0.01
# Where Keras itself computes the original in half precision.
_MAX_DIFFERENCE_OF_HALF = 0.05

_NETWORKS = frozenset({"Functional", "Sequential", "Model", "InputLayer"})
_VALUES = frozenset(
    {"__keras_tensor__", "__tensor__", "__numpy__", "__tuple__", "__ellipsis__", "slice", "DTypePolicy", "Policy"}
)
_OPERATIONS = frozenset({"TrueDivide", "Divide", "Multiply", "Add", "Subtract", "GetItem", "Stack"})
_OF_TRAINING = frozenset(
    {
        "Constant", "GlorotNormal", "GlorotUniform", "HeNormal", "HeUniform", "LecunNormal", "LecunUniform", "Ones",
        "Orthogonal", "RandomNormal", "RandomUniform", "TruncatedNormal", "VarianceScaling", "Zeros", "L1", "L2",
        "L1L2", "OrthogonalRegularizer", "MaxNorm", "MinMaxNorm", "NonNeg", "UnitNorm",
    }
)  # fmt: skip
_KNOWN = {"CustomScaleLayer"} | _NETWORKS | _VALUES | _OPERATIONS | _OF_TRAINING | LAYERS.keys() | IDENTITY
# Not handed to Keras: what to train with.
_LEFT_OUT = ("compile_config",)


class NotOpened(Exception):
    """Keras cannot or may not open the file; the text says why."""


def largest_difference(copy: Path, source: KerasFile, plan: Plan, draft: Path) -> float:
    """The largest difference of any score on drawn patterns, of a model file as it will be read, from Keras's.

    Args:
        copy: the original, which nobody else changes; it is named anew, as Keras wants it.
        source: what it holds.
        plan: of the network in the model file.
        draft: the model file.

    Raises:
        ArtifactError: it is more than rounding explains.
        NotOpened: Keras cannot open the original.
    """
    patterns = parity.drawn_pictures(plan.input_size)
    logits = parity.logits_of(TensorFlowEngine(artifact.read(draft)), patterns)
    ours = calibration.probabilities(logits, 1.0)
    stock = copy.rename(copy.with_suffix(".keras" if zipfile.is_zipfile(copy) else ".h5"))
    original = original_network(stock, source.written)
    seen = normalize(patterns.pixels, plan.before)
    height, width, _ = source.description.input_shape
    if height != width:
        import keras

        seen = np.asarray(keras.layers.Resizing(height, width)(seen))
    theirs = _scores(np.asarray(original(seen, training=False), np.float32), plan.ending.activation)
    difference = float(np.nan_to_num(np.abs(ours - theirs), nan=1.0).max())
    most = _MAX_DIFFERENCE_OF_HALF if "float16" in json.dumps(source.written) else _MAX_DIFFERENCE
    if difference > most:
        raise ArtifactError(
            f"On drawn patterns its scores differ from Keras's by up to {difference:.3f}, and {most} is the"
            " most that rounding explains. Nothing was written."
        )
    return difference


def original_network(path: Path, written: Any) -> keras.Model:
    """Opens a file that Keras saved, with Keras.

    Args:
        path: a copy of the file, which nobody else changes.
        written: the description in it.

    Raises:
        NotOpened: it holds something that we do not let Keras build, or Keras cannot open it.
    """
    for node in _nodes(written):
        kind, config = node["class_name"], node.get("config")
        is_function = kind == "function" and isinstance(config, str) and config in ACTIVATIONS
        module = str(node.get("module") or "keras")
        if not is_function and (kind not in _KNOWN or module.split(".", maxsplit=1)[0] not in ("keras", "builtins")):
            raise NotOpened(
                f"it holds {str(kind)[:80]}, which this version of Keras does not have or we do not let it build."
            )
    import keras

    try:
        with warnings.catch_warnings(action="ignore"):  # Of options that have other names now.
            return keras.models.load_model(path, compile=False, safe_mode=True)
    except Exception as err:
        raise NotOpened(f"Keras {keras.__version__} cannot open it itself ({_first_line(err)}).") from err


def _scores(outputs: npt.NDArray[np.float32], activation: str) -> npt.NDArray[np.float32]:
    """Probabilities (N, C) of what the original gives: (N, C), or (N, 1) for two classes."""
    outputs = outputs.reshape(len(outputs), -1)
    if activation == "linear":
        zeros = np.zeros_like(outputs)
        return calibration.probabilities(outputs if outputs.shape[1] > 1 else np.hstack([zeros, outputs]), 1.0)
    return outputs if outputs.shape[1] > 1 else np.hstack([1 - outputs, outputs])


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    """Every object in the description that names a class."""
    if isinstance(value, dict):
        if "class_name" in value:
            yield value
        for key, child in value.items():
            if key not in _LEFT_OUT:
                yield from _nodes(child)
    elif isinstance(value, list):
        for child in value:
            yield from _nodes(child)


def _first_line(err: Exception) -> str:
    lines = [line.strip() for line in str(err).splitlines() if line.strip()]
    return lines[0][:200] if lines else type(err).__name__
