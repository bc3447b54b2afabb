"""The views of a version's gallery: the page, and its pictures."""

from __future__ import annotations

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import render
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.explain import gallery as stored
from recognizer.folders import command_line
from webui.gallery.rooms import rooms
from webui.versions.views import existing

_MAX_AGE_S = 3600


@never_cache
@require_safe
def gallery(request: HttpRequest, stem: str) -> HttpResponse:
    """`/models/<stem>/filters/`: what the filters of each stage and the classes look for."""
    version = existing(stem)
    if version.metadata is None:
        raise Http404
    found = stored.read(version.path, version.contents.digest)
    context = {
        "version": version,
        "gallery": found,
        "rooms": rooms(found) if found else [],
        "command": command_line("training", "gallery", f"models/{version.path.name}"),
    }
    return render(request, "webui/gallery/gallery.html", context)


@require_safe
def picture(request: HttpRequest, stem: str, file: str) -> HttpResponse:
    """`/models/<stem>/filters/<file>.webp`: one picture, which the manifest names."""
    version = existing(stem)
    found = stored.read(version.path, version.contents.digest)
    drawn = next((drawn for drawn in found.pictures() if drawn.file == file), None) if found else None
    if found is None or drawn is None:
        raise Http404
    etag = f'"{drawn.digest}"'
    if etag in parse_etags(request.headers.get("If-None-Match", "")):
        return _kept_by_browser(HttpResponseNotModified(), etag)
    data = stored.picture(version.path, found, file)
    if data is None:
        raise Http404
    return _kept_by_browser(HttpResponse(data, content_type="image/webp"), etag)


def _kept_by_browser(response: HttpResponse, etag: str) -> HttpResponse:
    response["ETag"] = etag
    patch_cache_control(response, private=True, max_age=_MAX_AGE_S)
    return response
