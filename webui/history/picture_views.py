"""The views that serve the kept pictures, to those who may see their answers."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect
from django.templatetags.static import static
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.views.decorators.http import require_safe

from webui.accounts.identity import identify
from webui.history import pictures
from webui.history.models import Answer

# A picture never changes. A browser asks again after a while, so that one that was deleted does not stay there.
_MAX_AGE_S = 3600


@require_safe
def picture(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/history/<uuid>.jpg`: the picture as it is kept."""
    return _served(request, answer_id, f'"{answer_id}"', pictures.read)


@require_safe
def thumbnail(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/history/<uuid>/thumbnail.jpg`: a small copy."""
    return _served(request, answer_id, f'"{answer_id}-{pictures.THUMBNAIL_SIDE}"', pictures.thumbnail)


def _served(
    request: HttpRequest, answer_id: uuid.UUID, etag: str, read: Callable[[uuid.UUID], bytes | None]
) -> HttpResponse:
    if not Answer.objects.visible_to(identify(request)).filter(id=answer_id).exists():
        raise Http404
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _kept_by_browser(HttpResponseNotModified(), etag)
    try:
        data = read(answer_id)
    except pictures.PicturesUnavailable:  # The page around it shows all the rest.
        data = None
    if data is None:
        return redirect(static("webui/no-picture.svg"))
    return _kept_by_browser(HttpResponse(data, content_type="image/jpeg"), etag)


def _kept_by_browser(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    patch_cache_control(response, private=True, max_age=_MAX_AGE_S)
    return response
