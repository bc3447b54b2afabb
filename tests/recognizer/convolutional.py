"""A small convolutional network as a compiled graph and a model file, made without Keras.

image 32 x 32 -> 4 filters 3 x 3, stride 2, relu -> max pooling 2 -> 6 filters 3 x 3 with what goes around them, relu
-> average -> 4 classes
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import h5py
import numpy as np

from recognizer.engines.graph_files import Graph
from recognizer.engines.openvino import OpenVINOEngine
from recognizer.engines.quiet import load_openvino
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.recognizer import Recognizer
from tests.recognizer.graphs import CLASSES, SIZE, small_metadata
from tests.recognizer.keras_import.descriptions import called, functional, image, layer, of

if TYPE_CHECKING:
    import openvino as ov

CHANNELS = 4
DESCRIPTION = functional(
    image(SIZE, SIZE, name="image"),
    called(layer("ZeroPadding2D", "pad", padding=[[1, 1], [1, 1]]), of("image")),
    called(layer("Conv2D", "conv1", filters=CHANNELS, kernel_size=[3, 3], strides=[2, 2]), of("pad")),
    called(layer("Activation", "conv1_relu", activation="relu"), of("conv1")),
    called(layer("MaxPooling2D", "pool", pool_size=[2, 2]), of("conv1_relu")),
    called(layer("Conv2D", "conv2", filters=CHANNELS, kernel_size=[3, 3], padding="same"), of("pool")),
    called(layer("Add", "sum"), [of("pool"), of("conv2")]),
    called(layer("Activation", "conv2_out", activation="relu"), of("sum")),
    called(layer("Activation", "feature_map", activation="linear"), of("conv2_out")),
    called(layer("GlobalAveragePooling2D", "embedding"), of("feature_map")),
    called(layer("Dense", "logits", units=CLASSES), of("embedding")),
    called(layer("Softmax", "probabilities"), of("logits")),
    output="probabilities",
)


def numbers() -> dict[str, np.ndarray]:
    """Its weights: the kernels as OpenVINO has them, (out, in, h, w)."""
    generator = np.random.default_rng(7)
    return {
        "conv1": generator.normal(size=(CHANNELS, 3, 3, 3)).astype(np.float32) / 300,
        "conv2": generator.normal(size=(CHANNELS, CHANNELS, 3, 3)).astype(np.float32) / 4,
        "logits": 3 * generator.normal(size=(CHANNELS, CLASSES)).astype(np.float32),
    }


def graph() -> ov.Model:
    """The network, with the names and the layouts that a converted one has."""
    load_openvino()
    import openvino as ov
    from openvino import opset13 as ops

    weights = numbers()
    picture = ops.parameter([1, SIZE, SIZE, 3], ov.Type.u8, name="image")
    picture.output(0).get_tensor().set_names({"image"})
    x = ops.transpose(ops.convert(picture, ov.Type.f32), ops.constant(np.array([0, 3, 1, 2])))
    padded = ops.pad(x, [0, 0, 1, 1], [0, 0, 1, 1], "constant", arg_pad_value=ops.constant(np.float32(0)))
    x = ops.relu(ops.convolution(padded, ops.constant(weights["conv1"]), [2, 2], [0, 0], [0, 0], [1, 1]))
    pooled = ops.max_pool(x, [2, 2], [1, 1], [0, 0], [0, 0], [2, 2]).output(0)
    x = ops.convolution(pooled, ops.constant(weights["conv2"]), [1, 1], [1, 1], [1, 1], [1, 1])
    x = ops.relu(ops.add(pooled, x))
    feature_map = ops.transpose(x, ops.constant(np.array([0, 2, 3, 1])))
    embedding = ops.reduce_mean(x, ops.constant(np.array([2, 3])), keep_dims=False)
    logits = ops.matmul(embedding, ops.constant(weights["logits"]), False, False)  # noqa: FBT003 - not transposed.
    outputs = {"logits": logits, "embedding": embedding, "feature_map": feature_map}
    for name, node in outputs.items():
        node.output(0).get_tensor().set_names({name})
    return ov.Model([ops.result(node) for node in outputs.values()], [picture], "convolutional")


def write_source(path: Path) -> Artifact:
    """The model file with its description and its last layer."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = json.dumps(DESCRIPTION)
        file[artifact.METADATA_PATH] = small_metadata().to_json()
        last = file.create_group("model_weights/logits")
        last.attrs["weight_names"] = ["logits/kernel", "logits/bias"]
        last["logits/kernel"], last["logits/bias"] = numbers()["logits"], np.zeros(CLASSES, np.float32)
    return Artifact(path, small_metadata(), artifact.digest(path))


def write_graph(folder: Path, model: ov.Model | None = None) -> Graph:
    """Model file and graph in a folder."""
    load_openvino()
    import openvino as ov

    path = folder / "x-1.xml"
    ov.save_model(model or graph(), path, compress_to_fp16=False)
    return Graph(path, "f32", write_source(folder / "x-1.h5"))


def make_recognizer(folder: Path) -> Recognizer:
    """A recognizer that can be looked into."""
    written = write_graph(folder)
    return Recognizer(written.source, OpenVINOEngine(written, threads=1))
