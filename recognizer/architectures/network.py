"""The whole network: a backbone of the catalogue with the head for some classes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recognizer.architectures.architecture import Architecture
from recognizer.architectures.catalogue import get
from recognizer.errors import ArtifactError
from recognizer.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

FEATURE_MAP_LAYER = "feature_map"
PROJECTION_LAYER = "projection"
"""Only where the embedding is of unit length."""
EMBEDDING_LAYER = "embedding"
LOGITS_LAYER = "logits"
PROBABILITIES_LAYER = "probabilities"


def build(
    name: str, classes: int, preprocessing: Preprocessing | None = None, *, unit_embedding_size: int | None = None
) -> keras.Model:
    """Builds an untrained network that maps normalised images to class probabilities.

    Args:
        name: a key of `ARCHITECTURES`.
        classes: how many classes it tells apart, at least 2.
        preprocessing: says how large its input is and how many channels that has; default: the architecture's.
        unit_embedding_size: of a linear projection to unit length, in place of the architecture's own embedding; None:
            that is kept.

    Returns:
        A functional Keras model, (N, S, S, C) float32 -> (N, classes) float32 that sum to 1.
        Made of stock layers only, so that plain Keras can load it from a file.

    Raises:
        ArtifactError: no architecture has this name, or the input is too small for it.
    """
    import keras

    architecture = get(name)
    pixels = preprocessing or architecture.preprocessing
    _refuse_too_small(architecture, pixels.input_size)
    backbone = architecture.build_backbone((pixels.input_size, pixels.input_size, pixels.channels))
    # Its only purpose is a name.
    feature_map = keras.layers.Activation("linear", name=FEATURE_MAP_LAYER)(backbone.output)  # (N, h, w, D)
    embedding = (
        _embedding(feature_map, architecture.dense)
        if unit_embedding_size is None
        else _unit_embedding(feature_map, architecture.dense, unit_embedding_size)
    )
    logits = keras.layers.Dense(classes, name=LOGITS_LAYER, dtype="float32")(embedding)  # (N, classes)
    probabilities = keras.layers.Softmax(name=PROBABILITIES_LAYER, dtype="float32")(logits)
    return keras.Model(backbone.input, probabilities, name=name.replace(".", "_"))


def preprocessing_of(name: str, *, input_size: int | None = None, grey: bool | None = None) -> Preprocessing:
    """The preprocessing of an architecture, for pictures of another size or with or without colour.

    Args:
        name: a key of `ARCHITECTURES`.
        input_size: side of the square input, in pixels; default: the architecture's.
        grey: whether the network sees grey pictures only; default: as the architecture does.

    Raises:
        ArtifactError: no architecture has this name, or it takes no pictures of this size.
    """
    architecture = get(name)
    size = architecture.preprocessing.input_size if input_size is None else input_size
    _refuse_too_small(architecture, size)
    return architecture.preprocessing.changed(input_size=size, grey=grey)


def _embedding(feature_map: keras.KerasTensor, sizes: tuple[int, ...]) -> keras.KerasTensor:
    from keras import layers

    if not sizes:
        return layers.GlobalAveragePooling2D(name=EMBEDDING_LAYER)(feature_map)  # (N, D)
    return layers.Dense(sizes[-1], activation="relu", name=EMBEDDING_LAYER)(_below_embedding(feature_map, sizes))


def _unit_embedding(feature_map: keras.KerasTensor, sizes: tuple[int, ...], size: int) -> keras.KerasTensor:
    """Schroff et al. 2015, https://arxiv.org/abs/1503.03832; float32, for distances are small differences."""
    from keras import layers

    below = (
        _below_embedding(feature_map, sizes)
        if sizes
        else layers.GlobalAveragePooling2D(name="average")(feature_map)  # (N, D)
    )
    projected = layers.Dense(size, name=PROJECTION_LAYER, dtype="float32")(below)
    return layers.UnitNormalization(name=EMBEDDING_LAYER, dtype="float32")(projected)  # (N, size)


def _below_embedding(feature_map: keras.KerasTensor, sizes: tuple[int, ...]) -> keras.KerasTensor:
    from keras import layers

    x = layers.Flatten(name="flatten")(feature_map)  # (N, h * w * D)
    for position, size in enumerate(sizes[:-1], start=1):
        x = layers.Dense(size, activation="relu", name=f"dense{position}")(x)
    return x


def _refuse_too_small(architecture: Architecture, input_size: int) -> None:
    if input_size < architecture.smallest_input:
        raise ArtifactError(
            f"Expected pictures of at least {architecture.smallest_input} pixels for {architecture.name}."
            f" Received: input_size={input_size}"
        )
