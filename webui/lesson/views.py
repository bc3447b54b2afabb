"""The views of the lesson: its chapters, the picture that they look at, and one filter of the model's first layer."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_safe

from webui.classify.samples import SAMPLES
from webui.lesson import chapters, examples, network, pictures, questions, texts


@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """`/learn/`: the path through the chapters, and the questions at its end."""
    context = {"chapters": chapters.CHAPTERS, "minutes": chapters.MINUTES, "questions": questions.QUESTIONS}
    return render(request, "webui/lesson/overview.html", context)


@require_safe
def chapter(request: HttpRequest, slug: str) -> HttpResponse:
    """`/learn/<slug>/`: one chapter; `?sample=` or `?answer=` says about which picture."""
    found = chapters.find(slug)
    if found is None:
        raise Http404
    served, (before, after) = network.served(), chapters.neighbours(found)
    picture = pictures.chosen(request) if found.needs_picture else None
    example = examples.of(found.slug, served, picture)
    context: dict[str, Any] = {
        "chapter": found,
        "chapters": chapters.CHAPTERS,
        "before": before,
        "after": after,
        "network": served,
        "example": example,
    }
    script: dict[str, Any] = {"messages": texts.for_script(), "example": example.for_script}
    if picture is not None:
        context |= {"picture": picture, "samples": SAMPLES, "recent": pictures.recent(request)}
        script |= {
            "pictureUrl": reverse("learn_picture"),
            "filterUrl": reverse("learn_filter", args=[0]),
            "query": picture.query,
            "description": picture.description,
        }
    return render(request, found.template, {**context, "script": script})


@require_safe
def picture(request: HttpRequest) -> HttpResponse:
    """`/learn/picture.png`: a picture in the size in which the network sees it."""
    pixels = pictures.chosen(request).pixels(network.served().preprocessing)
    return HttpResponse(pictures.png(pixels), content_type="image/png")


@require_safe
def network_filter(request: HttpRequest, index: int) -> HttpResponse:
    """`/learn/filter/<index>.json`: one filter of the first layer, and what the server makes of the picture with it."""
    served = network.served()
    if served.layer is None or index >= served.filters:
        raise Http404
    pixels = pictures.chosen(request).pixels(served.preprocessing)
    return JsonResponse(network.for_script(served.layer, index, served.preprocessing, pixels))
