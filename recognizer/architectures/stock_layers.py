"""Rewrites a network of `keras.applications` in stock layers with lasting names.

Keras numbers layers without a name through the process (`conv2d_94`), so a second network has other names than the
first; it leaves bare operations (`x + 3.0`), layers of its own making (ConvNeXt's `LayerScale`) and networks inside
networks, which no file of ours may hold. Its convolutions in groups of one channel (ConvNeXt's) are slow without XLA.
The rewritten network computes the same, and takes the same list of weights, reshaped.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import keras


def in_stock_layers(network: keras.Model, stage_ends: Mapping[str, str], last_stage: str) -> keras.Model:
    """Clones a functional network, untrained; each layer is named after its stage and itself.

    Args:
        network: a backbone as Keras makes it.
        stage_ends: for each stage but the last, from the input up, the layer whose output is all that goes on.
            Layers that Keras numbers are called by their kind and number in this network, from 1.
        last_stage: the stage of what is left.
    """
    import keras

    names = _staged(network, _lasting_names(network), stage_ends, last_stage)

    def call(operation: Any, *args: Any, **kwargs: Any) -> Any:
        return _call_in_stock_layers(operation, names[operation.name], *args, **kwargs)

    image = keras.Input(network.input_shape[1:], name="image")
    return keras.models.clone_model(
        network, input_tensors=image, clone_function=lambda operation: operation, call_function=call
    )


def _lasting_names(network: keras.Model) -> dict[str, str]:
    """For each operation's name the one that it has in every process."""
    seen: Counter[str] = Counter()
    names = {}
    for operation in network.operations:
        name = operation.name.removeprefix(f"{network.name}_")
        # `batch_normalization_94` of a BatchNormalization was numbered by Keras; `block_1_add` of an Add was not.
        if _bare(operation.name) == _bare(type(operation).__name__):
            kind = re.sub(r"_\d+$", "", name)
            seen[kind] += 1
            name = f"{kind}_{seen[kind]}"
        names[operation.name] = name
    return names


def _bare(name: str) -> str:
    return re.sub(r"_\d+$", "", name).replace("_", "").lower()


def _staged(
    network: keras.Model, names: Mapping[str, str], stage_ends: Mapping[str, str], last_stage: str
) -> dict[str, str]:
    """Puts the name of the stage before each lasting name."""
    import keras

    operations = {names[operation.name]: operation for operation in network.operations}
    staged: dict[str, str] = {}
    for stage, end in stage_ends.items():
        below = keras.Model(network.input, operations[end].output).operations
        for operation in below:
            staged.setdefault(operation.name, f"{stage}_{names[operation.name]}")
    return {old: staged.get(old, f"{last_stage}_{name}") for old, name in names.items()}


def _call_in_stock_layers(operation: Any, name: str, *args: Any, **kwargs: Any) -> Any:
    """Calls a fresh layer that does what `operation` does."""
    import keras
    from keras import layers

    if isinstance(operation, keras.Sequential):
        x = args[0]
        for layer in operation.layers:
            x = _call_in_stock_layers(layer, f"{name}_{type(layer).__name__.lower()}", x)
        return x
    if type(operation).__name__ == "LayerScale":
        return _channel_scale(operation, name)(args[0])
    if not isinstance(operation, layers.Layer):
        return _arithmetic(operation, name, *args)
    if isinstance(operation, layers.Conv2D) and operation.groups == operation.filters > 1:
        return _depthwise(operation, name)(args[0])
    layer = type(operation).from_config({**operation.get_config(), "name": name})
    return layer(*args, **kwargs)


def _channel_scale(layer: Any, name: str) -> keras.layers.Layer:
    """One trained factor for each channel of (N, H, W, C), in a single dimension: the model file keeps all its digits.

    Touvron et al. 2021, https://arxiv.org/abs/2103.17239.
    """
    import keras

    height, width, channels = layer.output.shape[1:]
    return keras.layers.EinsumDense(
        "nhwc,c->nhwc",
        output_shape=(height, width, channels),
        kernel_initializer=keras.initializers.Constant(layer.init_values),
        name=name,
    )


def _depthwise(conv: Any, name: str) -> keras.layers.Layer:
    import keras

    same = {"strides": conv.strides, "padding": conv.padding, "use_bias": conv.use_bias}
    return keras.layers.DepthwiseConv2D(conv.kernel_size, name=name, **same)


def _arithmetic(operation: Any, name: str, x: Any, y: Any) -> Any:
    """A bare `+` or `*`: of two tensors, or of a tensor and a number."""
    from keras import layers

    kind = type(operation).__name__
    if not isinstance(y, int | float):
        return {"Add": layers.Add, "Multiply": layers.Multiply}[kind](name=name)([x, y])
    return layers.Rescaling(*{"Add": (1.0, y), "Multiply": (y, 0.0)}[kind], name=name)(x)
