"""Backbones that `keras.applications` has, in stock layers with lasting names."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from recognizer.architectures.architecture import Architecture, InputShape, Numbers
from recognizer.architectures.imagenet import MINUS_ONE_TO_ONE, TORCH
from recognizer.architectures.stock_layers import in_stock_layers
from recognizer.preprocessing import Preprocessing

if TYPE_CHECKING:
    import keras

# Their own rescaling is part of the record, like that of all others.
_WITHOUT_PREPROCESSING = {"include_preprocessing": False}


@dataclass(frozen=True)
class KerasApplication:
    """A network that Keras builds, and has ImageNet weights for."""

    function: str
    options: Mapping[str, Any] = field(default_factory=dict)

    def build(self, input_shape: InputShape, *, weights: str | None = None) -> keras.Model:
        """The backbone as Keras makes it."""
        import keras

        make = getattr(keras.applications, self.function)
        return make(include_top=False, weights=weights, input_shape=input_shape, **self.options)

    def download(self) -> keras.Model:
        """The backbone with the ImageNet weights, which Keras downloads once."""
        return self.build((224, 224, 3), weights="imagenet")

    def download_head(self) -> tuple[Numbers, Numbers] | None:
        """Weights (1000, D) and biases (1000,) of its ImageNet head, which Keras downloads once.

        None where that is more than one layer on the average of the feature map.
        """
        import keras

        make = getattr(keras.applications, self.function)
        layers = make(include_top=True, weights="imagenet", **self.options).layers
        *_, average, head = (layer for layer in layers if not isinstance(layer, keras.layers.Dropout))
        if not (isinstance(average, keras.layers.GlobalAveragePooling2D) and isinstance(head, keras.layers.Dense)):
            return None
        kernel, bias = head.get_weights()
        return kernel.T, bias


def _architecture(
    name: str,
    application: KerasApplication,
    preprocessing: Preprocessing,
    stage_ends: Mapping[str, str],
    *,
    smallest_input: int = 32,
) -> Architecture:
    """A backbone in stock layers; `stage_ends` has the last layer of each stage but the last one."""
    last = f"stage{len(stage_ends)}"

    def build_backbone(input_shape: InputShape) -> keras.Model:
        return in_stock_layers(application.build(input_shape), stage_ends, last)

    return Architecture(
        name=name,
        build_backbone=build_backbone,
        preprocessing=preprocessing,
        stages=(*stage_ends, last),
        smallest_input=smallest_input,
        keras_imagenet=application.download,
        keras_imagenet_head=application.download_head,
    )


# A stage has one resolution, mostly. Its layers' names begin with that of the stage.
KERAS_APPLICATIONS = (
    _architecture(  # Szegedy et al. 2015, https://arxiv.org/abs/1512.00567
        "inception_v3",
        KerasApplication("InceptionV3"),
        MINUS_ONE_TO_ONE.changed(input_size=299),
        {"stem": "max_pooling2d_2", "stage1": "mixed2", "stage2": "mixed7"},
        smallest_input=75,
    ),
    _architecture(  # Chollet 2016, https://arxiv.org/abs/1610.02357
        "xception",
        KerasApplication("Xception"),
        MINUS_ONE_TO_ONE.changed(input_size=299),
        {"stem": "block1_conv2_act", "stage1": "add_3", "stage2": "add_11"},
        smallest_input=71,
    ),
    _architecture(  # Sandler et al. 2018, https://arxiv.org/abs/1801.04381
        "mobilenet_v2",
        KerasApplication("MobileNetV2"),
        MINUS_ONE_TO_ONE,
        {
            "stem": "expanded_conv_project_BN",
            "stage1": "block_2_add",
            "stage2": "block_5_add",
            "stage3": "block_12_add",
        },
    ),
    _architecture(  # The large one. Howard et al. 2019, https://arxiv.org/abs/1905.02244
        "mobilenet_v3",
        KerasApplication("MobileNetV3Large", _WITHOUT_PREPROCESSING),
        MINUS_ONE_TO_ONE,
        {
            "stem": "expanded_conv_add",
            "stage1": "expanded_conv_2_add",
            "stage2": "expanded_conv_5_add",
            "stage3": "expanded_conv_11_add",
        },
    ),
    _architecture(  # Huang et al. 2016, https://arxiv.org/abs/1608.06993
        "densenet121",
        KerasApplication("DenseNet121"),
        TORCH,
        {"stem": "pool1", "stage1": "pool2_pool", "stage2": "pool3_pool", "stage3": "pool4_pool"},
    ),
    _architecture(  # B0. Tan and Le 2021, https://arxiv.org/abs/2104.00298
        "efficientnet_v2",
        KerasApplication("EfficientNetV2B0", _WITHOUT_PREPROCESSING),
        TORCH,
        {
            "stem": "block1a_project_activation",
            "stage1": "block2b_add",
            "stage2": "block3b_add",
            "stage3": "block5e_add",
        },
    ),
    _architecture(  # Liu et al. 2022, https://arxiv.org/abs/2201.03545
        "convnext_tiny",
        KerasApplication("ConvNeXtTiny", _WITHOUT_PREPROCESSING),
        TORCH,
        {
            "stem": "stem",
            "stage1": "stage_0_block_2_identity",
            "stage2": "stage_1_block_2_identity",
            "stage3": "stage_2_block_8_identity",
        },
    ),
)
