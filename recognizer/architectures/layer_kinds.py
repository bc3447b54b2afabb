"""Lists the kinds of stock Keras layers that a described network may hold, and which of their options are taken up.

What is not listed here is never built: no code (`Lambda`), no class that a file names, no layer that opens files.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from recognizer.errors import ArtifactError

_CONVOLUTION = ("kernel_size", "strides", "padding", "dilation_rate", "activation", "use_bias")
_POOLING = ("pool_size", "strides", "padding")
_NORMALIZATION = ("axis", "epsilon", "center", "scale")

LAYERS: Mapping[str, tuple[str, ...]] = {
    "Activation": ("activation",),
    "Add": (),
    "Average": (),
    "AveragePooling2D": _POOLING,
    "BatchNormalization": _NORMALIZATION,
    "CenterCrop": ("height", "width"),
    "Concatenate": ("axis",),
    "Conv2D": ("filters", "groups", *_CONVOLUTION),
    "Cropping2D": ("cropping",),
    "Dense": ("units", "activation", "use_bias"),
    "DepthwiseConv2D": ("depth_multiplier", *_CONVOLUTION),
    "ELU": ("alpha",),
    "EinsumDense": ("equation", "output_shape"),
    "Flatten": (),
    "GlobalAveragePooling2D": ("keepdims",),
    "GlobalMaxPooling2D": ("keepdims",),
    "GroupNormalization": ("groups", *_NORMALIZATION),
    "LayerNormalization": _NORMALIZATION,
    "LayerScale": (),
    "LeakyReLU": ("negative_slope",),
    "MaxPooling2D": _POOLING,
    "Maximum": (),
    "Minimum": (),
    "Multiply": (),
    "Normalization": ("axis", "mean", "variance"),
    "PReLU": ("shared_axes",),
    "ReLU": ("max_value", "negative_slope", "threshold"),
    "Rescaling": ("scale", "offset"),
    "Reshape": ("target_shape",),
    "Resizing": ("height", "width", "interpolation"),
    "SeparableConv2D": ("filters", "depth_multiplier", *_CONVOLUTION),
    "Softmax": ("axis",),
    "Subtract": (),
    "UnitNormalization": ("axis",),
    "UpSampling2D": ("size", "interpolation"),
    "ZeroPadding2D": ("padding",),
}
"""For each kind the options that its configuration may set; others say how it is trained, and are left out."""

IDENTITY = frozenset(
    {
        "ActivityRegularization", "AlphaDropout", "AugMix", "AutoContrast", "CutMix", "Dropout", "Equalization",
        "GaussianDropout", "GaussianNoise", "Identity", "MixUp", "RandAugment", "RandomBrightness",
        "RandomColorDegeneration", "RandomColorJitter", "RandomContrast", "RandomElasticTransform", "RandomErasing",
        "RandomFlip", "RandomGaussianBlur", "RandomGrayscale", "RandomHeight", "RandomHue", "RandomInvert",
        "RandomPerspective", "RandomPosterization", "RandomRotation", "RandomSaturation", "RandomSharpness",
        "RandomShear", "RandomTranslation", "RandomWidth", "RandomZoom", "Solarization", "SpatialDropout2D",
        "StochasticDepth",
    }
)  # fmt: skip
"""Layers that do something in training only. They are left out."""

ACTIVATIONS = frozenset(
    {
        "elu", "exponential", "gelu", "hard_sigmoid", "hard_silu", "hard_swish", "leaky_relu", "linear", "mish",
        "relu", "relu6", "selu", "sigmoid", "silu", "softmax", "softplus", "softsign", "swish", "tanh",
    }
)  # fmt: skip

# What these do unless it is said here cannot be represented.
_ONLY: Mapping[tuple[str, str], tuple[Any, ...]] = {
    ("Resizing", "crop_to_aspect_ratio"): (False,),
    ("Resizing", "pad_to_aspect_ratio"): (False,),
    ("Normalization", "invert"): (False,),
    ("LayerNormalization", "rms_scaling"): (False,),
    ("EinsumDense", "equation"): ("nhwc,c->nhwc",),
    ("Resizing", "interpolation"): ("bilinear", "nearest", "bicubic"),
}

_TEXTS = frozenset({"same", "valid", "bilinear", "nearest", "bicubic", "nhwc,c->nhwc"})
_OLD_NAMES = {("LeakyReLU", "alpha"): "negative_slope"}  # Keras 2's.
_MOST_NUMBERS_IN_OPTION = 10_000
_LARGEST_NUMBER = 1e9


def options_of(name: str, kind: str, config: Mapping[str, Any]) -> dict[str, Any]:
    """Checks a layer's configuration, and gives what its constructor is called with.

    Raises:
        ArtifactError: it asks for something that is not on the list.
    """
    for (of_kind, key), allowed in _ONLY.items():
        if of_kind == kind and config.get(key, allowed[0]) not in allowed:
            raise ArtifactError(f"The layer {name} ({kind}) has {key}={config[key]!r}, which is not supported.")
    if config.get("data_format") == "channels_first":
        raise ArtifactError(f"The layer {name} ({kind}) wants the channels first. Save the network with channels last.")
    renamed = {_OLD_NAMES.get((kind, key), key): value for key, value in config.items()}
    return {key: _value(name, kind, key, renamed[key]) for key in LAYERS[kind] if key in renamed}


def _value(name: str, kind: str, key: str, value: Any) -> Any:
    if key == "activation":
        return _activation(name, value)
    if kind == "BatchNormalization" and key == "axis" and isinstance(value, list) and len(value) == 1:
        value = value[0]  # Keras 2's.
    numbers = list(_numbers(value))
    if len(numbers) > _MOST_NUMBERS_IN_OPTION or not all(map(_is_plain, numbers)):
        raise ArtifactError(f"The layer {name} ({kind}) has a wrong {key}: {str(value)[:100]!r}.")
    return value


def _activation(name: str, value: Any) -> str:
    # Keras 3 writes a function of its own as a string or as {"class_name": "function", "config": "relu"}.
    if isinstance(value, dict) and value.get("class_name") == "function":
        value = value.get("config")
    if value is None:
        return "linear"
    if not isinstance(value, str) or value not in ACTIVATIONS:
        shown = value.get("class_name") if isinstance(value, dict) else value
        raise ArtifactError(
            f"The layer {name} has the activation {str(shown)[:100]!r}, which is not one of Keras's that we know."
            " Where it is a layer, put it behind the layer instead of into it, and train or save the network again."
        )
    return value


def _numbers(value: Any) -> list[Any]:
    if isinstance(value, list | tuple):
        return [number for item in value for number in _numbers(item)]
    return [value]


def _is_plain(value: Any) -> bool:
    if isinstance(value, str):
        return value in _TEXTS
    if isinstance(value, int | float):
        return math.isfinite(value) and abs(value) <= _LARGEST_NUMBER
    return value is None
