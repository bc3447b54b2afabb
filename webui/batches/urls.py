"""The URLs of the page about batches."""

from __future__ import annotations

from django.urls import path

from webui.batches import views

urlpatterns = [
    path("", views.batches, name="batches"),
    path("<uuid:job_id>/delete/", views.delete, name="batch_delete"),
]
