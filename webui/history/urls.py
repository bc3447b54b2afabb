"""The URLs of the history pages, and of answers that are shared."""

from __future__ import annotations

from django.urls import path

from webui.history import deletion_views, export, picture_views, selection_views, sharing_views, views

urlpatterns = [
    path("", views.history, name="history"),
    path("export.csv", export.export, name="history_export"),
    path("selected.csv", selection_views.selected_csv, name="selected_csv"),
    path("selected.zip", selection_views.selected_zip, name="selected_zip"),
    path("delete/", deletion_views.delete, name="history_delete"),
    path("<uuid:answer_id>/", views.answer, name="answer"),
    path("<uuid:answer_id>/share/", sharing_views.share, name="share"),
    path("<uuid:answer_id>/share/revoke/", sharing_views.revoke, name="share_revoke"),
    path("<uuid:answer_id>.jpg", picture_views.picture, name="picture"),
    path("<uuid:answer_id>/thumbnail.jpg", picture_views.thumbnail, name="thumbnail"),
]

shared = [
    path("<str:token>/", sharing_views.shared, name="shared"),
    path("<str:token>/picture.jpg", sharing_views.shared_picture, name="shared_picture"),
]
