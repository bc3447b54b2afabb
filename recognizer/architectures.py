"""Builds the networks we can train and serve, by name.

    image (N, S, S, 3) -> backbone -> feature map -> average pool -> logits -> probabilities

Every architecture ends the same way, in layers of the same names, so that training, engines
and heat maps find what they need without knowing which backbone they are looking at.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recognizer.errors import ArtifactError
from recognizer.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

EMBEDDING_LAYER = "avg_pool"
LOGITS_LAYER = "logits"
PROBABILITIES_LAYER = "probabilities"

# Mean of the ImageNet training images in the 0..255 range, blue first: the constants that
# `keras.applications.resnet50.preprocess_input` ("caffe" mode) subtracts.
# Stretched: with the usual central crop, twice as many animals of unseen sources were taken for another.
_CAFFE = Preprocessing(
    input_size=224,
    fit="stretch",
    crop_fraction=1.0,
    interpolation="bilinear",
    channel_order="bgr",
    mean=(103.939, 116.779, 123.68),
    std=(1.0, 1.0, 1.0),
)

# Keras's value for every batch normalisation of its ResNets.
_BATCH_NORM_EPSILON = 1.001e-5


@dataclass(frozen=True)
class Architecture:
    """A network by name: how to build its backbone and which pixels it expects."""

    name: str
    build_backbone: Callable[[int], keras.Model]
    preprocessing: Preprocessing
    feature_map_layer: str
    stages: tuple[str, ...]
    """Prefixes of the layer names, from the input up: what a training phase can unfreeze."""
    keras_imagenet: Callable[[], keras.Model] | None = None
    """Downloads Keras's ImageNet weights for exactly this backbone; None where there are none."""


def get(name: str) -> Architecture:
    """Returns the architecture called `name`.

    Raises:
        ArtifactError: no architecture has this name.
    """
    try:
        return ARCHITECTURES[name]
    except KeyError:
        known = ", ".join(ARCHITECTURES)
        raise ArtifactError(f"Expected an architecture out of: {known}. Received: architecture={name!r}") from None


def build(name: str, classes: int) -> keras.Model:
    """Builds an untrained network that maps normalised images to class probabilities.

    Args:
        name: a key of `ARCHITECTURES`.
        classes: how many classes it tells apart, at least 2.

    Returns:
        A functional Keras model, (N, S, S, 3) float32 -> (N, classes) float32 that sum to 1.
        Made of stock layers only, so that plain Keras can load it from a file.
    """
    import keras

    backbone = get(name).build_backbone(get(name).preprocessing.input_size)
    embedding = keras.layers.GlobalAveragePooling2D(name=EMBEDDING_LAYER)(backbone.output)  # (N, D)
    logits = keras.layers.Dense(classes, name=LOGITS_LAYER, dtype="float32")(embedding)  # (N, classes)
    probabilities = keras.layers.Softmax(name=PROBABILITIES_LAYER, dtype="float32")(logits)
    return keras.Model(backbone.input, probabilities, name=name.replace(".", "_"))


def _keras_resnet50(input_size: int) -> keras.Model:
    """He et al. 2015, as Keras ships it: a block halves its resolution in its first 1x1 convolution."""
    import keras

    return keras.applications.ResNet50(include_top=False, weights=None, input_shape=(input_size, input_size, 3))


def _keras_resnet50_imagenet() -> keras.Model:
    import keras

    return keras.applications.ResNet50(include_top=False, weights="imagenet")


def _resnet50v1_5(input_size: int) -> keras.Model:
    """ResNet-50 as torchvision and MLPerf have it: a block halves its resolution in its 3x3 convolution.

    Layer names and weight shapes are those of `keras.applications.ResNet50`, so either's weight
    files load; the 3x3 convolutions with stride pad on both sides, as PyTorch does.
    """
    import keras
    from keras import layers

    image = keras.Input((input_size, input_size, 3), name="image")
    x = layers.ZeroPadding2D(3, name="conv1_pad")(image)
    x = _conv_bn(x, 64, 7, "conv1", strides=2)
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, (filters, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], start=2):
        for block in range(1, blocks + 1):
            strides = 2 if block == 1 and stage > 2 else 1
            x = _bottleneck(x, filters, f"conv{stage}_block{block}", strides=strides, project=block == 1)
    return keras.Model(image, x, name="resnet50v1_5_backbone")


def _bottleneck(x: keras.KerasTensor, filters: int, name: str, *, strides: int, project: bool) -> keras.KerasTensor:
    from keras import layers

    shortcut = _conv_bn(x, 4 * filters, 1, f"{name}_0", strides=strides) if project else x
    x = layers.Activation("relu", name=f"{name}_1_relu")(_conv_bn(x, filters, 1, f"{name}_1"))
    if strides > 1:
        x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    padding = "valid" if strides > 1 else "same"
    x = _conv_bn(x, filters, 3, f"{name}_2", strides=strides, padding=padding)
    x = layers.Activation("relu", name=f"{name}_2_relu")(x)
    x = layers.Add(name=f"{name}_add")([shortcut, _conv_bn(x, 4 * filters, 1, f"{name}_3")])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _conv_bn(
    x: keras.KerasTensor, filters: int, size: int, name: str, *, strides: int = 1, padding: str = "valid"
) -> keras.KerasTensor:
    from keras import layers

    x = layers.Conv2D(filters, size, strides=strides, padding=padding, name=f"{name}_conv")(x)
    return layers.BatchNormalization(epsilon=_BATCH_NORM_EPSILON, name=f"{name}_bn")(x)


_RESNET_STAGES = ("conv1", "conv2", "conv3", "conv4", "conv5")

ARCHITECTURES = {
    architecture.name: architecture
    for architecture in (
        Architecture(
            name="resnet50",
            build_backbone=_keras_resnet50,
            preprocessing=_CAFFE,
            feature_map_layer="conv5_block3_out",
            stages=_RESNET_STAGES,
            keras_imagenet=_keras_resnet50_imagenet,
        ),
        Architecture(
            name="resnet50v1.5",
            build_backbone=_resnet50v1_5,
            preprocessing=_CAFFE,
            feature_map_layer="conv5_block3_out",
            stages=_RESNET_STAGES,
        ),
    )
}
