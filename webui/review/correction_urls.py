"""The address of corrections, below that of the history."""

from __future__ import annotations

from django.urls import path

from webui.review import correction_pages

urlpatterns = [
    path("<uuid:answer_id>/correction/", correction_pages.correct, name="correct"),
]
