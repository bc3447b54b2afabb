"""Builds a network out of the steps of a checked description: of stock layers, within limits of size."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from recognizer.architectures.description import IMAGE, Step, read
from recognizer.errors import ArtifactError

if TYPE_CHECKING:
    import keras

IMPORTED = "imported"
"""The architecture of a network that its model file describes itself."""

_MOST_WEIGHTS = 500_000_000
_MOST_NUMBERS_IN_TENSOR = 2**28


def build_described(description: Any) -> keras.Model:
    """Builds the network that a model file of ours describes, untrained.

    Raises:
        ArtifactError: it holds something that is not on the list of stock layers, or is too large.
    """
    checked = read(description)
    if None in checked.input_shape:
        raise ArtifactError("The file does not say how large the pictures are.")
    return network(checked.steps, checked.output, tuple(side or 0 for side in checked.input_shape))


def network(steps: Sequence[Step], output: str, input_shape: tuple[int, ...]) -> keras.Model:
    """Builds a network, untrained, whose layers are called as the steps are.

    Args:
        steps: in the order they are computed.
        output: the step that gives the network's output.
        input_shape: height, width, channels.

    Raises:
        ArtifactError: a layer does not fit its input, or is too large.
    """
    import keras

    tensors = {IMAGE: keras.Input(input_shape, name=IMAGE)}
    weights = 0
    for step in steps:
        inputs = [tensors[name] for name in step.inputs]
        weights += _most_weights(step, inputs[0])
        if weights > _MOST_WEIGHTS:
            raise ArtifactError(f"The network has more than {_MOST_WEIGHTS} weights.")
        try:
            tensors[step.name] = _layer(step, inputs[0])(inputs if len(inputs) > 1 else inputs[0])
        except Exception as err:  # Keras raises many kinds for options that do not fit together.
            reason = str(err).splitlines()[0] if str(err) else type(err).__name__
            raise ArtifactError(f"The layer {step.name} ({step.kind}) cannot be built: {reason}") from err
        _check_size(step, tensors[step.name].shape)
    return keras.Model(tensors[IMAGE], tensors[output], name=IMPORTED)


def _check_size(step: Step, shape: Sequence[int | None]) -> None:
    sides = [side or 0 for side in shape[1:]]  # None: of any size.
    if not 0 < math.prod(sides) <= _MOST_NUMBERS_IN_TENSOR:
        raise ArtifactError(f"The layer {step.name} ({step.kind}) gives an output of the shape {tuple(sides)}.")


def _layer(step: Step, tensor: keras.KerasTensor) -> keras.layers.Layer:
    import keras

    options = dict(step.options)
    if step.kind == "LayerScale":  # ConvNeXt's, see `stock_layers`.
        return keras.layers.EinsumDense("nhwc,c->nhwc", output_shape=tuple(tensor.shape[1:]), name=step.name)
    kind = step.kind
    if kind == "Conv2D" and options.get("groups", 1) == options["filters"] == tensor.shape[-1] > 1:
        kind = "DepthwiseConv2D"  # The same, and fast on a CPU.
        options.pop("groups"), options.pop("filters")
    return getattr(keras.layers, kind)(**options, name=step.name)


def _most_weights(step: Step, tensor: keras.KerasTensor) -> int:
    """At most so many numbers has a layer: counted before Keras makes room for them."""
    channels: int = tensor.shape[-1]
    numbers: int = math.prod(tensor.shape[1:])
    options = step.options
    if "Conv2D" in step.kind or step.kind == "Dense":
        size = options.get("kernel_size", 1)
        area = math.prod(size) if isinstance(size, list | tuple) else size**2
        many = options.get("units", 1) * options.get("filters", 1) * options.get("depth_multiplier", 1)
        return int(area * channels * many)
    return 4 * numbers if step.kind in ("PReLU", "EinsumDense") else 4 * channels
