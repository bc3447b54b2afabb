"""The URLs of the lesson."""

from __future__ import annotations

from django.urls import path

from webui.lesson import views

urlpatterns = [
    path("", views.overview, name="learn"),
    path("picture.png", views.picture, name="learn_picture"),
    path("filter/<int:index>.json", views.network_filter, name="learn_filter"),
    path("<slug:slug>/", views.chapter, name="learn_chapter"),
]
