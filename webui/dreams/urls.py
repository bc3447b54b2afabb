"""The URLs of dreams."""

from __future__ import annotations

from django.urls import path

from webui.dreams import views

urlpatterns = [
    path("", views.dreams, name="dreams"),
    path("new/<uuid:answer_id>/", views.new, name="dream_new"),
    path("<uuid:job_id>/", views.dream, name="dream"),
    path("<uuid:job_id>/<int:done>.jpg", views.step, name="dream_step"),
    path("<uuid:job_id>/dream.jpg", views.result, name="dream_result"),
    path("<uuid:job_id>/delete/", views.delete, name="dream_delete"),
]
