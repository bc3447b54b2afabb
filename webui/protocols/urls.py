"""The addresses of the protocols, as their clients spell them."""

from __future__ import annotations

from django.urls import path

from webui.protocols import hugging_face, open_inference, photoprism, tensorflow_serving

urlpatterns = [
    path("hf/<str:model>", hugging_face.classify, name="hf"),
    path("photoprism/labels", photoprism.labels, name="photoprism_labels"),
    path("v1/models/<str:model>:predict", tensorflow_serving.classify, name="tfs_predict"),
    path("v1/models/<str:model>", tensorflow_serving.status, name="tfs_model"),
    path("v1/models/<str:model>/metadata", tensorflow_serving.describe, name="tfs_metadata"),
    path(
        "v1/models/<str:model>/versions/<str:version>:predict", tensorflow_serving.classify, name="tfs_version_predict"
    ),
    path("v1/models/<str:model>/versions/<str:version>", tensorflow_serving.status, name="tfs_version"),
    path(
        "v1/models/<str:model>/versions/<str:version>/metadata",
        tensorflow_serving.describe,
        name="tfs_version_metadata",
    ),
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
