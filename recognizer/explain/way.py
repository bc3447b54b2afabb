"""A picture's way through a network: its stages, their sizes, and how much of the picture each number sees.

    nodes of the graph -> places.py: layout, receptive field and step of each
                       -> those that every path goes through, one after each convolution or pooling -> Stage

Size of an output: floor((n + 2p - k) / s) + 1 (Dumoulin and Visin 2016, https://arxiv.org/abs/1603.07285). Receptive
field: https://distill.pub/2019/computing-receptive-fields/. All of it is read out of the graph that answers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

from recognizer.engines.graph_nodes import Node
from recognizer.explain.places import Axis, Operation, Walk, walked

MOST_STAGES = 24
"""What somebody will step through; of longer networks some are left out, of no resolution the first or the last."""

# They change no value, or only what rounding leaves of it, and are not what a stage ends with.
_PLUMBING = ("FakeQuantize", "Convert", "Transpose", "Pad", "Reshape")


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


def stages(nodes: Sequence[Node]) -> tuple[Stage, ...]:
    """The stages of a network, from the first convolution to the last feature map.

    Raises:
        NotRead: it does something to the place that is not known here.
    """
    walk = walked(nodes)
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


def _stage(node: Node, key: tuple[int, int], walk: Walk, passed: frozenset[str]) -> Stage:
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


def _within(end: Node, walk: Walk) -> list[Node]:
    """The nodes right before the end of a stage, up to its last windows."""
    by_name = {node.name: node for node in walk.nodes}
    found, waiting = list[Node](), [end]
    while waiting:
        node = waiting.pop()
        found.append(node)
        if node.window is None and len(node.inputs) == 1:
            waiting.append(by_name[node.inputs[0]])
    return found


def _key(node: Node, walk: Walk) -> tuple[int, int]:
    kinds = Counter(walk.operations[name].kind.rpartition(" ")[2] for name in walk.above[node.name])
    return kinds["convolution"], kinds["pooling"]


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
