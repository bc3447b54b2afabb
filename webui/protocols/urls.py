"""The addresses of the protocols, as their clients spell them."""

from __future__ import annotations

from django.urls import path

from webui.protocols import hugging_face, open_inference

urlpatterns = [
    path("hf/<str:model>", hugging_face.classify, name="hf"),
    path("v2", open_inference.server, name="v2_server"),
    path("v2/health/live", open_inference.live, name="v2_live"),
    path("v2/health/ready", open_inference.ready, name="v2_ready"),
    path("v2/models/<str:model>", open_inference.describe, name="v2_model"),
    path("v2/models/<str:model>/ready", open_inference.model_ready, name="v2_model_ready"),
    path("v2/models/<str:model>/infer", open_inference.infer, name="v2_infer"),
    path("v2/models/<str:model>/versions/<str:version>", open_inference.describe, name="v2_version"),
    path("v2/models/<str:model>/versions/<str:version>/ready", open_inference.model_ready, name="v2_version_ready"),
    path("v2/models/<str:model>/versions/<str:version>/infer", open_inference.infer, name="v2_version_infer"),
]
