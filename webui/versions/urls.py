"""The URLs of the pages about model versions."""

from __future__ import annotations

from django.urls import path

from webui.versions import compare_views, export_views, views

urlpatterns = [
    path("", views.versions, name="models"),
    path("compare/", compare_views.compare, name="models_compare"),
    path("<str:stem>/", views.version, name="model"),
    path("<str:stem>/report/", views.report_page, name="model_report"),
    path("<str:stem>/file/", views.download, name="model_file"),
    path("<str:stem>/exports/", export_views.ask, name="model_export"),
    path("<str:stem>/exports/<str:target>.zip", export_views.exported, name="model_exported"),
    path("<str:stem>/activate/", views.activate, name="model_activate"),
]
