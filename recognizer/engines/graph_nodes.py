"""The operations of a compiled graph as plain records, from the picture to the last feature map.

    ov.Model -> what the feature map is made of -> [Node], each after those that it takes

Nothing here computes; `explain/way.py` reads what the network does out of the records.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import openvino as ov

FEATURE_MAP = "feature_map"


@dataclass(frozen=True)
class Window:
    """What slides over the picture: a convolution's kernel, a pooling's window, a dense layer; height and width."""

    kernel: tuple[int, int]
    stride: tuple[int, int]
    padding: tuple[tuple[int, int], tuple[int, int]]
    """Before and after, of the height and of the width."""
    dilation: tuple[int, int] = (1, 1)
    weights: int = 0
    """How many numbers the kernel has; 0 for a pooling."""
    groups: int = 1


@dataclass(frozen=True)
class Node:
    """One operation."""

    name: str
    kind: str
    """As OpenVINO calls it: Convolution, Relu, MaxPool ..."""
    inputs: tuple[str, ...]
    """Names of the nodes that it takes, but for constants."""
    shape: tuple[int, ...]
    """Of its output for one picture."""
    window: Window | None = None
    padding: tuple[tuple[int, int], ...] = ()
    """Of a Pad: before and after, of each dimension."""
    order: tuple[int, ...] = ()
    """Of a Transpose."""


def nodes_of(model: ov.Model) -> list[Node]:
    """The nodes that the feature map is made of, the picture first and the feature map last."""
    end = model.output(FEATURE_MAP).get_node().input_value(0).get_node()
    wanted, waiting = set[str](), [end]
    while waiting:
        node = waiting.pop()
        if node.get_friendly_name() not in wanted:
            wanted.add(node.get_friendly_name())
            waiting += [value.get_node() for value in node.input_values()]
    ordered = [node for node in model.get_ordered_ops() if node.get_friendly_name() in wanted]
    constant = _constants(ordered)
    return [_node(node, constant) for node in ordered if node.get_friendly_name() not in constant]


def _constants(ordered: list[Any]) -> set[str]:
    """Names of the nodes that do not depend on the picture: weights, and what is made of them."""
    found = set[str]()
    for node in ordered:
        below = [value.get_node().get_friendly_name() for value in node.input_values()]
        if node.get_type_name() == "Constant" or (below and all(name in found for name in below)):
            found.add(node.get_friendly_name())
    return found


def _node(node: Any, constant: set[str]) -> Node:
    below = [value.get_node() for value in node.input_values()]
    kind = node.get_type_name()
    return Node(
        node.get_friendly_name(),
        kind,
        tuple(name for name in (one.get_friendly_name() for one in below) if name not in constant),
        tuple(node.output(0).shape),
        window=_window(node, kind),
        padding=_pairs(*(_values(one) for one in below[1:3])) if kind == "Pad" else (),
        order=_values(below[1]) if kind == "Transpose" else (),
    )


def _window(node: Any, kind: str) -> Window | None:
    if kind == "MatMul":  # A dense layer: of a picture, at each place of it.
        return Window((1, 1), (1, 1), ((0, 0), (0, 0)), weights=math.prod(node.input_value(1).shape))
    if kind not in ("Convolution", "GroupConvolution", "MaxPool", "AvgPool"):
        return None
    attributes = node.get_attributes()
    stride, dilation = tuple(attributes["strides"]), tuple(attributes.get("dilations") or (1, 1))
    weights, groups = 0, 1
    if "kernel" in attributes:
        kernel = tuple(attributes["kernel"])
    else:
        shape = tuple(node.input_value(1).shape)
        kernel, groups = shape[-2:], shape[0] if kind == "GroupConvolution" else 1
        for side in shape:
            weights = (weights or 1) * side
    padding = _pairs(attributes["pads_begin"], attributes["pads_end"])
    if attributes.get("auto_pad") in ("same_upper", "same_lower"):
        sizes = zip(tuple(node.input_value(0).shape)[-2:], tuple(node.output(0).shape)[-2:], strict=True)
        padding = tuple(
            _same(n, out, k, s, d, is_upper=attributes["auto_pad"] == "same_upper")
            for (n, out), k, s, d in zip(sizes, kernel, stride, dilation, strict=True)
        )
    return Window(kernel, stride, (padding[0], padding[1]), dilation, weights, groups)


def _same(size: int, out: int, kernel: int, stride: int, dilation: int, *, is_upper: bool) -> tuple[int, int]:
    """The padding that is left to OpenVINO: as much as the output's size needs."""
    total = max(0, (out - 1) * stride + dilation * (kernel - 1) + 1 - size)
    less, more = total // 2, total - total // 2
    return (less, more) if is_upper else (more, less)


def _pairs(begin: Any, end: Any) -> tuple[tuple[int, int], ...]:
    return tuple((int(one), int(other)) for one, other in zip(begin, end, strict=True))


def _values(node: Any) -> tuple[int, ...]:
    """The numbers of a constant."""
    while node.get_type_name() != "Constant":  # Stored in half precision, say, and converted.
        node = node.input_value(0).get_node()
    return tuple(int(value) for value in node.data.reshape(-1))
