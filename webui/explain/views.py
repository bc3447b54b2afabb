"""Where it looked: a heat map for every class, over the photograph."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse

from recognizer import Prediction, Recognizer
from recognizer.engines.second_look import Looks
from webui.explain.page import about_a_picture, shown
from webui.explain.subject import Subject
from webui.explain.workbench import Bench, opened

_MAP_SIDE = 112
"""Of a map, in pixels; the browser draws it as large as the picture, and it is a third of the work of 224."""
_SHOWN = 8
"""Classes whose bars are always to be seen."""


@dataclass(frozen=True)
class Bar:
    """One class, as the page lists it."""

    index: int
    """Among the model's classes."""
    label: str
    score: float
    map_url: str
    is_chosen: bool


@about_a_picture("look")
def where(request: HttpRequest, subject: Subject) -> HttpResponse:
    """`/look/<uuid>/`: the picture with its heat map, `?class=` says of which class; the best one if not."""
    with opened(request, subject) as bench:
        looks = bench.looks()
        [prediction] = bench.recognizer.answers([bench.picture], looks)
        bars = bars_of(bench.recognizer, subject, prediction, request.GET.get("class"))
        context = {
            "prediction": prediction,
            "bars": bars[:_SHOWN],
            "other_bars": bars[_SHOWN:],
            "chosen": next(bar for bar in bars if bar.is_chosen),
            "method": bench.recognizer.heat_map_method(looks),
            "metadata": bench.recognizer.metadata,
            "size": bench.picture.rgb.size,
            "map_shape": looks.outputs.feature_map.shape[1:],
            "second_look": _second_look(bench, looks),
        }
    return shown(request, "where.html", subject, "look", context)


@about_a_picture("look")
def heat_map(request: HttpRequest, subject: Subject, label: int) -> HttpResponse:
    """`/look/<uuid>/map/<label>.png`: where a class is seen, by its number; to be laid over the picture."""
    with opened(request, subject, counts=False) as bench:
        if label >= len(bench.recognizer.metadata.class_names):
            raise Http404
        found = bench.recognizer.heat_map(bench.picture, bench.looks(), label, longest_side=_MAP_SIDE)
    if found is None:
        raise Http404
    return HttpResponse(found.picture, content_type="image/png")


def bars_of(recognizer: Recognizer, subject: Subject, prediction: Prediction, wanted: str | None) -> list[Bar]:
    """A bar for every class, the best first; the one of the wanted class is chosen, else the first."""
    names = recognizer.metadata.class_names
    labels = [entry.label for entry in prediction.top]
    chosen = wanted if wanted in labels else labels[0]
    return [
        Bar(
            names.index(entry.label),
            entry.label,
            entry.score,
            subject.url("look_map", label=names.index(entry.label)),
            entry.label == chosen,
        )
        for entry in prediction.top
    ]


def _second_look(bench: Bench, looks: Looks) -> dict[str, float] | None:
    """The part that was looked at again, as an SVG rectangle has it."""
    if 0 not in looks.again:
        return None
    left, top, right, bottom = looks.again[0][0]
    return {"x": left, "y": top, "width": right - left, "height": bottom - top}
