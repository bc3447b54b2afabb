"""The URLs of a version's gallery."""

from __future__ import annotations

from django.urls import path

from webui.gallery import views

urlpatterns = [
    path("<str:stem>/filters/", views.gallery, name="gallery"),
    path("<str:stem>/filters/<str:file>", views.picture, name="gallery_picture"),
]

look = [path("filters/", views.filters, name="filters")]
"""Below /look/, beside the other parts of Look inside."""
