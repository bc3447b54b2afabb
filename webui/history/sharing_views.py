"""The views of shared answers: their owners make and revoke links, and whoever has one sees picture and answer."""

from __future__ import annotations

import uuid

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from webui.accounts.decorators import members_only
from webui.accounts.identity import identify
from webui.accounts.rate_limits import limited
from webui.history import pictures, sharing
from webui.history.filters import Filter
from webui.history.lookup import find
from webui.history.models import Answer

_PER_MINUTE = 30
_NOT_FOR_SEARCH_ENGINES = "noindex, nofollow, noarchive"


@limited("shares", per_minute=_PER_MINUTE)
@require_POST
@members_only
def share(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/history/<uuid>/share/`: makes a link to one of the caller's own answers."""
    answer = _own(request, answer_id)
    if not sharing.share(answer, identify(request)):
        raise Http404
    messages.success(request, _("Shared: whoever has the link sees this picture and its answer."))
    return _back(request, answer)


@limited("shares", per_minute=_PER_MINUTE)
@require_POST
@members_only
def revoke(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/history/<uuid>/share/revoke/`: ends the link to one of the caller's own answers."""
    answer = _own(request, answer_id)
    sharing.revoke(answer)
    messages.success(request, _("Revoked: the link shows nothing any more."))
    return _back(request, answer)


@require_safe
def shared(request: HttpRequest, token: str) -> HttpResponse:
    """`/shared/<token>/`: picture and answer, for everybody who has the link."""
    answer = sharing.find(token)
    if answer is None:
        return _unlisted(render(request, "webui/history/shared_gone.html", status=404))
    return _unlisted(render(request, "webui/history/shared.html", {"answer": answer, "token": token}))


@require_safe
def shared_picture(request: HttpRequest, token: str) -> HttpResponse:
    """`/shared/<token>/picture.jpg`: the picture as it is kept, without metadata; no browser keeps it."""
    answer = sharing.find(token)
    data = pictures.read(answer.id) if answer else None
    if data is None:
        raise Http404
    return _unlisted(HttpResponse(data, content_type="image/jpeg"))


def _own(request: HttpRequest, answer_id: uuid.UUID) -> Answer:
    """One of the caller's own answers; staff see those of others, but do not share them.

    Raises:
        Http404: it is not the caller's.
    """
    caller = identify(request)
    answer = find(answer_id, caller, Answer.objects.belonging_to(caller))
    if answer is None:
        raise Http404
    return answer


def _back(request: HttpRequest, answer: Answer) -> HttpResponse:
    wanted = Filter(QueryDict(request.POST.get("query", "").removeprefix("?")), identify(request))
    return redirect(f"{reverse('answer', args=[answer.id])}{wanted.query}#share-title")


def _unlisted(response: HttpResponse) -> HttpResponse:
    response["X-Robots-Tag"] = _NOT_FOR_SEARCH_ENGINES
    return response
