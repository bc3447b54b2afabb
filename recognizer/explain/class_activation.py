"""Class activation maps: where in a picture the network sees a class.

    feature map (h, w, D) -> @ the last layer's column for the class -> (h, w) -> laid over the picture -> heat, 0 to 1

Zhou et al. 2016, "Learning Deep Features for Discriminative Localization", https://arxiv.org/abs/1512.04150. Exact for
a network that ends in average pooling and one dense layer: the average of a class's map, with the layer's bias, is the
class's logit. It takes two products of numbers that every engine gives anyway, and no gradient.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import numpy.typing as npt
from PIL import Image

from recognizer import architectures
from recognizer.engines import Outputs
from recognizer.engines.second_look import Looks
from recognizer.images.decode import Picture
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import Box, Preprocessing, kept_box

Floats = npt.NDArray[np.float32]

# The int8 graph of animals-2: up to 0.09 on photographs, 0.21 on a pattern in which it sees nothing. A layer of another
# network is off by about 1.
TOLERANCE = 0.3
"""Largest error of the logits, against their spread, of layers that explain them."""


class Explainer(Protocol):
    """What says where in a picture the network sees a class: the last layer, or the gradient of several."""

    method: str

    def explains(self, outputs: Outputs) -> bool:
        """Whether the logits of these outputs are what it explains."""
        ...

    def evidence(self, feature_map: Floats, label: int) -> Floats:
        """Where in one picture, (h, w, D), how much speaks for a class: (h, w)."""
        ...


@dataclass(frozen=True)
class LastLayer:
    """The dense layer that makes logits of embeddings."""

    kernel: Floats
    """(D, C)"""
    bias: Floats
    """(C,)"""
    method = "class activation map"

    def explains(self, outputs: Outputs) -> bool:
        """Whether the logits are this layer applied to the average of the feature map, but for rounding.

        Other networks have no class activation maps: those with several dense layers, say.
        """
        if outputs.feature_map.shape[-1] != len(self.kernel):
            return False
        pooled = outputs.feature_map.mean(axis=(1, 2))  # (N, D)
        expected = pooled @ self.kernel + self.bias
        error = np.abs(expected - outputs.logits).mean()
        return bool(error <= TOLERANCE * np.abs(outputs.logits - outputs.logits.mean()).mean())

    def evidence(self, feature_map: Floats, label: int) -> Floats:
        """Where in one picture how much speaks for a class, more than for the average class.

        What is the same for all classes moves no score, so each feature's mean over the classes is taken off.

        Args:
            feature_map: (h, w, D).
            label: index of the class.

        Returns:
            (h, w); negative where the picture speaks against it.
        """
        column = self.kernel[:, label] - self.kernel.mean(axis=1)
        return np.asarray(feature_map @ column, np.float32)


def last_layer(source: Artifact, outputs: Outputs) -> LastLayer | None:
    """Reads the last layer of a model file; None where it does not explain the outputs, see `explains`.

    Raises:
        ArtifactError: see `read_last_layer`.
    """
    layer = read_last_layer(source, outputs)
    return layer if layer.explains(outputs) else None


def read_last_layer(source: Artifact, outputs: Outputs) -> LastLayer:
    """Reads the last layer of a model file, whether it explains anything or not. Takes about 0.1 s.

    Raises:
        ArtifactError: the file is missing or damaged, or the layer has not the shape that the outputs have.
    """
    features, classes = outputs.embedding.shape[1], outputs.logits.shape[1]
    kernel, bias = artifact.layer_weights(source, architectures.LOGITS_LAYER, [(features, classes), (classes,)])
    return LastLayer(kernel, bias)


def heat(evidence: Floats) -> Floats:
    """(h, w) of what speaks for the class, 1 where most does; all 0 where nothing does."""
    positive = np.maximum(evidence, 0)
    most = positive.max()
    return np.asarray(positive / most if most > 0 else positive, np.float32)


def picture_heat(
    layer: Explainer,
    looks: Looks,
    index: int,
    label: int,
    picture: Picture,
    size: tuple[int, int],
    preprocessing: Preprocessing,
) -> Floats:
    """Heat over a whole picture; of two looks at it, from the sum of what each saw, as the answer is.

    Args:
        layer: the last layer of the network, or the gradient of several.
        looks: at several pictures.
        index: of the picture among them.
        label: index of the class.
        picture: the picture as it was looked at.
        size: width and height of what is drawn, in the picture's proportions.
        preprocessing: the record stored with the model.

    Returns:
        (height, width), 0 to 1; 0 outside of what the network saw.
    """
    seen = layer.evidence(looks.outputs.feature_map[index], label)
    evidence = over_picture(seen, size, kept_box(size, preprocessing))
    if index in looks.again:
        box, outputs = looks.again[index]
        part = _scaled(box, size[0] / picture.rgb.width, size[1] / picture.rgb.height)
        evidence += over_picture(layer.evidence(outputs.feature_map[0], label), size, part)
    return heat(evidence)


def over_picture(evidence: Floats, size: tuple[int, int], box: Box) -> Floats:
    """Lays what speaks for a class over the part of a picture that the network saw.

    Args:
        evidence: (h, w).
        size: width and height of the picture, in pixels.
        box: the part, in pixels.

    Returns:
        (height, width); 0 outside of the part, and where something speaks against the class.
    """
    left, top, right, bottom = (round(edge) for edge in box)
    seen = (max(1, right - left), max(1, bottom - top))
    # Not bicubic: that overshoots, and would draw rings.
    scaled = np.asarray(Image.fromarray(np.maximum(evidence, 0)).resize(seen, Image.Resampling.BILINEAR))
    canvas = np.zeros((size[1], size[0]), np.float32)
    canvas[top : top + seen[1], left : left + seen[0]] = scaled[: size[1] - top, : size[0] - left]
    return canvas


def _scaled(box: Box, across: float, down: float) -> Box:
    left, top, right, bottom = box
    return left * across, top * down, right * across, bottom * down
