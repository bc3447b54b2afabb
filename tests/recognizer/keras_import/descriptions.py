"""Descriptions of networks as Keras 2 and Keras 3 write them, without Keras."""

from __future__ import annotations

from typing import Any


def layer(kind: str, name: str, **config: Any) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name, **config}, "module": "keras.layers", "registered_name": None}


def image(height: int | None = 32, width: int | None = 32, channels: int = 3, name: str = "input") -> dict[str, Any]:
    return layer("InputLayer", name, batch_shape=[None, height, width, channels])


def sequential(*layers: dict[str, Any], name: str = "sequential", **config: Any) -> dict[str, Any]:
    return {"class_name": "Sequential", "config": {"name": name, "layers": list(layers), **config}}


def of(name: str) -> dict[str, Any]:
    """The output of a layer, as Keras 3 writes it among a call's arguments."""
    return {"class_name": "__keras_tensor__", "config": {"keras_history": [name, 0, 0]}}


def called(node: dict[str, Any], *arguments: Any, **named: Any) -> dict[str, Any]:
    return {**node, "name": node["config"]["name"], "inbound_nodes": [{"args": list(arguments), "kwargs": named}]}


def functional(*layers: dict[str, Any], output: str, name: str = "functional", **config: Any) -> dict[str, Any]:
    first, *others = layers
    first = {**first, "name": first["config"]["name"], "inbound_nodes": []}
    ends = {"input_layers": [[first["name"], 0, 0]], "output_layers": [[output, 0, 0]]}
    return {"class_name": "Functional", "config": {"name": name, "layers": [first, *others], **ends, **config}}


def operation(kind: str, name: str) -> dict[str, Any]:
    return {"class_name": kind, "config": {"name": name}, "module": "keras.src.ops.numpy", "registered_name": kind}


SMALL = sequential(
    image(),
    layer("Rescaling", "rescaling", scale=1 / 255, offset=0.0),
    layer("Conv2D", "conv", filters=4, kernel_size=[3, 3], activation="relu"),
    layer("GlobalAveragePooling2D", "pool"),
    layer("Dropout", "dropout", rate=0.2),
    layer("Dense", "dense", units=3, activation="softmax"),
)
