"""What the page of the layers shows: the way as a drawing, and one layer with its numbers and its strongest maps."""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass

from recognizer.explain.feature_maps import FeatureMap, Layer, seen_by
from recognizer.explain.places import Operation
from recognizer.preprocessing import kept_box
from webui.explain.workbench import Bench

_GAP = 16
_HEIGHT = 128
"""Of the drawing, in its own units."""


@dataclass(frozen=True)
class Formula:
    """An operation with the numbers of its size put in: floor((n + 2p - k) / s) + 1."""

    kind: str
    kernel: str
    before: int
    padding: str
    reach: int
    stride: int
    after: int
    channels: int
    weights: int


@dataclass(frozen=True)
class Rectangle:
    """As SVG has it."""

    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True)
class Tile:
    """One feature map."""

    unit: int
    src: str
    most: float
    is_chosen: bool
    seen: Rectangle
    """What its strongest cell sees of the picture."""


@dataclass(frozen=True)
class Shown:
    """One layer of one picture."""

    number: int
    count: int
    name: str | None
    height: int
    width: int
    channels: int
    field: int | None
    """Pixels of the network's input that a cell sees along each side; None: all of them."""
    step: int
    input_size: int
    weights: str
    """With commas between the thousands."""
    multiplications: str
    active: float
    adds: bool
    formulas: list[Formula]
    tiles: list[Tile]
    chosen: Tile | None
    kept: Rectangle
    """The part of the picture that the network sees."""


@dataclass(frozen=True)
class Slab:
    """One layer in the drawing of the way: its strongest map, as deep as it has channels."""

    number: int
    name: str | None
    shape: str
    src: str
    x: float
    y: float
    side: float
    depth: float
    is_here: bool


@dataclass(frozen=True)
class Way:
    """The drawing."""

    slabs: list[Slab]
    width: float
    height: int = _HEIGHT


def chosen_unit(layer: Layer, text: str | None) -> int | None:
    """The unit that an address names, if it is one of those that are shown."""
    return next((one.unit for one in layer.maps if str(one.unit) == text), None)


def layer_of(layers: Sequence[Layer], number: int, unit: int | None, bench: Bench) -> Shown:
    """One layer, counted from 1."""
    layer, preprocessing = layers[number - 1], bench.recognizer.metadata.preprocessing
    stage, size = layer.stage, preprocessing.input_size
    box = kept_box(bench.picture.rgb.size, preprocessing)
    tiles = [
        Tile(one.unit, _src(one), one.most, one.unit == unit, _rectangle(seen_by(stage, one.peak, size, box)))
        for one in layer.maps
    ]
    return Shown(
        number=number,
        count=len(layers),
        name=layer.name,
        height=stage.height,
        width=stage.width,
        channels=stage.channels,
        field=None if stage.rows.extent >= 2 * size else round(stage.rows.extent),
        step=round(stage.rows.step) if math.isfinite(stage.rows.step) else size,
        input_size=size,
        weights=f"{stage.weights:,}",
        multiplications=f"{stage.multiplications:,}",
        active=layer.active,
        adds=stage.adds,
        formulas=[_formula(operation) for operation in stage.operations],
        tiles=tiles,
        chosen=next((tile for tile in tiles if tile.is_chosen), None),
        kept=_rectangle(box),
    )


def way_of(layers: Sequence[Layer], here: int) -> Way:
    """All layers side by side, smaller and deeper from one to the next."""
    slabs, x = list[Slab](), 2.0
    for number, layer in enumerate(layers, start=1):
        stage = layer.stage
        side, depth = 6 + 12 * math.log2(max(2, stage.height)), 1.6 * math.log2(max(2, stage.channels))
        shape = f"{stage.height} × {stage.width} × {stage.channels}"
        y = (_HEIGHT - side + depth) / 2
        slabs.append(Slab(number, layer.name, shape, _src(layer.maps[0]), x, y, side, depth, number == here))
        x += side + depth + _GAP
    return Way(slabs, x - _GAP + 4)


def _formula(operation: Operation) -> Formula:
    window, (before, after) = operation.window, operation.padding[0]
    return Formula(
        operation.kind,
        f"{window.kernel[0]} × {window.kernel[1]}",
        operation.before[0],
        f"2 · {before}" if before == after else f"{before} + {after}",
        window.dilation[0] * (window.kernel[0] - 1) + 1,
        window.stride[0],
        operation.after[0],
        operation.channels,
        window.weights,
    )


def _src(one: FeatureMap) -> str:
    return f"data:image/png;base64,{base64.b64encode(one.png()).decode('ascii')}"


def _rectangle(box: tuple[float, float, float, float]) -> Rectangle:
    left, top, right, bottom = box
    return Rectangle(round(left, 1), round(top, 1), round(right - left, 1), round(bottom - top, 1))
