"""Layer by layer: what the picture becomes on its way through the network."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.explain import layer_page, unit_ranking
from webui.explain.page import about_a_picture, shown
from webui.explain.subject import Subject
from webui.explain.workbench import opened
from webui.inference.admission import Weight


@about_a_picture("look_layers")
def layers(request: HttpRequest, subject: Subject) -> HttpResponse:
    """`/look/<uuid>/layers/?layer=5&unit=12`: one layer, and one of its maps beside other pictures of the history.

    With `bare=true` only what changes from layer to layer, for the page's script.
    """
    with opened(request, subject, weight=Weight.MEDIUM) as bench:
        found = bench.layers()
        if found is None:
            return shown(request, "layers.html", subject, "look_layers", {"layer": None})
        at = _number(request.GET.get("layer"), len(found))
        unit = layer_page.chosen_unit(found[at - 1], request.GET.get("unit"))
        context: dict[str, Any] = {
            "layer": layer_page.layer_of(found, at, unit, bench),
            "size": bench.picture.rgb.size,
            "metadata": bench.recognizer.metadata,
        }
        if unit is not None:
            ranking = unit_ranking.ranking(bench, at - 1, unit, identify(request))
            rate_limits.count_others(request, 1 + ranking.computed)
            context["ranking"] = ranking
        if request.GET.get("bare") == "true":
            return render(request, "webui/explain/_layer.html", context | {"subject": subject})
        context["way"] = layer_page.way_of(found, at)
    return shown(request, "layers.html", subject, "look_layers", context)


def _number(text: str | None, most: int) -> int:
    """The layer that is asked for, from 1 on; the first where that is none."""
    return int(text) if text and text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= most else 1
