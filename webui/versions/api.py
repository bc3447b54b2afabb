"""The JSON API of model versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest

from recognizer.engines.graph_files import Precision
from recognizer.model_file.metadata import ModelMetadata
from recognizer.predictions.documents import Document
from recognizer.registry import versions
from recognizer.registry.versions import UnknownVersion
from webui.accounts.models import Scope
from webui.api.endpoint import Operation, PathPart
from webui.problems import NotFound
from webui.versions import answering, listing
from webui.versions.answering import Answering
from webui.versions.listing import Listed

VERSION = PathPart("Its `id`, such as `animals-2`; or `2` for that version of the active model's name.", "animals-2")


class ModelVersion(Document):
    """One version of a model that can be used."""

    id: str
    """The name of its file without `.h5`."""
    name: str
    """Of all its versions."""
    version: str
    digest: str
    """SHA-256 of its file, as `sha256:` and 64 hexadecimal digits."""
    active: bool
    """Whether it is the one that should answer."""
    previous: bool
    """Whether a rollback would go back to it."""
    answering: bool
    """Whether the process that was asked answers with it: for some seconds after an activation, that is the one of
    before."""
    classes: list[str]
    """In the order of the network's outputs."""
    architecture: str
    """Of its network."""
    results: dict[str, Any]
    """What was measured; in a list of versions only `validation`, with `accuracy` and `n`. Empty where nobody did."""
    compiled: list[Precision]
    """What it can be computed in without compiling it first."""
    created: str
    """When its training ended, or else when its file was written; ISO 8601."""


class ModelVersions(Document):
    """Every version that can be used."""

    models: list[ModelVersion]
    """In the order of their names."""


class ModelDetails(ModelVersion):
    """One version, with everything that its file records."""

    results: dict[str, Any]
    """All that was measured."""
    provenance: dict[str, Any]
    """Where its weights come from, as far as its file says."""
    preprocessing: dict[str, Any]
    """How pixels become its network's input."""
    temperature: float
    """Divides the logits before the softmax."""
    rejection: dict[str, Any] | None
    """How it tells pictures of none of its classes; null where it takes every picture for one of them."""


EXAMPLE = ModelVersion(
    id="animals-2",
    name="animals",
    version="2",
    digest=f"sha256:{'8f' * 32}",
    active=True,
    previous=False,
    answering=True,
    classes=["cat", "chicken", "dog", "horse"],
    architecture="resnet50v1.5",
    results={"validation": {"accuracy": 0.988, "n": 581}},
    compiled=["int8", "bf16", "f32"],
    created="2026-11-22T01:15:37+00:00",
)
_EXAMPLE_DETAILS = ModelDetails(
    **dict(EXAMPLE),
    provenance={"recipe": {"name": "animals"}, "finished": "2026-11-22T01:15:37+00:00"},
    preprocessing={"input_size": 224, "fit": "stretch", "interpolation": "bilinear"},
    temperature=0.758,
    rejection={"method": "rejection_head", "threshold": 0.31},
)


@Operation("GET", "models", {200: ModelVersions(models=[EXAMPLE])}, scope=Scope.READ, conditional=True)
def list_models(request: HttpRequest) -> ModelVersions:
    """Lists every version of the model that can be used.

    Files that cannot be used are left out; the page `/models/` has them, with the reason.
    """
    now = answering.now()
    found = [(version, version.metadata) for version in listing.versions()]
    return ModelVersions(
        models=[ModelVersion(**_summary(version, data, now)) for version, data in found if data is not None]
    )


@Operation(
    "GET",
    "models",
    {200: _EXAMPLE_DETAILS},
    scope=Scope.READ,
    path={"version": VERSION},
    problems=("not_found",),
    conditional=True,
)
def one_model(request: HttpRequest, version: str) -> ModelDetails:
    """Tells everything that one version's file records."""
    found, metadata = existing(version)
    details = metadata.model_dump(mode="json", include={"results", "provenance", "preprocessing", "temperature"})
    rejection = metadata.rejection.model_dump(mode="json") if metadata.rejection else None
    return ModelDetails(**_summary(found, metadata, answering.now()) | details | {"rejection": rejection})


def existing(version: str) -> tuple[Listed, ModelMetadata]:
    """The version that is meant, with what its file says.

    Raises:
        NotFound: there is none, it could be two, or it cannot be used.
    """
    found = _find(version)
    metadata = found.metadata if found else None
    if found is None or metadata is None:
        raise NotFound(
            "Expected one of the versions that GET /api/v1/models lists, such as animals-1."
            f" Received: version={version[:200]!r}"
        )
    return found, metadata


def _find(version: str) -> Listed | None:
    try:
        path = versions.find(version, settings.ENVIRONMENT.models)
    except (UnknownVersion, OSError):
        return None
    return next((found for found in listing.versions() if found.path == path), None)


def _summary(version: Listed, metadata: ModelMetadata, now: Answering) -> dict[str, Any]:
    validation = metadata.measured.validation
    measured = validation.model_dump(include={"accuracy", "n"}) if validation else None
    return {
        "id": version.stem,
        "name": metadata.name,
        "version": metadata.version,
        "digest": version.contents.digest,
        "active": version.is_active,
        "previous": version.is_previous,
        "answering": now.is_with(version),
        "classes": list(metadata.class_names),
        "architecture": metadata.architecture,
        "results": {"validation": measured} if measured else {},
        "compiled": version.precisions,
        "created": (metadata.origin.finished or version.modified).isoformat(),
    }
