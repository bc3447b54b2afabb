"""Addresses of the review pages."""

from __future__ import annotations

from django.urls import path

from webui.review import export_pages, pages

urlpatterns = [
    path("", pages.queue, name="review"),
    path("reviewed/", pages.reviewed, name="review_reviewed"),
    path("undo/", pages.undo, name="review_undo"),
    path("export/", export_pages.export, name="review_export"),
    path("<uuid:answer_id>/", pages.decide, name="review_decide"),
    path("<int:correction_id>/reopen/", pages.reopen, name="review_reopen"),
    path("<slug:name>/", pages.queue, name="review_queue"),
]
