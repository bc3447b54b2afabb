"""Small convolutional networks, to be trained from scratch on small pictures such as digits."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, NamedTuple

from recognizer.architectures.architecture import Architecture, InputShape
from recognizer.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

# Mean and standard deviation of the pixels of MNIST's training images, 0.1307 and 0.3081 of white.
_DIGITS = Preprocessing(
    input_size=28,
    fit="stretch",
    crop_fraction=1.0,
    interpolation="bilinear",
    channel_order="grey",
    mean=(33.32,),
    std=(78.57,),
)


class _Convolution(NamedTuple):
    filters: int
    size: int
    padding: str = "valid"


def _pooled_convolutions(convolutions: Sequence[_Convolution]) -> Callable[[InputShape], keras.Model]:
    """Convolutions with relu, each followed by a max-pooling that halves the resolution."""

    def build_backbone(input_shape: InputShape) -> keras.Model:
        import keras
        from keras import layers

        image = x = keras.Input(input_shape, name="image")
        for position, (filters, size, padding) in enumerate(convolutions, start=1):
            x = layers.Conv2D(filters, size, padding=padding, activation="relu", name=f"conv{position}_conv")(x)
            x = layers.MaxPooling2D(2, name=f"conv{position}_pool")(x)
        return keras.Model(image, x)

    return build_backbone


SMALL = (
    Architecture(
        name="simple_cnn",
        build_backbone=_pooled_convolutions([_Convolution(10, 5), _Convolution(20, 5)]),
        preprocessing=_DIGITS,
        stages=("conv1", "conv2", "embedding"),
        smallest_input=16,
        dense=(50,),
    ),
    Architecture(
        name="simple_cnn_deep",
        build_backbone=_pooled_convolutions([_Convolution(10, 3), _Convolution(20, 3, "same"), _Convolution(30, 3)]),
        preprocessing=_DIGITS,
        stages=("conv1", "conv2", "conv3", "dense1", "embedding"),
        smallest_input=18,
        dense=(60, 30),
    ),
)
