"""The URLs of the review pages, and of corrections, which lie below the history's."""

from __future__ import annotations

from django.urls import path

from webui.review import correction_views, views

corrections = [
    path("correction/", correction_views.correct_many, name="correct_many"),
    path("<uuid:answer_id>/correction/", correction_views.correct, name="correct"),
]

urlpatterns = [
    path("", views.queue, name="review"),
    path("reviewed/", views.reviewed, name="review_reviewed"),
    path("undo/", views.undo, name="review_undo"),
    path("export/", views.export, name="review_export"),
    path("<uuid:answer_id>/", views.decide, name="review_decide"),
    path("<int:correction_id>/reopen/", views.reopen, name="review_reopen"),
    path("<slug:name>/", views.queue, name="review_queue"),
]
