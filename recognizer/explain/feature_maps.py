"""What a picture becomes on its way through a network: at each stage the strongest feature maps, drawn.

picture -> the second graph -> (h, w, D) at each stage -> mean of each map: the strongest -> PNGs
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from recognizer.engines.graph_files import Graph
from recognizer.engines.inner import InnerGraph
from recognizer.errors import ArtifactError
from recognizer.explain import heat_maps, way
from recognizer.explain.places import Axis, NotRead
from recognizer.explain.stage_names import stage_names
from recognizer.explain.way import Stage
from recognizer.preprocessing import Box, Pixels

STRONGEST = 16
"""Feature maps that are shown of each stage."""

# Not red: that is what speaks for a class.
_MOSS, _STRAW = np.array([64, 150, 120]), np.array([255, 238, 176])

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class FeatureMap:
    """One feature map of one picture."""

    unit: int
    """Its number among the channels of its stage."""
    cells: npt.NDArray[np.float16]
    """(h, w), not negative."""

    @property
    def most(self) -> float:
        """The largest of its numbers."""
        return float(self.cells.max())

    @property
    def peak(self) -> tuple[int, int]:
        """Row and column of that."""
        row, column = np.unravel_index(int(self.cells.argmax()), self.cells.shape)
        return int(row), int(column)

    def png(self) -> bytes:
        """The map, one pixel a cell; as transparent as the cell is weak."""
        share = self.cells.astype(np.float32) / (self.most or 1.0)
        return heat_maps.drawn(share, least=_MOSS, most=_STRAW, strongest=1.0)


@dataclass(frozen=True)
class Layer:
    """A stage, and what one picture has become there."""

    stage: Stage
    name: str | None
    """Of the layer that it ends with, as Keras calls it; None where that is not known."""
    maps: tuple[FeatureMap, ...]
    """The strongest, the strongest first."""
    strengths: npt.NDArray[np.float16]
    """(D,), the mean of each map."""
    active: float
    """The share of all numbers that are greater than 0."""


class Layers:
    """The layers of one model. Safe to share between threads; the second graph is compiled at the first picture."""

    def __init__(self, graph: Graph, *, threads: int) -> None:
        """Reads the graph's description, which takes some milliseconds.

        Raises:
            ArtifactError: it cannot be read, or does something that is not known here.
        """
        self._inner = InnerGraph(graph, threads=threads)
        try:
            self.stages = way.stages(self._inner.nodes)
        except NotRead as err:
            raise ArtifactError(f"The layers of {graph.path} cannot be shown. {err}") from err
        if not self.stages:
            raise ArtifactError(f"The layers of {graph.path} cannot be shown. It has no convolutions.")
        names = stage_names(graph.source)
        self.names = tuple(names.get(stage.key) for stage in self.stages)

    def of(self, pixels: Pixels) -> tuple[Layer, ...]:
        """What one picture becomes, uint8 (1, S, S, 3) as `preprocessing.resize_and_crop` makes it."""
        self._inner.compile([(stage.node, stage.is_nchw) for stage in self.stages])
        found = self._inner.run(pixels)
        return tuple(
            _layer(stage, name, found[stage.node]) for stage, name in zip(self.stages, self.names, strict=True)
        )

    def strengths(self, pixels: Pixels) -> tuple[npt.NDArray[np.float16], ...]:
        """For each stage (D,), the mean of each map: all that is kept of other pictures."""
        return tuple(layer.strengths for layer in self.of(pixels))


def _layer(stage: Stage, name: str | None, activations: Floats) -> Layer:
    positive = np.maximum(activations, 0)  # (h, w, D)
    strengths = positive.mean(axis=(0, 1))
    strongest = np.argsort(-strengths, kind="stable")[:STRONGEST].tolist()
    maps = tuple(FeatureMap(unit, np.minimum(positive[..., unit], 6e4).astype(np.float16)) for unit in strongest)
    return Layer(stage, name, maps, np.minimum(strengths, 6e4).astype(np.float16), float((positive > 0).mean()))


def rank_among(strength: float, others: Sequence[float]) -> int:
    """The place of one picture by a unit's strength, 1 if no other is stronger."""
    return 1 + sum(other > strength for other in others)


def seen_by(stage: Stage, cell: tuple[int, int], input_size: int, box: Box) -> Box:
    """The part of a picture that one cell of a stage's maps sees: its receptive field, cut off at the picture's edge.

    Args:
        stage: where.
        cell: row and column.
        input_size: side of the network's input, in pixels.
        box: the part of the picture that the network sees.

    Returns:
        Left, top, right, bottom in the picture's pixels.
    """
    left, top, right, bottom = box
    x0, x1 = _span(stage.columns, cell[1], input_size)
    y0, y1 = _span(stage.rows, cell[0], input_size)
    across, down = (right - left) / input_size, (bottom - top) / input_size
    return left + x0 * across, top + y0 * down, left + x1 * across, top + y1 * down


def _span(axis: Axis, index: int, size: int) -> tuple[float, float]:
    if axis.extent >= 2 * size:  # It may be infinite.
        return 0.0, float(size)
    first = axis.first + index * axis.step
    return max(0.0, first), min(float(size), first + axis.extent)
