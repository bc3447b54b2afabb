"""A picture's way through a network: its stages, their sizes, and how much of the picture each number sees.

    nodes of the graph -> geometry of each: layout, receptive field, step
                       -> those that every path goes through, one after each convolution or pooling -> Stage

Size of an output: floor((n + 2p - k) / s) + 1 (Dumoulin and Visin 2016, https://arxiv.org/abs/1603.07285). Receptive
field: https://distill.pub/2019/computing-receptive-fields/. All of it is read out of the graph that answers.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from recognizer.engines.graph_nodes import Node, Window

MOST_STAGES = 24
"""What somebody will step through; of longer networks some are left out, of no resolution the first or the last."""

_POOLINGS = ("MaxPool", "AvgPool")
# They change no value, or only what rounding leaves of it, and are not what a stage ends with.
_PLUMBING = ("FakeQuantize", "Convert", "Transpose", "Pad", "Reshape")


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
    """convolution, depthwise convolution, max pooling or average pooling."""
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
class Stage:
    """A tensor that everything goes through on its way to the answer."""

    node: str
    """Its name in the graph."""
    height: int
    width: int
    channels: int
    rows: Axis
    columns: Axis
    operations: tuple[Operation, ...]
    """What happens between the stage before and this one."""
    key: tuple[int, int]
    """How many convolutions and how many poolings it took from the picture to here."""
    is_nchw: bool
    """Whether its channels come first."""
    adds: bool = False
    """Whether it ends with a sum: of a block and of what goes around it."""

    @property
    def weights(self) -> int:
        """How many numbers its convolutions have."""
        return sum(operation.window.weights for operation in self.operations)

    @property
    def multiplications(self) -> int:
        """How often it multiplies for one picture."""
        return sum(operation.multiplications for operation in self.operations)


@dataclass(frozen=True)
class _Place:
    """What is known of a node's output on the way."""

    channel_axis: int
    rows: Axis
    columns: Axis
    padding: tuple[tuple[int, int], tuple[int, int]] = ((0, 0), (0, 0))
    """What a layer of its own has padded, for the window behind it."""


@dataclass
class _Walk:
    """All places, and what each node is made of."""

    nodes: Sequence[Node]
    places: dict[str, _Place] = field(default_factory=dict)
    operations: dict[str, Operation] = field(default_factory=dict)
    above: dict[str, frozenset[str]] = field(default_factory=dict)
    """For each node the names of the windows that its output went through."""


def stages(nodes: Sequence[Node]) -> tuple[Stage, ...]:
    """The stages of a network, from the first convolution to the last feature map.

    Raises:
        NotRead: it does something to the place that is not known here.
    """
    walk = _Walk(nodes)
    for node in nodes:
        _enter(node, walk)
    ends: dict[tuple[int, int], Node] = {}
    for at in positions_passed_by_all([(node.name, node.inputs) for node in nodes]):
        node = nodes[at]
        if node.kind not in _PLUMBING and node.name in walk.places:
            ends[_key(node, walk)] = node  # The last of those that no window is between.
    ends.pop((0, 0), None)
    found: list[Stage] = []
    passed: frozenset[str] = frozenset()
    for key, node in ends.items():
        found.append(_stage(node, key, walk, passed))
        passed = walk.above[node.name]
    return tuple(_thinned(found))


def _stage(node: Node, key: tuple[int, int], walk: _Walk, passed: frozenset[str]) -> Stage:
    place = walk.places[node.name]
    new = walk.above[node.name] - passed
    operations = tuple(walk.operations[one.name] for one in walk.nodes if one.name in new)
    channels = node.shape[place.channel_axis]
    adds = any(one.kind == "Add" and len(one.inputs) > 1 for one in _within(node, walk))
    return Stage(
        node.name,
        place.rows.size,
        place.columns.size,
        channels,
        place.rows,
        place.columns,
        operations,
        key,
        place.channel_axis == 1,
        adds,
    )


def _within(end: Node, walk: _Walk) -> list[Node]:
    """The nodes right before the end of a stage, up to its last windows."""
    by_name = {node.name: node for node in walk.nodes}
    found, waiting = list[Node](), [end]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if node.window is None and len(node.inputs) == 1:
            waiting.append(by_name[node.inputs[0]])
    return found


