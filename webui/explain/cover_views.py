"""Cover and see: the answer with a grey square over a part of the picture, and the map of what covering costs."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _

from recognizer import Prediction
from recognizer.explain import occlusion
from recognizer.explain.occlusion import LEAST_SIZE, MOST_SIZE, Square
from recognizer.explain.occlusion_map import occlusion_map
from webui.accounts import rate_limits
from webui.explain.page import about_a_picture, shown
from webui.explain.subject import Subject
from webui.explain.views import bars_of
from webui.explain.workbench import Bench, opened
from webui.inference.admission import Weight
from webui.problems import InvalidRequest, wants_json

_SIZE = 0.3
"""Of the square to begin with."""
_SHOWN = 12
"""Classes whose bars move."""
_MARK = 0.012
"""How wide a mark is, against the bar."""
_MOST_PER_S = 8
"""Movements of the square that the page asks about."""


@about_a_picture("look_cover")
def cover(request: HttpRequest, subject: Subject) -> HttpResponse:
    """`/look/<uuid>/cover/?x=&y=&size=`: what the answer becomes; as JSON for the page's script."""
    try:
        square = square_of(request.GET)
    except InvalidRequest as err:
        if wants_json(request):
            raise
        raise BadRequest(str(err)) from err
    with opened(request, subject) as bench:
        covered = occlusion.covered(bench.picture, square, occlusion.grey(bench.recognizer.metadata.preprocessing))
        [prediction] = bench.recognizer.classify_pictures([covered])
        if wants_json(request):
            return _as_json(prediction)
        context = _context(request, bench, subject, square, prediction)
    return shown(request, "cover.html", subject, "look_cover", context)


@about_a_picture("look_cover")
def occluded(request: HttpRequest, subject: Subject, label: int) -> HttpResponse:
    """`/look/<uuid>/occlusion/<label>.png?size=`: where covering costs a class the most; some 80 classifications."""
    size = _number(request.GET, "size", LEAST_SIZE, MOST_SIZE, default=_SIZE)
    with opened(request, subject, weight=Weight.MEDIUM) as bench:
        if label >= len(bench.recognizer.metadata.class_names):
            raise Http404
        rows, columns = occlusion.grid(bench.picture.rgb.size)
        rate_limits.count_others(request, 1 + rows * columns)
        found = occlusion_map(bench.recognizer, bench.picture, label, size, between=bench.give_way)
    return HttpResponse(found.picture, content_type="image/png")


def square_of(query: Mapping[str, str]) -> Square:
    """The square that an address names; what it leaves out is the middle of the picture.

    Raises:
        InvalidRequest: a number is none, or too small or too large.
    """
    return Square(
        _number(query, "x", 0, 1, default=0.5),
        _number(query, "y", 0, 1, default=0.5),
        _number(query, "size", LEAST_SIZE, MOST_SIZE, default=_SIZE),
    )


def _number(query: Mapping[str, str], name: str, least: float, most: float, *, default: float) -> float:
    text = query.get(name)
    if text is None:
        return default
    try:
        value = float(text[:30])
    except ValueError:
        value = math.nan
    if not least <= value <= most:
        raise InvalidRequest(f"Expected a number from {least:g} to {most:g}. Received: {name}={text[:50]!r}")
    return value


def _as_json(prediction: Prediction) -> HttpResponse:
    scores = {entry.label: entry.score for entry in prediction.top}
    return JsonResponse({"known": prediction.known, "likeness": prediction.likeness, "scores": scores})


@dataclass(frozen=True)
class CoveredBar:
    """One class: its score for the whole picture, and as it is covered now."""

    label: str
    score: float
    now: float

    @property
    def mark(self) -> float:
        """Where the mark of the whole picture's score begins; it has to end inside the bar."""
        return min(self.score, 1 - _MARK)


def _context(
    request: HttpRequest, bench: Bench, subject: Subject, square: Square, covered: Prediction
) -> dict[str, object]:
    [whole] = bench.recognizer.answers([bench.picture], bench.looks())
    bars = bars_of(bench.recognizer, subject, whole, request.GET.get("class"))
    chosen = next(bar for bar in bars if bar.is_chosen)
    now = {entry.label: entry.score for entry in covered.top}
    width, height = bench.picture.rgb.size
    left, top, right, bottom = square.box((width, height))
    return {
        "bars": [CoveredBar(bar.label, bar.score, now[bar.label]) for bar in bars[:_SHOWN]],
        "chosen": chosen,
        "occlusion_url": subject.url("look_occlusion", label=chosen.index),
        "known": covered.known,
        "likeness": None if covered.likeness is None else CoveredBar("", whole.likeness or 0, covered.likeness),
        "size": (width, height),
        "square": square,
        "box": {"x": left, "y": top, "width": right - left, "height": bottom - top},
        "grey": "#{:02x}{:02x}{:02x}".format(*occlusion.grey(bench.recognizer.metadata.preprocessing)),
        "least_size": LEAST_SIZE,
        "most_size": MOST_SIZE,
        "wants_map": request.GET.get("map") == "true",
        "metadata": bench.recognizer.metadata,
        "script": {
            "url": subject.url("look_cover"),
            "mostPerS": _MOST_PER_S,
            "busy": _("The server is busy. The bars move again in a moment."),
            "failed": _("Something went wrong on the server. The fault is in its log."),
            "unreachable": _("The server cannot be reached. Check the connection and try again."),
            "known": _("Still known as one of its classes."),
            "unknown": _("None of these, as it is covered now."),
            "mapping": _("Covering it bit by bit …"),
        },
    }
