"""The kinds of convolution: what each is, a drawing of where it looks and which channels it connects, and its cost.

A drawing is a list of shapes that the template writes as SVG: 7 x 7 cells of 16 pixels, four channels on either side.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import product

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_CELLS, _CELL_PX = 7, 16
_CHANNELS, _GROUPS = 4, 2
_COLUMN_PX = 50
# Which way, in cells, each of nine places moves in the drawing of a deformable convolution.
_MOVES = (
    *((-1.1, -1.2), (-1.6, 0.2), (-0.8, 1.0)),
    *((0.3, -1.7), (0.5, 0.4), (-0.3, 1.5)),
    *((1.3, -0.6), (1.0, 0.5), (1.5, 1.4)),
)


@dataclass(frozen=True)
class Shape:
    """A cell, or an arrow from one point to another."""

    x: float
    y: float
    tone: str = ""
    """Class of lesson.css."""
    to_x: float | None = None
    to_y: float | None = None

    @property
    def kind(self) -> str:
        """`cell` or `arrow`."""
        return "cell" if self.to_x is None else "arrow"


@dataclass(frozen=True)
class Kind:
    """One kind of convolution."""

    name: str
    """As `static/webui/lesson/arithmetic/costs.js` calls it."""
    title: Promise
    text: Promise
    where: Promise
    """The drawing of the places, in words."""
    which: Promise
    """The drawing of the channels, in words."""
    multiply: Callable[[int, int, int, int], tuple[int, int]]
    """Weights and products for each place, of channels in, channels out, side of the kernel and groups."""

    @property
    def taps(self) -> list[Shape]:
        """The places that it looks at."""
        tones = _TONES[self.name]()
        cells = [
            Shape(column * _CELL_PX + 1, row * _CELL_PX + 1, tones.get((row, column), "tap-none"))
            for row, column in product(range(_CELLS), repeat=2)
        ]
        return [*cells, *(_arrows() if self.name == "deformable" else ())]

    @property
    def nodes(self) -> list[Shape]:
        """The channels, in two or three columns."""
        columns = len(_links(self.name)) + 1
        return [_node(column, channel) for column, channel in product(range(columns), range(_CHANNELS))]

    @property
    def links(self) -> list[Shape]:
        """Lines between channels."""
        return [
            Shape(a.x, a.y, "link", b.x, b.y)
            for column, pairs in enumerate(_links(self.name))
            for first, second in pairs
            for a, b in [(_node(column, first), _node(column + 1, second))]
        ]

    @property
    def links_width(self) -> int:
        """Width of the drawing of the channels."""
        return 24 + _COLUMN_PX * len(_links(self.name))


@dataclass(frozen=True)
class Cost:
    """What a kind costs for one map."""

    weights: int
    multiply_adds: int
    side: int
    """Of what it makes."""


def cost(kind: Kind, *, side: int, channels: int, filters: int, kernel: int, groups: int) -> Cost:
    """Weights and multiply-adds over a square map, stride 1 and `same`; transposed with stride 2.

    Args:
        kind: the kind.
        side: of the map that goes in.
        channels: of it.
        filters: channels of what comes out.
        kernel: side of the kernel.
        groups: of the grouped one.
    """
    weights, products = kind.multiply(channels, filters, kernel, groups)
    return Cost(weights, products * side * side, 2 * side if kind.name == "transposed" else side)


Tones = dict[tuple[int, int], str]


def _square(reach: int = 1, step: int = 1) -> Tones:
    places = range(3 - reach * step, 4 + reach * step, step)
    return dict.fromkeys(product(places, places), "tap")


def _spread() -> Tones:
    """Two inputs side by side, each over 3 x 3 outputs, two apart."""
    first = dict.fromkeys(product(range(2, 5), range(1, 4)), "tap")
    second = dict.fromkeys(product(range(2, 5), range(3, 6)), "tap-other")
    return first | second | dict.fromkeys(((row, 3) for row in range(2, 5)), "tap-both")


_TONES: dict[str, Callable[[], Tones]] = {
    "standard": _square,
    "grouped": _square,
    "dilated": lambda: _square(step=2),
    "separable": _square,
    "transposed": _spread,
    "pointwise": lambda: _square(reach=0),
    "deformable": lambda: dict.fromkeys(_square(), "tap-left"),
}


def _arrows() -> Iterator[Shape]:
    for (row, column), (down, across) in zip(_square(), _MOVES, strict=True):
        x, y = (column + 0.5) * _CELL_PX, (row + 0.5) * _CELL_PX
        yield Shape(x, y, "tap-arrow", x + across * _CELL_PX, y + down * _CELL_PX)


def _node(column: int, channel: int) -> Shape:
    return Shape(12 + _COLUMN_PX * column, 14 + 28 * channel)


def _links(name: str) -> list[list[tuple[int, int]]]:
    """Which channels are connected, column by column."""
    every = list(product(range(_CHANNELS), range(_CHANNELS)))
    if name == "grouped":
        size = _CHANNELS // _GROUPS
        return [[(a, b) for a, b in every if a // size == b // size]]
    if name == "separable":
        return [[(channel, channel) for channel in range(_CHANNELS)], every]
    return [every]


def _standard(channels: int, filters: int, kernel: int, groups: int) -> tuple[int, int]:  # noqa: ARG001
    weights = kernel * kernel * channels * filters
    return weights, weights


def _grouped(channels: int, filters: int, kernel: int, groups: int) -> tuple[int, int]:
    weights = kernel * kernel * channels * filters // groups
    return weights, weights


def _separable(channels: int, filters: int, kernel: int, groups: int) -> tuple[int, int]:  # noqa: ARG001
    weights = kernel * kernel * channels + channels * filters
    return weights, weights


def _pointwise(channels: int, filters: int, kernel: int, groups: int) -> tuple[int, int]:  # noqa: ARG001
    return channels * filters, channels * filters


def _deformable(channels: int, filters: int, kernel: int, groups: int) -> tuple[int, int]:  # noqa: ARG001
    """With the convolution that says how far the places move; each value is mixed of four pixels."""
    taps = kernel * kernel
    weights = taps * channels * (filters + 2 * taps)
    return weights, weights + 4 * taps * channels


_EVERY = _("Every channel that comes out takes from every channel that goes in.")
_THREE = _("Three by three places side by side.")

KINDS = (
    Kind(
        "standard",
        _("Standard"),
        _("A window over all channels. Everything else here is this, with something left out or moved."),
        _THREE,
        _EVERY,
        _standard,
    ),
    Kind(
        "grouped",
        _("Grouped"),
        _("The channels are dealt into groups that know nothing of each other: with g groups, 1/g of the weights."),
        _THREE,
        _("Each half of the channels that come out takes from one half of those that go in."),
        _grouped,
    ),
    Kind(
        "dilated",
        _("Dilated"),
        _("The same nine weights, pulled apart: it sees 5×5 places at the price of 3×3, and skips those between."),
        _("Three by three places with a gap between them, spread over five by five."),
        _EVERY,
        _standard,
    ),
    Kind(
        "separable",
        _("Depthwise separable"),
        _("First one kernel for each channel, then a 1×1 convolution that mixes them. MobileNet is made of it."),
        _THREE,
        _("First each channel by itself; then every one takes from all of them."),
        _separable,
    ),
    Kind(
        "transposed",
        _("Transposed"),
        _("The way back: each number is spread over a window, and what overlaps is added. It makes maps larger."),
        _("Two neighbouring numbers, each spread over three by three places; they share a column."),
        _EVERY,
        _standard,
    ),
    Kind(
        "pointwise",
        _("1×1"),
        _("It sees one place, and mixes its channels: a fully connected layer for each pixel. It is how ResNet thins."),
        _("One place."),
        _EVERY,
        _pointwise,
    ),
    Kind(
        "deformable",
        _("Deformable"),
        _("A second convolution says where each of the nine places moves to, so that the window fits the thing."),
        _("Three by three places, each moved somewhere else by an arrow."),
        _EVERY,
        _deformable,
    ),
)
