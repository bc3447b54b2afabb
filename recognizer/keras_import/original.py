"""Lets Keras itself open a file, to compare with; only once nothing in it can be code."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recognizer.architectures.layer_kinds import ACTIVATIONS, IDENTITY, LAYERS

if TYPE_CHECKING:
    import keras

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
