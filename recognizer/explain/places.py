"""What part of a picture each number of a network sees, operation by operation: layout, receptive field, step.

nodes of the graph -> walked(): where each of them lies on the picture, and the operations that it went through

Size of an output: floor((n + 2p - k) / s) + 1 (Dumoulin and Visin 2016, https://arxiv.org/abs/1603.07285). Receptive
field: https://distill.pub/2019/computing-receptive-fields/.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from recognizer.engines.graph_nodes import Node, Window

_POOLINGS = ("MaxPool", "AvgPool")


class NotRead(Exception):
    """The graph has an operation whose effect on the place is not known."""


@dataclass(frozen=True)
class Axis:
    """Along one axis: what part of the picture the outputs see. Output i sees the pixels from first + i * step on."""

    size: int
    first: float = 0.0
    """Left edge of what the first output sees, in pixels of the input."""
    extent: float = 1.0
    """How many pixels an output sees: its receptive field."""
    step: float = 1.0
    """By how many pixels the next output sees another part."""


_EVERYTHING = Axis(1, -math.inf, math.inf, 0.0)
"""Of what depends on the whole picture."""


@dataclass(frozen=True)
class Operation:
    """One convolution or pooling, with the numbers that make the size of its output."""

    kind: str
    """convolution, depthwise convolution, dense layer (at each place), max pooling or average pooling."""
    window: Window
    before: tuple[int, int]
    """Height and width of its input."""
    after: tuple[int, int]
    channels: int
    """Of its output."""
    padding: tuple[tuple[int, int], tuple[int, int]]
    """With what a layer of its own has padded before."""

    @property
    def multiplications(self) -> int:
        """How often it multiplies for one picture."""
        return self.window.weights * self.after[0] * self.after[1]


@dataclass(frozen=True)
class Place:
    """What is known of a node's output on the way."""

    channel_axis: int
    rows: Axis
    columns: Axis
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    """What a layer of its own has padded, for the window behind it."""


@dataclass
class Walk:
    """All places, and what each node is made of."""

    nodes: Sequence[Node]
    places: dict[str, Place] = field(default_factory=dict)
    lists: dict[str, Place] = field(default_factory=dict)
    """Of tensors (height * width, channels), as dense layers get a picture: what was known of the picture."""
    operations: dict[str, Operation] = field(default_factory=dict)
    above: dict[str, frozenset[str]] = field(default_factory=dict)
    """For each node the names of the windows that its output went through."""


def walked(nodes: Sequence[Node]) -> Walk:
    """All that is known of the nodes of a network.

    Raises:
        NotRead: it does something to the place that is not known here.
    """
    walk = Walk(nodes)
    for node in nodes:
        _enter(node, walk)
    return walk


def _enter(node: Node, walk: Walk) -> None:
    """Notes what part of the picture a node's output sees."""
    before = frozenset[str]().union(*(walk.above[name] for name in node.inputs))
    if node.kind == "MatMul" or len(node.shape) == 2 or any(name in walk.lists for name in node.inputs):
        _enter_list(node, before, walk)
        return
    window = None if not before and _is_to_grey(node) else node.window
    walk.above[node.name] = before | {node.name} if window else before
    if not node.inputs:
        height, width = node.shape[1:3]  # (1, S, S, 3)
        walk.places[node.name] = Place(3, Axis(height), Axis(width))
        return
    sources = [walk.places[name] for name in node.inputs if name in walk.places]
    if len(node.shape) == 4:
        walk.places[node.name] = _place(node, window, sources, walk) if sources else _without_place(node)


def _enter_list(node: Node, before: frozenset[str], walk: Walk) -> None:
    """Notes a picture as a list of its places, what a dense layer makes of it, and where it is a picture again."""
    known = [place for name in node.inputs if (place := walk.lists.get(name) or walk.places.get(name))]
    place = next((place for place in known if _holds(node, place)), None)
    walk.above[node.name] = before
    if place is None:
        if len(node.shape) == 4:
            walk.places[node.name] = _without_place(node)
        return
    (walk.lists if len(node.shape) == 2 else walk.places)[node.name] = place
    if node.kind == "MatMul" and node.window:
        size = (place.rows.size, place.columns.size)
        walk.above[node.name] = before | {node.name}
        walk.operations[node.name] = Operation(
            "dense layer", node.window, size, size, node.shape[-1], node.window.padding
        )


