"""The views of a version's gallery: its page, the same as a part of Look inside, and its pictures."""

from __future__ import annotations

import uuid
from http import HTTPStatus
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.http import parse_etags
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from recognizer.errors import MenagerieError
from recognizer.explain import gallery as stored
from recognizer.folders import command_line
from webui.explain.parts import tabs
from webui.explain.subject import Subject, find_subject
from webui.gallery.exciting import exciting
from webui.gallery.rooms import rooms
from webui.problems import status_of
from webui.versions import answering, listing
from webui.versions.listing import Listed
from webui.versions.views import existing
from webui.wording import error_sentence

_MAX_AGE_S = 3600


@never_cache
@require_safe
def gallery(request: HttpRequest, stem: str) -> HttpResponse:
    """`/models/<stem>/filters/`: what the filters of each stage and the classes look for.

    `mine=true` adds the pictures of the reader's own history that excite each most, for the version that answers.
    """
    version = existing(stem)
    if version.metadata is None:
        raise Http404
    return _page(request, version, {})


@never_cache
@require_safe
def filters(request: HttpRequest) -> HttpResponse:
    """`/look/filters/`: the same for the version that answers, as a part of Look inside.

    `picture=<id of an answer>` or `sample=<name>` says from which picture the reader comes.
    """
    version = listing.find(answering.now().stem)
    if version is None or version.metadata is None:
        return redirect("models")
    subject = _subject(request)
    context = {"subject": subject, "tabs": tabs(subject, "filters")} if subject else {}
    return _page(request, version, context)


def _page(request: HttpRequest, version: Listed, context: dict[str, Any]) -> HttpResponse:
    found = stored.read(version.path, version.contents.digest)
    mine, notice, status = None, "", HTTPStatus.OK
    if found and request.GET.get("mine") == "true":
        try:
            mine = exciting(request, found)
            notice = "" if mine else _("Only the version that answers can be asked about your pictures.")
        except MenagerieError as err:
            notice, status = error_sentence(err.code), status_of(err)
    shown = {
        "version": version,
        "gallery": found,
        "rooms": rooms(found, mine) if found else [],
        "mine": mine,
        "notice": notice,
        "can_ask": answering.now().is_with(version),
        "command": command_line("training", "gallery", f"models/{version.path.name}"),
    }
    return render(request, "webui/gallery/gallery.html", {**context, **shown}, status=status)


def _subject(request: HttpRequest) -> Subject | None:
    """The picture that the reader comes from; None where there is none, or it is not for him."""
    try:
        answer_id = uuid.UUID(request.GET.get("picture", ""))
    except ValueError:
        answer_id = None
    try:
        return find_subject(request, answer_id, request.GET.get("sample"))
    except Http404:
        return None


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
