"""ResNets: Keras's own, the one with the stride in the 3x3 convolutions, and that with squeeze and excitation."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from recognizer.architectures.architecture import Architecture, InputShape
from recognizer.architectures.imagenet import CAFFE
from recognizer.architectures.keras_applications import KerasApplication

if TYPE_CHECKING:
    import keras

# Keras's value for every batch normalisation of its ResNets.
_BATCH_NORM_EPSILON = 1.001e-5

# Of the channels, that many share one number between squeeze and excitation (Hu et al. 2018, table 10).
_REDUCTION = 16

_RESNET50 = KerasApplication("ResNet50")
_RESNET101 = KerasApplication("ResNet101")


def resnet50v1_5(input_shape: InputShape, *, attention: bool = False) -> keras.Model:
    """ResNet-50 as torchvision and MLPerf have it: a block halves its resolution in its 3x3 convolution.

    Layer names and weight shapes are those of `keras.applications.ResNet50`, so either's weight
    files load; the 3x3 convolutions with stride pad on both sides, as PyTorch does.

    Args:
        input_shape: height, width, channels.
        attention: adds squeeze and excitation to each block.
    """
    import keras
    from keras import layers

    image = keras.Input(input_shape, name="image")
    x = layers.ZeroPadding2D(3, name="conv1_pad")(image)
    x = _conv_bn(x, 64, 7, "conv1", strides=2)
    x = layers.Activation("relu", name="conv1_relu")(x)
    x = layers.ZeroPadding2D(1, name="pool1_pad")(x)
    x = layers.MaxPooling2D(3, strides=2, name="pool1_pool")(x)
    for stage, (filters, blocks) in enumerate([(64, 3), (128, 4), (256, 6), (512, 3)], start=2):
        for block in range(1, blocks + 1):
            name, strides = f"conv{stage}_block{block}", 2 if block == 1 and stage > 2 else 1
            x = _bottleneck(x, filters, name, strides=strides, project=block == 1, attention=attention)
    return keras.Model(image, x, name="resnet50v1_5_backbone")


def _bottleneck(
    x: keras.KerasTensor, filters: int, name: str, *, strides: int, project: bool, attention: bool
) -> keras.KerasTensor:
    from keras import layers

    shortcut = _conv_bn(x, 4 * filters, 1, f"{name}_0", strides=strides) if project else x
    x = layers.Activation("relu", name=f"{name}_1_relu")(_conv_bn(x, filters, 1, f"{name}_1"))
    if strides > 1:
        x = layers.ZeroPadding2D(1, name=f"{name}_2_pad")(x)
    padding = "valid" if strides > 1 else "same"
    x = _conv_bn(x, filters, 3, f"{name}_2", strides=strides, padding=padding)
    x = layers.Activation("relu", name=f"{name}_2_relu")(x)
    x = _conv_bn(x, 4 * filters, 1, f"{name}_3")
    if attention:
        x = _squeeze_and_excitation(x, f"{name}_se")
    x = layers.Add(name=f"{name}_add")([shortcut, x])
    return layers.Activation("relu", name=f"{name}_out")(x)


def _squeeze_and_excitation(x: keras.KerasTensor, name: str) -> keras.KerasTensor:
    """Weighs channels by what the whole picture shows (Hu et al. 2018, https://arxiv.org/abs/1709.01507).

    The gate is doubled, and its last layer begins with zeros: untrained, it multiplies by 1, so that a network
    which takes the weights of one without gates computes the same to begin with.
    """
    from keras import layers

    channels = x.shape[-1]
    gate = layers.GlobalAveragePooling2D(keepdims=True, name=f"{name}_squeeze")(x)  # (N, 1, 1, C)
    gate = layers.Dense(channels // _REDUCTION, activation="relu", name=f"{name}_reduce")(gate)
    gate = layers.Dense(channels, activation="sigmoid", kernel_initializer="zeros", name=f"{name}_expand")(gate)
    gate = layers.Rescaling(2.0, name=f"{name}_gate")(gate)
    return layers.Multiply(name=f"{name}_scale")([x, gate])


def _conv_bn(
    x: keras.KerasTensor, filters: int, size: int, name: str, *, strides: int = 1, padding: str = "valid"
) -> keras.KerasTensor:
    from keras import layers

    x = layers.Conv2D(filters, size, strides=strides, padding=padding, name=f"{name}_conv")(x)
    return layers.BatchNormalization(epsilon=_BATCH_NORM_EPSILON, name=f"{name}_bn")(x)


_STAGES = ("conv1", "conv2", "conv3", "conv4", "conv5")

RESNETS = (
    Architecture(
        name="resnet50",  # He et al. 2015: a block halves its resolution in its first 1x1 convolution.
        build_backbone=_RESNET50.build,
        preprocessing=CAFFE,
        stages=_STAGES,
        keras_imagenet=_RESNET50.download,
        keras_imagenet_head=_RESNET50.download_head,
    ),
    Architecture(name="resnet50v1.5", build_backbone=resnet50v1_5, preprocessing=CAFFE, stages=_STAGES),
    Architecture(
        name="resnet101",
        build_backbone=_RESNET101.build,
        preprocessing=CAFFE,
        stages=_STAGES,
        keras_imagenet=_RESNET101.download,
        keras_imagenet_head=_RESNET101.download_head,
    ),
    Architecture(
        name="se_resnet50",
        build_backbone=partial(resnet50v1_5, attention=True),
        preprocessing=CAFFE,
        stages=_STAGES,
        takes_weights_of="resnet50v1.5",
    ),
)