def _holds(node: Node, place: Place) -> bool:
    """Whether a node has the same places as its source, with the channels last; of only one it cannot be told."""
    size = (place.rows.size, place.columns.size)
    return place.channel_axis == 3 and size != (1, 1) and node.shape[:-1] in ((math.prod(size),), (1, *size))


def _is_to_grey(node: Node) -> bool:
    """Whether a node weighs red, green and blue: that is how a compiled graph makes a picture grey, no layer."""
    window = node.window
    return window is not None and window.kernel == (1, 1) and window.weights == 3 and node.shape[1] == 1


def _without_place(node: Node) -> Place:
    """Of a list of features that is given height and width of 1: each of them may see everything."""
    axis = max((1, 3), key=lambda at: node.shape[at])
    if math.prod(node.shape) != node.shape[axis]:
        raise NotRead(f"{node.name} makes a picture of a list.")
    return Place(axis, _EVERYTHING, _EVERYTHING)


def _place(node: Node, window: Window | None, sources: list[Place], walk: Walk) -> Place:
    before = sources[0]
    if node.kind == "Transpose":
        return replace(before, channel_axis=node.order.index(before.channel_axis))
    rows, columns = (axis for axis in (1, 2, 3) if axis != before.channel_axis)
    if window:
        if before.channel_axis != 1:
            raise NotRead(f"The window of {node.name} slides over channels.")
        return _windowed(node, window, before, walk)
    if node.kind == "Pad":
        return replace(before, padding=(node.padding[rows], node.padding[columns]))
    joined = _joined(sources)
    size = (node.shape[rows], node.shape[columns])
    if size == (1, 1) and size != (joined.rows.size, joined.columns.size):  # An average over the whole picture.
        return Place(before.channel_axis, _EVERYTHING, _EVERYTHING)
    if size != (joined.rows.size, joined.columns.size) and joined.padding == ((0, 0), (0, 0)):
        raise NotRead(f"{node.kind} changes the size.")
    return joined


def _joined(sources: list[Place]) -> Place:
    """What is made of several tensors sees what each of them does."""
    largest = max(sources, key=lambda place: place.rows.size * place.columns.size)
    return replace(
        largest,
        rows=_union(largest.rows, [place.rows for place in sources]),
        columns=_union(largest.columns, [place.columns for place in sources]),
    )


def _union(base: Axis, axes: list[Axis]) -> Axis:
    if any(math.isinf(axis.extent) for axis in axes):
        return replace(base, first=-math.inf, extent=math.inf)
    first = min(axis.first for axis in axes)
    return replace(base, first=first, extent=max(axis.first + axis.extent for axis in axes) - first)


def _windowed(node: Node, window: Window, before: Place, walk: Walk) -> Place:
    padding = tuple((own[0] + pad[0], own[1] + pad[1]) for own, pad in zip(window.padding, before.padding, strict=True))
    height, width = node.shape[-2:]
    walk.operations[node.name] = Operation(
        _kind(node, window),
        window,
        (before.rows.size, before.columns.size),
        (height, width),
        node.shape[1],
        (padding[0], padding[1]),
    )
    return Place(
        1,
        _slid(before.rows, height, window, 0, padding[0][0]),
        _slid(before.columns, width, window, 1, padding[1][0]),
    )


def _slid(axis: Axis, size: int, window: Window, which: int, padding: int) -> Axis:
    reach = window.dilation[which] * (window.kernel[which] - 1)
    return Axis(
        size,
        axis.first - padding * axis.step,
        axis.extent + reach * axis.step,
        axis.step * window.stride[which],
    )


def _kind(node: Node, window: Window) -> str:
    if node.kind in _POOLINGS:
        return "max pooling" if node.kind == "MaxPool" else "average pooling"
    return "depthwise convolution" if window.groups == node.shape[1] > 1 else "convolution"
