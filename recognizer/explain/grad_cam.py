"""Grad-CAM: where in a picture the network sees a class, for networks with more than one layer behind the feature map.

    feature map (h, w, D) -> the layers up to the logits, in NumPy -> gradient of the class's logit, back to the map
                          -> its average over the place, a weight for each feature -> feature map @ weights -> (h, w)

Selvaraju et al. 2017, https://arxiv.org/abs/1610.02391. The gradient is needed from the last feature map on only, and
what stands there is small: no framework, no second network. Where that is the average and one dense layer, it is the
class activation map, but for a factor.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from recognizer import architectures
from recognizer.architectures import description
from recognizer.architectures.description import Step
from recognizer.engines import Outputs
from recognizer.explain import head_layers
from recognizer.explain.class_activation import TOLERANCE, Floats
from recognizer.explain.head_layers import Layer
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact

# 64 MB of them. The dense layers of a VGG have 120 million.
_MOST_NUMBERS = 16 * 2**20


@dataclass(frozen=True)
class HeadGradient:
    """The layers between the last feature map and the logits, with the way back."""

    layers: tuple[Layer, ...]
    method = "Grad-CAM"

    def explains(self, outputs: Outputs) -> bool:
        """Whether the logits are these layers applied to the feature map, but for rounding."""
        computed = np.stack([self._forward(feature_map)[0] for feature_map in outputs.feature_map])
        error = np.abs(computed - outputs.logits).mean()
        return bool(error <= TOLERANCE * np.abs(outputs.logits - outputs.logits.mean()).mean())

    def evidence(self, feature_map: Floats, label: int) -> Floats:
        """Where in one picture how much speaks for a class, more than for the average class.

        Args:
            feature_map: (h, w, D).
            label: index of the class.

        Returns:
            (h, w); on the scale of a class activation map.
        """
        logits, way_back = self._forward(feature_map)
        gradient = np.full_like(logits, -1 / len(logits))
        gradient[label] += 1
        for back in reversed(way_back):
            gradient = back(gradient)
        weights = gradient.sum(axis=(0, 1))  # Of an average pooling: the column of the layer behind it.
        return np.asarray(feature_map @ weights, np.float32)

    def _forward(self, feature_map: Floats) -> tuple[Floats, list[head_layers.Back]]:
        x, way_back = feature_map, []
        for layer in self.layers:
            x, back = layer(x)
            way_back.append(back)
        return x, way_back


def read_head(source: Artifact, outputs: Outputs) -> HeadGradient | None:
    """Reads what a model file has behind its last feature map; None where it is no chain of layers that we know.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    steps = _tail(description.read(artifact.description(source)).steps)
    shape: tuple[int, ...] = outputs.feature_map.shape[1:]
    layers = []
    numbers = 0
    for step in steps or ():
        made = _Reader(source, step, shape)
        numbers += made.numbers()
        if numbers > _MOST_NUMBERS:
            return None
        layer = made.layer()
        if layer is None:
            return None
        layers.append(layer)
        shape = layer(np.zeros(shape, np.float32))[0].shape
    return HeadGradient(tuple(layers)) if shape == outputs.logits.shape[1:] else None


def _tail(steps: Sequence[Step]) -> list[Step] | None:
    """The steps from behind the feature map up to the logits; None where they are no single chain."""
    by_name = {step.name: step for step in steps}
    name, chain = architectures.LOGITS_LAYER, list[Step]()
    while name != architectures.FEATURE_MAP_LAYER:
        step = by_name.get(name)
        if step is None or len(step.inputs) != 1:
            return None
        chain.append(step)
        name = step.inputs[0]
    return chain[::-1]


class _Reader:
    """Makes the layer of one step, for inputs of one shape."""

    def __init__(self, source: Artifact, step: Step, shape: tuple[int, ...]) -> None:
        self._source = source
        self._step = step
        self._shape = shape
        self._options: Mapping[str, Any] = step.options

    def numbers(self) -> int:
        """How many numbers the layer holds, at most."""
        return self._shape[-1] * int(self._options["units"]) if self._step.kind == "Dense" else 4 * self._shape[-1]

    def layer(self) -> Layer | None:
        """The layer; None of a kind that is not known here, or that cannot follow such an input."""
        is_list = len(self._shape) == 1
        match self._step.kind:
            case "Dense" if is_list:
                return self._dense()
            case "BatchNormalization" if self._options.get("axis", -1) in (-1, len(self._shape)):
                return self._batch_normalisation()
            case "UnitNormalization" if is_list:
                return head_layers.of_unit_length
            case "GlobalAveragePooling2D" | "GlobalMaxPooling2D" | "Flatten" if not is_list:
                return self._pooling()
            case _:
                return self._activation()

    def _pooling(self) -> Layer | None:
        """What takes the place out of a feature map."""
        match self._step.kind:
            case "Flatten":
                return head_layers.reshaped((math.prod(self._shape),))
            case _ if self._options.get("keepdims"):
                return None
            case "GlobalMaxPooling2D":
                return head_layers.greatest
            case _:
                return head_layers.averaged

    def _activation(self) -> Layer | None:
        match self._step.kind:
            case "Activation" if (curve := head_layers.CURVES.get(self._options["activation"])) is not None:
                return head_layers.bent(curve)
            case "ReLU" if not self._options.get("threshold"):
                most = self._options.get("max_value")
                slope = float(self._options.get("negative_slope") or 0)
                return head_layers.bent(head_layers.relu(negative_slope=slope, most=math.inf if most is None else most))
            case "LeakyReLU":
                slope = float(self._options.get("negative_slope", 0.3))
                return head_layers.bent(head_layers.relu(negative_slope=slope))
            case _:
                return None

    def _dense(self) -> Layer | None:
        units, curve = int(self._options["units"]), head_layers.CURVES.get(self._options.get("activation", "linear"))
        if curve is None:
            return None
        shapes: list[tuple[int, ...]] = [(self._shape[0], units)]
        if self._options.get("use_bias", True):
            shapes.append((units,))
        kernel, *bias = artifact.layer_weights(self._source, self._step.name, shapes)
        return head_layers.dense(kernel, bias[0] if bias else np.zeros(units, np.float32), curve)

    def _batch_normalisation(self) -> Layer:
        own = sum(bool(self._options.get(name, True)) for name in ("scale", "center"))
        shapes: list[tuple[int, ...]] = [self._shape[-1:]] * (own + 2)
        return head_layers.batch_normalisation(
            self._options, artifact.layer_weights(self._source, self._step.name, shapes)
        )
