"""Addresses of the versions pages."""

from __future__ import annotations

from django.urls import path

from webui.versions import compare_pages, pages, switch_pages

urlpatterns = [
    path("", pages.versions, name="models"),
    path("compare/", compare_pages.compare, name="models_compare"),
    path("<str:stem>/", pages.version, name="model"),
    path("<str:stem>/report/", pages.report_page, name="model_report"),
    path("<str:stem>/file/", pages.download, name="model_file"),
    path("<str:stem>/activate/", switch_pages.activate, name="model_activate"),
]
