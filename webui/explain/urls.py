"""The URLs of Look inside: the same parts below an answer's id and below a sample's name."""

from __future__ import annotations

from django.urls import URLPattern, path

from webui.explain import alike_views, cover_views, known_views, layer_views, views

_PARTS = (
    ("", views.where, "look"),
    ("map/<int:label>.png", views.heat_map, "look_map"),
    ("cover/", cover_views.cover, "look_cover"),
    ("occlusion/<int:label>.png", cover_views.occluded, "look_occlusion"),
    ("layers/", layer_views.layers, "look_layers"),
    ("alike/", alike_views.alike, "look_alike"),
)


def _below(prefix: str, of: str) -> list[URLPattern]:
    return [path(f"{prefix}{route}", view, name=f"{of}{name}") for route, view, name in _PARTS]


urlpatterns = [
    path("known/<int:number>.jpg", known_views.known_picture, name="look_known"),
    *_below("<uuid:answer_id>/", ""),
    *_below("samples/<str:sample>/", "sample_"),
]
