"""Draws a way through the code as an SVG: a box for each step, four in a row, arrows between them."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path

FOLDER = Path(__file__).parent

_COLUMNS = 4
_BOX = (250, 104)
_GAP = (34, 40)
_MARGIN, _TOP = 24, 92
_LETTERS_A_LINE = 32
_STYLE = """
  .paper { fill: #fdfcf9 } .ink { fill: #22211d } .dim { fill: #6b675c } .arrow { stroke: #6b675c; fill: none }
  .head { fill: #6b675c } .box { fill: #ffffff; stroke-width: 2 }
  .webui { stroke: #b4552d } .recognizer { stroke: #2d6a5f } .training { stroke: #4a5aa8 }
  text { font-family: system-ui, sans-serif; font-size: 13px } .title { font-size: 20px; font-weight: 600 }
  .step { font-weight: 600; font-size: 14px } .place { font-family: ui-monospace, monospace; font-size: 11px }
  @media (prefers-color-scheme: dark) {
    .paper { fill: #1b1a17 } .ink { fill: #efece3 } .dim, .head { fill: #aaa596 } .arrow { stroke: #aaa596 }
    .box { fill: #25231f } .webui { stroke: #e08a5f } .recognizer { stroke: #6fb8a9 } .training { stroke: #93a1ea }
  }
"""


@dataclass(frozen=True)
class Step:
    """What happens at one place."""

    title: str
    place: str
    """File or folder, from the repository's root; its first part is the package."""
    text: str

    @property
    def package(self) -> str:
        """Which of the three packages it is in."""
        return self.place.partition("/")[0]


@dataclass(frozen=True)
class Way:
    """Steps, one after the other."""

    title: str
    steps: tuple[Step, ...]


def draw(way: Way) -> str:
    """The picture as an SVG document; light or dark as whoever looks at it wants."""
    rows = -(-len(way.steps) // _COLUMNS)
    width = 2 * _MARGIN + _COLUMNS * _BOX[0] + (_COLUMNS - 1) * _GAP[0]
    height = _TOP + rows * _BOX[1] + (rows - 1) * _GAP[1] + _MARGIN
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(way.title)}</title>",
        f"<style>{_STYLE}</style>",
        (
            '<marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="8" markerHeight="8" orient="auto">'
            '<path class="head" d="M0 0 8 4 0 8z"/></marker>'
        ),
        f'<rect class="paper" width="{width}" height="{height}" rx="8"/>',
        f'<text class="ink title" x="{_MARGIN}" y="40">{escape(way.title)}</text>',
        *_legend(way),
        *(line for number in range(1, len(way.steps)) for line in _arrow(number)),
        *(line for number, step in enumerate(way.steps) for line in _box(number, step)),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _corner(number: int) -> tuple[int, int]:
    row, column = divmod(number, _COLUMNS)
    return _MARGIN + column * (_BOX[0] + _GAP[0]), _TOP + row * (_BOX[1] + _GAP[1])


def _legend(way: Way) -> Iterator[str]:
    x = _MARGIN
    for package in dict.fromkeys(step.package for step in way.steps):
        yield f'<rect class="box {package}" x="{x}" y="58" width="14" height="14" rx="3"/>'
        yield f'<text class="dim place" x="{x + 22}" y="70">{package}/</text>'
        x += 22 + 9 * len(package) + 30


def _arrow(number: int) -> Iterator[str]:
    """From the step before: to the right, or down to the next row's begin."""
    (x0, y0), (x1, y1) = _corner(number - 1), _corner(number)
    if y0 == y1:
        path = f"M{x0 + _BOX[0]} {y0 + _BOX[1] // 2} H{x1 - 1}"
    else:
        between = y1 - _GAP[1] // 2
        path = f"M{x0 + _BOX[0] // 2} {y0 + _BOX[1]} V{between} H{x1 + _BOX[0] // 2} V{y1 - 1}"
    yield f'<path class="arrow" d="{path}" marker-end="url(#tip)"/>'


def _box(number: int, step: Step) -> Iterator[str]:
    x, y = _corner(number)
    yield f'<rect class="box {step.package}" x="{x}" y="{y}" width="{_BOX[0]}" height="{_BOX[1]}" rx="8"/>'
    yield f'<text class="ink step" x="{x + 12}" y="{y + 25}">{escape(step.title)}</text>'
    yield f'<text class="dim place" x="{x + 12}" y="{y + 46}">{escape(step.place)}</text>'
    for place, line in enumerate(textwrap.wrap(step.text, _LETTERS_A_LINE)):
        yield f'<text class="ink" x="{x + 12}" y="{y + 69 + 18 * place}">{escape(line)}</text>'
