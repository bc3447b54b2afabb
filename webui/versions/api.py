"""The JSON API of model versions."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from recognizer.model_file.metadata import ModelMetadata
from recognizer.registry import versions
from recognizer.registry.versions import UnknownVersion
from webui.accounts import identity
from webui.accounts.models import Scope
from webui.problems import MethodNotAllowed, NotFound, answers_problems
from webui.versions import answering, listing
from webui.versions.answering import Answering
from webui.versions.listing import Listed


@csrf_exempt
@answers_problems
def list_models(request: HttpRequest) -> HttpResponse:
    """`GET /api/v1/models`: every version that can be used."""
    _check(request)
    now = answering.now()
    found = [(version, version.metadata) for version in listing.versions()]
    return _answer({"models": [_summary(version, data, now) for version, data in found if data is not None]})


@csrf_exempt
@answers_problems
def one_model(request: HttpRequest, version: str) -> HttpResponse:
    """`GET /api/v1/models/<version>`: one of them, named `animals-2` or, of the active model's name, `2`."""
    _check(request)
    found = _find(version)
    metadata = found.metadata if found else None
    if found is None or metadata is None:
        raise NotFound(
            "Expected one of the versions that GET /api/v1/models lists, such as animals-1."
            f" Received: version={version[:200]!r}"
        )
    details = metadata.model_dump(mode="json", include={"results", "provenance", "preprocessing", "temperature"})
    rejection = metadata.rejection.model_dump(mode="json") if metadata.rejection else None
    return _answer(_summary(found, metadata, answering.now()) | details | {"rejection": rejection})


def _check(request: HttpRequest) -> None:
    if request.method not in {"GET", "HEAD"}:
        raise MethodNotAllowed(request.method, "GET")
    identity.require_scope(request, Scope.READ)


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
        "classes": metadata.class_names,
        "architecture": metadata.architecture,
        "results": {"validation": measured} if measured else {},
        "compiled": version.precisions,
        "created": (metadata.origin.finished or version.modified).isoformat(),
    }


def _answer(content: dict[str, Any]) -> HttpResponse:
    response = JsonResponse(content)
    response["Cache-Control"] = "no-store"
    return response
