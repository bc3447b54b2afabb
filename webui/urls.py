"""Which view answers at which address."""

from __future__ import annotations

from django.urls import path
from django.views.i18n import set_language

from webui import api, pages, probes

urlpatterns = [
    path("", pages.home, name="home"),
    path("language/", set_language, name="set_language"),
    path("api/v1/classify", api.classify_images, name="classify"),
    path("api/", api.not_found),
    path("api/<path:path>", api.not_found),
    path("livez", probes.livez, name="livez"),
    path("readyz", probes.readyz, name="readyz"),
]

handler400 = "webui.pages.bad_request"
handler404 = "webui.pages.not_found"
handler500 = "webui.pages.server_error"
