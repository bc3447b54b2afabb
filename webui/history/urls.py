"""Addresses of the history pages."""

from __future__ import annotations

from django.urls import path

from webui.history import deletion_pages, export, pages, picture_pages

urlpatterns = [
    path("", pages.history, name="history"),
    path("export.csv", export.export, name="history_export"),
    path("delete/", deletion_pages.delete, name="history_delete"),
    path("<uuid:answer_id>/", pages.answer, name="answer"),
    path("<uuid:answer_id>.jpg", picture_pages.picture, name="picture"),
    path("<uuid:answer_id>/thumbnail.jpg", picture_pages.thumbnail, name="thumbnail"),
]
