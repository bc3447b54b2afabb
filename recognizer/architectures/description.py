"""Reads Keras's own description of a network as data: a flat list of layers, each checked, none of them built.

    {"class_name": "Functional" | "Sequential", "config": ...} -> read -> Description: steps in the order of computing

Descriptions of Keras 2 and Keras 3 are read, networks inside networks become part of the whole, and bare arithmetic
on pixels becomes a `Rescaling`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from recognizer.architectures.layer_kinds import IDENTITY, LAYERS, options_of
from recognizer.architectures.written_layers import (
    NETWORKS,
    SHOWN,
    Reference,
    arguments_of,
    is_reversed,
    kind_of,
    layers_of,
    mapping,
    name_of,
    operation_of,
    rescaling,
)
from recognizer.errors import ArtifactError

IMAGE = "image"
"""The name of the input."""
REVERSED = "reversed channels"
"""The kind of a step that turns red, green, blue into blue, green, red; there is no layer for it."""
_CHANNEL = "one channel"

_CODE = ("Lambda", "TFOpLambda", "SlicingOpLambda", "TFSMLayer", "TorchModuleWrapper", "JaxLayer", "FlaxLayer")
_MOST_LAYERS = 5_000
_DEEPEST = 8


@dataclass(frozen=True)
class Step:
    """One layer of the flat network."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    """Names of the steps whose outputs it takes; `IMAGE` is the picture."""
    options: Mapping[str, Any] = field(default_factory=dict)
    path: tuple[int, ...] = ()
    """Where the layer is written in the description: its number in the network, and in each network inside."""


@dataclass(frozen=True)
class Leaf:
    """A layer as it is written, for who looks for its numbers."""

    kind: str
    name: str
    config: Mapping[str, Any]
    trainable: bool
    parts: tuple[Leaf, ...] = ()
    """The layers of a network inside the network."""
    is_network: bool = False


@dataclass(frozen=True)
class Description:
    """A network as data."""

    input_shape: tuple[int | None, int | None, int]
    """Height, width, channels of a picture; None: any."""
    steps: tuple[Step, ...]
    output: str
    """The step that gives the scores."""
    root: Leaf
    """All its layers as they are written, nested."""


def read(description: Any, *, reserved: Sequence[str] = ()) -> Description:
    """Checks a description and lays it flat.

    Args:
        description: of the whole network, as Keras writes it in `model_config` or config.json.
        reserved: names that no step may have.

    Raises:
        ArtifactError: there is a layer, an option or a way of calling a layer that we do not know; it is named.
    """
    node = mapping(description, "the network")
    if kind_of(node) not in NETWORKS:
        raise ArtifactError(
            f"The network is of a class that is not Keras's own ({kind_of(node)[:SHOWN]}), whose code the file does not"
            " hold. Build it as a functional or sequential network, copy the weights, and save that."
        )
    reader = _Reader({IMAGE, *reserved})
    try:
        shape = _input_shape(node)
        output = reader.lay(node, (IMAGE,), ())
        return Description(shape, tuple(reader.steps), output, _leaf(node))
    except (KeyError, IndexError, TypeError, ValueError, AttributeError, RecursionError) as err:
        raise ArtifactError(f"The file's description of the network is not one that Keras writes. ({err!r})") from err


class _Reader:
    """Collects the steps of a network and of those inside it."""

    def __init__(self, names: set[str]) -> None:
        self.steps: list[Step] = []
        self._names = names
        self._by_name: dict[str, Step] = {}

    def lay(self, node: Mapping[str, Any], inputs: tuple[str, ...], path: tuple[int, ...]) -> str:
        """Adds the steps of a layer or network that is called on `inputs`; returns the one that gives its output."""
        kind = kind_of(node)
        if kind not in NETWORKS:
            return self._lay_layer(node, inputs, path)
        if len(path) > _DEEPEST:
            raise ArtifactError(f"Expected networks inside networks at most {_DEEPEST} deep.")
        if len(inputs) != 1:
            raise ArtifactError(f"The network {name_of(node)} takes {len(inputs)} inputs. Only one is supported.")
        if kind == "Sequential":
            output = inputs[0]
            for position, layer in enumerate(layers_of(node)):
                if kind_of(layer) != "InputLayer":
                    output = self.lay(layer, (output,), (*path, position))
            return output
        return self._lay_graph(node, inputs[0], path)

    def _lay_graph(self, node: Mapping[str, Any], image: str, path: tuple[int, ...]) -> str:
        config = node["config"]
        outputs = {_only(config["input_layers"], "inputs")[0]: {0: image, 1: image}}
        waiting = [
            (position, layer, call)
            for position, layer in enumerate(layers_of(node))
            if kind_of(layer) != "InputLayer"
            for call in enumerate(layer["inbound_nodes"])
        ]
        while waiting:
            later = []
            for position, layer, (number, written) in waiting:
                arguments = arguments_of(written, layer)
                taken = [item for item in arguments if isinstance(item, Reference)]
                if all(item.number in outputs.get(item.name, {}) for item in taken):
                    result = self._call(layer, arguments, outputs, (*path, position))
                    made = outputs.setdefault(name_of(layer), {})
                    # A network inside counts the call that made it, so its first call is number 1.
                    made[number + (kind_of(layer) in NETWORKS)] = result
                    made.setdefault(number, result)
                else:
                    later.append((position, layer, (number, written)))
            if len(later) == len(waiting):
                raise ArtifactError(
                    "The file's description of the network goes in circles, or has more than one input."
                )
            waiting = later
        name, number, *_ = _only(config["output_layers"], "outputs")
        return outputs[name][number]

    def _call(
        self,
        layer: Mapping[str, Any],
        arguments: list[Any],
        outputs: Mapping[str, Mapping[int, str]],
        path: tuple[int, ...],
    ) -> str:
        def found(argument: Any) -> Any:
            return outputs[argument.name][argument.number] if isinstance(argument, Reference) else argument

        values = [found(argument) for argument in arguments]
        constants = any(not isinstance(argument, Reference) for argument in arguments)
        if operation := operation_of(layer, constants=constants):
            return self._lay_operation(layer, operation, values, path)
        if constants:
            raise ArtifactError(f"The layer {name_of(layer)} is called with something that is not a layer's output.")
        return self.lay(layer, tuple(values), path)

    def _lay_layer(self, node: Mapping[str, Any], inputs: tuple[str, ...], path: tuple[int, ...]) -> str:
        kind, name = kind_of(node), name_of(node)
        _refuse_foreign(node)
        if kind in IDENTITY:
            return inputs[0]
        if kind == "CustomScaleLayer":  # Inception-ResNet's: one input, and a share of another.
            scale = rescaling("multiply", node["config"].get("scale", 1.0), name)
            return self._add(
                Step(name, "Add", (inputs[0], self._add(Step(name, "Rescaling", inputs[1:], scale, path))))
            )
        options = options_of(name, kind, mapping(node["config"], name))
        return self._add(Step(name, kind, inputs, options, path))

    def _lay_operation(self, layer: Mapping[str, Any], operation: str, values: list[Any], path: tuple[int, ...]) -> str:
        """Puts a step in the place of bare arithmetic, or of pixels taken apart and put together."""
        if operation == "identity":
            return str(values[0])
        step = self._operation_step(name_of(layer), operation, values, path)
        if step is None:
            raise ArtifactError(_not_supported(name_of(layer), layer))
        return self._add(step)

    def _operation_step(self, name: str, operation: str, values: list[Any], path: tuple[int, ...]) -> Step | None:
        match operation, values:
            case "add" | "multiply" | "subtract", [str(x), str(y)]:
                step = Step(name, operation.capitalize(), (x, y), {}, path)
            case ("add" | "multiply" | "subtract" | "divide", [str(x), constant]) | (
                "add" | "multiply",
                [constant, str(x)],
            ):
                step = Step(name, "Rescaling", (x,), rescaling(operation, constant, name), path)
            case "slice", [str(x), {"class_name": "__ellipsis__"}, end] if is_reversed(end):
                step = Step(name, REVERSED, (x,), {}, path)
            case "slice", [str(x), {"class_name": "__ellipsis__"}, int(index)]:
                step = Step(name, _CHANNEL, (x,), {"index": index}, path)
            case "stack", [*channels]:
                step = self._stacked(name, channels, path)
            case _:
                return None
        return step

    def _stacked(self, name: str, channels: list[Any], path: tuple[int, ...]) -> Step:
        """Keras 3 reverses the channels of a picture by taking it apart."""
        taken = [self._by_name.get(channel) if isinstance(channel, str) else None for channel in channels]
        found = [(step.inputs[0], step.options["index"]) for step in taken if step and step.kind == _CHANNEL]
        if len(found) != 3 or len({source for source, _ in found}) != 1 or [i for _, i in found] != [2, 1, 0]:
            raise ArtifactError(f"{name} puts tensors together in a way that is not supported.")
        self.steps = [step for step in self.steps if step not in taken]
        return Step(name, REVERSED, (found[0][0],), {}, path)

    def _add(self, step: Step) -> str:
        if len(self.steps) >= _MOST_LAYERS:
            raise ArtifactError(f"Expected at most {_MOST_LAYERS} layers.")
        name = self._free(step.name)
        self.steps.append(replace(step, name=name))
        self._by_name[name] = self.steps[-1]
        return name

    def _free(self, wanted: str) -> str:
        """A name that Keras and HDF5 take, and that no other step has."""
        plain = re.sub(r"[^A-Za-z0-9_.-]", "_", wanted)[:100].lstrip(".") or "layer"
        name, number = plain, 1
        while name in self._names:
            number += 1
            name = f"{plain}_{number}"
        self._names.add(name)
        return name


def _refuse_foreign(node: Mapping[str, Any]) -> None:
    """Refuses code, classes of the person who trained, and layers that are not on the list."""
    kind, name = kind_of(node), name_of(node)
    module, registered = str(node.get("module") or "keras"), str(node.get("registered_name") or "")
    if kind in _CODE:
        raise ArtifactError(
            f"The layer {name} is a {kind}: Python code, which is not run from a file. Put stock layers in its place"
            " (Rescaling for arithmetic on pixels), copy the weights, and save the network again."
        )
    if module.split(".", maxsplit=1)[0] not in ("keras", "tf_keras") or ">" in registered + kind:
        raise ArtifactError(
            f"The layer {name} is of a class that is not Keras's own ({kind[:SHOWN]}): it is code that the"
            " file does not hold. Build the network of stock layers, and save it again."
        )
    if kind not in LAYERS and kind not in IDENTITY and kind != "CustomScaleLayer":
        raise ArtifactError(_not_supported(name, node))


def _not_supported(name: str, node: Mapping[str, Any]) -> str:
    return (
        f"The layer {name} is of the kind {kind_of(node)[:SHOWN]}, which is not supported. Put other stock layers in"
        " its place, and train it again; or train a network here, with `training fit`."
    )


def _input_shape(node: Mapping[str, Any]) -> tuple[int | None, int | None, int]:
    shape = _written_shape(node)
    match shape:
        case [_, int() | None as height, int() | None as width, 1 | 3 as channels]:
            return height, width, channels
        case None:
            raise ArtifactError(
                "The file does not say how large the pictures are. Call the network on a picture, or give it an Input"
                " layer, and save it again."
            )
        case _:
            raise ArtifactError(
                f"The network takes inputs of the shape {shape}. Expected pictures: height, width, and 1 or 3 channels."
            )


def _written_shape(node: Mapping[str, Any]) -> list[Any] | None:
    config = mapping(node["config"], "a layer") if not isinstance(node.get("config"), list) else {}
    shape = config.get("batch_shape") or config.get("batch_input_shape") or config.get("build_input_shape")
    if shape is None and kind_of(node) in NETWORKS:
        inside = layers_of(node)
        if kind_of(node) != "Sequential":
            first = _only(config["input_layers"], "inputs")[0]
            inside = [layer for layer in inside if name_of(layer) == first]
        shape = _written_shape(inside[0]) if inside else None
    if shape is None and isinstance(build := node.get("build_config"), dict):
        shape = build.get("input_shape")
    return list(shape) if isinstance(shape, list) else None


def _leaf(node: Mapping[str, Any]) -> Leaf:
    config = node["config"] if isinstance(node.get("config"), dict) else {}
    is_network = kind_of(node) in NETWORKS
    parts = tuple(_leaf(layer) for layer in layers_of(node)) if is_network else ()
    return Leaf(kind_of(node), name_of(node), config, config.get("trainable") is not False, parts, is_network)


def _only(ends: Any, what: str) -> Sequence[Any]:
    """The one input or output: ["name", 0, 0], or a list of one of those."""
    if ends and isinstance(ends[0], str):
        return list(ends)
    if not isinstance(ends, list) or len(ends) != 1:
        raise ArtifactError(f"The network has {len(ends)} {what}. Only one is supported.")
    return list(ends[0])