def _key(node: Node, walk: _Walk) -> tuple[int, int]:
    kinds = Counter("pool" in walk.operations[name].kind for name in walk.above[node.name])
    return kinds[False], kinds[True]


def positions_passed_by_all(chain: Sequence[tuple[str, Sequence[str]]]) -> list[int]:
    """Positions of the nodes that every path from the first node to the last goes through.

    In the order of computing, no edge passes over such a node: what comes before it is needed by it, and what comes
    after it needs it.

    Args:
        chain: name and inputs of each node, in the order of computing, without nodes that lead nowhere.
    """
    position = {name: at for at, (name, _) in enumerate(chain)}
    farthest = dict.fromkeys(position, 0)
    for name, inputs in chain:
        for below in inputs:
            if below in farthest:
                farthest[below] = max(farthest[below], position[name])
    reach, found = 0, []
    for at, (name, _) in enumerate(chain):
        if reach <= at:
            found.append(at)
        reach = max(reach, farthest[name])
    return found


def _enter(node: Node, walk: _Walk) -> None:
    """Notes what part of the picture a node's output sees."""
    before = frozenset[str]().union(*(walk.above[name] for name in node.inputs))
    window = None if not before and _is_to_grey(node) else node.window
    walk.above[node.name] = before | {node.name} if window else before
    if not node.inputs:
        height, width = node.shape[1:3]  # (1, S, S, 3)
        walk.places[node.name] = _Place(3, Axis(height), Axis(width))
        return
    sources = [walk.places[name] for name in node.inputs if name in walk.places]
    if len(node.shape) == 4:
        walk.places[node.name] = _place(node, window, sources, walk) if sources else _without_place(node)


def _is_to_grey(node: Node) -> bool:
    """Whether a node weighs red, green and blue: that is how a compiled graph makes a picture grey, no layer."""
    window = node.window
    return window is not None and window.kernel == (1, 1) and window.weights == 3 and node.shape[1] == 1


def _without_place(node: Node) -> _Place:
    """Of a list of features that is given height and width of 1: each of them may see everything."""
    axis = max((1, 3), key=lambda at: node.shape[at])
    if math.prod(node.shape) != node.shape[axis]:
        raise NotRead(f"{node.name} makes a picture of a list.")
    return _Place(axis, _EVERYTHING, _EVERYTHING)


def _place(node: Node, window: Window | None, sources: list[_Place], walk: _Walk) -> _Place:
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
        return _Place(before.channel_axis, _EVERYTHING, _EVERYTHING)
    if size != (joined.rows.size, joined.columns.size) and joined.padding == ((0, 0), (0, 0)):
        raise NotRead(f"{node.kind} changes the size.")
    return joined


def _joined(sources: list[_Place]) -> _Place:
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


def _windowed(node: Node, window: Window, before: _Place, walk: _Walk) -> _Place:
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
    return _Place(
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


def _thinned(found: list[Stage]) -> list[Stage]:
    """At most `MOST_STAGES`: the first and the last of each resolution, and as many others as there is room for."""
    if len(found) <= MOST_STAGES:
        return found
    sizes = [(stage.height, stage.width) for stage in found]
    ends = {
        at
        for at, size in enumerate(sizes)
        if at in (0, len(sizes) - 1) or sizes[at - 1] != size or sizes[at + 1] != size
    }
    others = [at for at in range(len(found)) if at not in ends]
    room = max(0, MOST_STAGES - len(ends))
    kept = ends | {others[round((number + 0.5) * len(others) / room - 0.5)] for number in range(min(room, len(others)))}
    return [replace(found[at], operations=_between(found, at, kept)) for at in sorted(kept)]


def _between(found: list[Stage], at: int, kept: set[int]) -> tuple[Operation, ...]:
    """What happens since the last stage that is kept."""
    before = max((other for other in kept if other < at), default=-1)
    return tuple(operation for stage in found[before + 1 : at + 1] for operation in stage.operations)
