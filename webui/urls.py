"""The URLs of the project: which view answers at which address."""

from __future__ import annotations

from django.contrib import admin
from django.urls import include, path

from webui.accounts import urls as accounts_urls
from webui.api_docs import views as api_docs_views
from webui.batches import api as batches_api
from webui.classify import api, live_views, views
from webui.explain import api as explain_api
from webui.gallery import urls as gallery_urls
from webui.history import api as history_api
from webui.history import urls as history_urls
from webui.metrics import views as metrics_views
from webui.protocols import urls as protocols_urls
from webui.review import api as review_api
from webui.review import urls as review_urls
from webui.shell import navigation, probes
from webui.studio.api import urls as studio_api_urls
from webui.versions import activation_api
from webui.versions import api as versions_api

urlpatterns = [
    path("", views.home, name="home"),
    path("live/", live_views.live, name="live"),
    path("language/", navigation.set_language, name="set_language"),
    path("theme/", navigation.set_theme, name="set_theme"),
    path("look/", include(gallery_urls.look)),
    path("look/", include("webui.explain.urls")),
    path("history/", include("webui.history.urls")),
    path("shared/", include(history_urls.shared)),
    path("history/", include(review_urls.corrections)),
    path("review/", include("webui.review.urls")),
    path("dreams/", include("webui.dreams.urls")),
    path("studio/", include("webui.studio.urls")),
    path("batches/", include("webui.batches.urls")),
    path("models/", include("webui.versions.urls")),
    path("learn/", include("webui.lesson.urls")),
    path("models/", include("webui.gallery.urls")),
    path("account/", include("webui.accounts.urls")),
    path("admin/", include(accounts_urls.instead_of_the_admins_own)),
    path("admin/", admin.site.urls),
    path("api/v1/classify", api.classify_images, name="classify"),
    path("api/v1/explain", explain_api.explain, name="api_explain"),
    path("api/v1/models", versions_api.list_models, name="api_models"),
    path("api/v1/models/<str:version>", versions_api.one_model, name="api_model"),
    path("api/v1/models/<str:version>/activate", activation_api.activate_model, name="api_activate"),
    path("api/v1/activations/<int:number>", activation_api.activation, name="api_activation"),
    path("api/v1/history", history_api.list_history, name="api_history"),
    path("api/v1/history/<uuid:answer_id>.jpg", history_api.picture, name="api_picture"),
    path("api/v1/batches", batches_api.batches, name="api_batches"),
    path("api/v1/batches/<uuid:job_id>", batches_api.batch, name="api_batch"),
    path("api/v1/batches/<uuid:job_id>/results.jsonl", batches_api.results_jsonl, name="api_batch_jsonl"),
    path("api/v1/batches/<uuid:job_id>/results.csv", batches_api.results_csv, name="api_batch_csv"),
    path("api/v1/history/<uuid:answer_id>", history_api.delete_answer, name="api_answer"),
    path("api/v1/history/<uuid:answer_id>/correction", review_api.correction, name="api_correction"),
    *studio_api_urls.urlpatterns,
    path("api/openapi.json", api_docs_views.document, name="openapi"),
    path("api/docs", api_docs_views.docs, name="api_docs"),
    path("api/", api.not_found),
    path("api/<path:path>", api.not_found),
    *protocols_urls.urlpatterns,
    path("metrics", metrics_views.metrics, name="metrics"),
    path("livez", probes.livez, name="livez"),
    path("readyz", probes.readyz, name="readyz"),
]

handler400 = "webui.shell.error_views.bad_request"
handler403 = "webui.shell.error_views.forbidden"
handler404 = "webui.shell.error_views.not_found"
handler500 = "webui.shell.error_views.server_error"
