"""Draws with Matplotlib into SVG that takes its colours and letters from the page around it.

Matplotlib knows no CSS. Each role has a colour of its own that nothing else uses, and the finished drawing has it
replaced by the page's variable, so that one drawing suits a light and a dark page.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

from markupsafe import Markup
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.figure import Figure

INK, SOFT, LINE, ACCENT, FAULT = "#000a01", "#000a02", "#000a03", "#000a04", "#000a05"
SERIES = ("#000b01", "#000b02", "#000b03", "#000b04", "#000b05", "#000b06")
"""For lines that are told apart by their colour alone."""

_VARIABLES = {INK: "--ink", SOFT: "--soft", LINE: "--line", ACCENT: "--accent", FAULT: "--fault"}
_VARIABLES |= {colour: f"--series-{number}" for number, colour in enumerate(SERIES, start=1)}

_STYLE: dict[Any, Any] = {
    "svg.fonttype": "none",  # Letters stay letters, in the page's own font.
    "text.parse_math": False,
    "font.size": 11,
    "text.color": INK,
    "axes.labelcolor": SOFT,
    "axes.edgecolor": LINE,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": LINE,
    "grid.linewidth": 0.6,
    "xtick.color": LINE,
    "ytick.color": LINE,
    "xtick.labelcolor": SOFT,
    "ytick.labelcolor": SOFT,
    "legend.frameon": False,
    "lines.linewidth": 2,
}
_SIZE_IN = (4.6, 3.3)
_NO_METADATA = dict.fromkeys(("Creator", "Date", "Format", "Type"))


def draw(name: str, paint: Callable[[Axes], None]) -> Markup:
    """An `<svg>` element with what `paint` draws.

    Args:
        name: letters and digits; tells the drawing's ids from those of others on the page.
        paint: draws into the axes it is given, in the colours above and with texts of our own: no names from outside.
    """
    drawing = io.StringIO()
    with rc_context({**_STYLE, "svg.hashsalt": name}):
        figure = Figure(figsize=_SIZE_IN, layout="constrained")
        paint(figure.add_subplot())
        figure.savefig(drawing, format="svg", transparent=True, metadata=_NO_METADATA)
    return Markup(_for_a_page(drawing.getvalue(), name))  # noqa: S704  # Nothing in it comes from outside.


def _for_a_page(drawing: str, name: str) -> str:
    svg = drawing[drawing.index("<svg") :]
    # Its width comes from the page; its style for all elements would be one for all of the page's.
    svg = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", re.sub(r'(<svg [^>]*?) height="[^"]*"', r"\1", svg))
    svg = re.sub(r"<defs>\s*<style[^>]*>[^<]*</style>\s*</defs>", "", svg)
    svg = re.sub(r'\bid="', f'id="{name}-', svg)
    svg = re.sub(r'(url\(|href=")#', rf"\1#{name}-", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, f"var({variable})")
    return svg
