"""The URLs of the history pages."""

from __future__ import annotations

from django.urls import path

from webui.history import deletion_views, export, picture_views, selection_views, views

urlpatterns = [
    path("", views.history, name="history"),
    path("export.csv", export.export, name="history_export"),
    path("selected.csv", selection_views.selected_csv, name="selected_csv"),
    path("selected.zip", selection_views.selected_zip, name="selected_zip"),
    path("delete/", deletion_views.delete, name="history_delete"),
    path("<uuid:answer_id>/", views.answer, name="answer"),
    path("<uuid:answer_id>.jpg", picture_views.picture, name="picture"),
    path("<uuid:answer_id>/thumbnail.jpg", picture_views.thumbnail, name="thumbnail"),
]
