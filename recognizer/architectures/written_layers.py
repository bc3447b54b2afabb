"""Reads one layer as Keras writes it: its kind, its name, and what it is called with.

Keras 2 and Keras 3 write calls in two ways, and arithmetic on tensors in three.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognizer.architectures.layer_kinds import LAYERS
from recognizer.errors import ArtifactError

NETWORKS = ("Functional", "Sequential", "Model")
SHOWN = 80
"""Letters of something unknown in a message."""

_MOST_LAYERS = 5_000

# Bare operations: of Keras 3 by class, of Keras 2 by function.
_ARITHMETIC = {
    "TrueDivide": "divide", "Divide": "divide", "Multiply": "multiply", "Add": "add", "Subtract": "subtract",
    "math.truediv": "divide", "math.divide": "divide", "__operators__.truediv": "divide", "math.multiply": "multiply",
    "__operators__.multiply": "multiply", "__operators__.mul": "multiply",
    "math.add": "add", "__operators__.add": "add",
    "math.subtract": "subtract", "__operators__.subtract": "subtract", "__operators__.sub": "subtract",
    "nn.bias_add": "add", "compat.v1.nn.bias_add": "add",
}  # fmt: skip


def layers_of(node: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The layers of a network."""
    config = node["config"]
    layers = config if isinstance(config, list) else config["layers"]  # A list: Keras before 2.2.3.
    if len(layers) > _MOST_LAYERS:
        raise ArtifactError(f"Expected at most {_MOST_LAYERS} layers.")
    return [mapping(layer, "a layer") for layer in layers]


def kind_of(node: Mapping[str, Any]) -> str:
    """The class that a layer says it is of."""
    return str(node.get("class_name"))


def name_of(node: Mapping[str, Any]) -> str:
    """What a layer is called, or else its class."""
    config = node.get("config")
    inside = config.get("name") if isinstance(config, dict) else None
    return str(node.get("name") or inside or kind_of(node))


def mapping(value: Any, what: str) -> Mapping[str, Any]:
    """The value, which has to be a JSON object.

    Raises:
        ArtifactError: it is something else.
    """
    if not isinstance(value, dict):
        raise ArtifactError(f"Expected a description of {what[:SHOWN]}. Received: {str(value)[:SHOWN]!r}")
    return value


@dataclass(frozen=True)
class Reference:
    """The output of a layer's call."""

    name: str
    number: int


def arguments_of(written: Any, layer: Mapping[str, Any]) -> list[Any]:
    """What a layer is called with: references to outputs, and constants, in order."""
    if isinstance(written, dict):  # Keras 3.
        positional, named = written["args"], written.get("kwargs", {})
        found = [item for argument in positional for item in _flat(argument)]
    else:  # Keras 2: [name, number of the call, number of the tensor, named arguments], or several of those.
        calls = written if written and isinstance(written[0], list) else [written]
        found = [Reference(call[0], call[1]) for call in calls]
        named = calls[0][3] if len(calls[0]) > 3 else {}
    if named.get("training") is True and _depends_on_training(layer):
        raise ArtifactError(
            f"The layer {name_of(layer)} is called with training=True: the scores of a picture depend on those beside"
            " it. Leave that out, and save the network again."
        )
    others = ("training", "mask", "name", "data_format", "initial_state", "dtype", "slice_spec")
    found += [item for key, value in named.items() if key not in others for item in _flat(value)]
    return [*found, *named.get("slice_spec", [])]


def _depends_on_training(node: Mapping[str, Any]) -> bool:
    """Whether a layer computes otherwise in training, but for those that are left out. Keras 3 calls others so, too."""
    if kind_of(node) in NETWORKS:
        return any(map(_depends_on_training, layers_of(node)))
    return kind_of(node) == "BatchNormalization"


def _flat(argument: Any) -> Iterator[Any]:
    match argument:
        case {"class_name": "__keras_tensor__", "config": {"keras_history": [str(name), int(number), *_]}}:
            yield Reference(name, number)
        case [str(name), int(number), int()]:  # Keras 2.
            yield Reference(name, number)
        case {"class_name": "__tensor__" | "__numpy__", "config": {"value": value}}:
            yield np.asarray(value, np.float64)
        case [*items] if any(isinstance(item, list | dict) for item in items):
            for item in items:
                yield from _flat(item)
        case _:
            yield argument


def operation_of(layer: Mapping[str, Any], *, constants: bool) -> str | None:
    """What a bare operation does; None for a layer. In an H5, both are called `Add`."""
    kind, config = kind_of(layer), layer.get("config")
    if kind == "TFOpLambda" and isinstance(config, dict):
        function = config.get("function")
        return "identity" if function in ("cast", "identity", "convert_to_tensor") else _ARITHMETIC.get(str(function))
    if kind == "SlicingOpLambda":
        return "slice"
    module = layer.get("module")
    if not (str(module).startswith("keras.src.ops.") or (module is None and (constants or kind not in LAYERS))):
        return None
    return {"GetItem": "slice", "Stack": "stack", "Cast": "identity"}.get(kind) or _ARITHMETIC.get(kind)


def is_reversed(spec: Any) -> bool:
    """Whether it is `::-1`: of Keras 2 a slice's fields, of Keras 3 an object with those."""
    fields = spec.get("config", spec) if isinstance(spec, dict) else {}
    return fields.get("step") == -1 and fields.get("start") is None and fields.get("stop") is None


def _constant(value: Any, name: str) -> list[float]:
    """The number, or one for each channel, that is added or multiplied with."""
    try:
        numbers = np.asarray(value, np.float64).reshape(-1)
    except (TypeError, ValueError):
        numbers = np.array([])
    if numbers.size not in (1, 3) or not np.isfinite(numbers).all():
        raise ArtifactError(f"{name} is arithmetic with something other than one number, or one for each channel.")
    return [float(number) for number in numbers]


def rescaling(operation: str, value: Any, name: str) -> dict[str, Any]:
    """The options of the `Rescaling` that does what an operation with a constant does."""
    numbers = _constant(value, name)
    if operation == "divide" and 0 in numbers:
        raise ArtifactError("The network divides by zero.")
    values = {
        "add": (1.0, numbers), "subtract": (1.0, [-x for x in numbers]),
        "multiply": (numbers, 0.0), "divide": ([1 / x for x in numbers], 0.0),
    }[operation]  # fmt: skip
    scale, offset = (x[0] if isinstance(x, list) and len(x) == 1 else x for x in values)
    return {"scale": scale, "offset": offset}
