"""The views that hand out answers which a page names by their ids: as CSV, or with their pictures as a zip file."""

from __future__ import annotations

from collections.abc import Iterator

from django.core.exceptions import BadRequest
from django.http import Http404, HttpRequest, StreamingHttpResponse
from django.utils import timezone
from django.views.decorators.http import require_POST

from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.history import export, sorted_zip
from webui.history.lookup import find_all, read_ids
from webui.history.models import Answer

MAX_ANSWERS = 1000
"""At a time. With pictures of some 50 kB each, the zip file has up to 50 MB; it is written while it is sent."""
_PER_MINUTE = 10


@require_POST
@rate_limits.limited("selections", per_minute=_PER_MINUTE)
def selected_csv(request: HttpRequest) -> StreamingHttpResponse:
    """`/history/selected.csv`: the caller's own answers that the field `ids` names, in that order."""
    return _download(export.lines_of(_selected(request)), "csv", "text/csv; charset=utf-8")


@require_POST
@rate_limits.limited("selections", per_minute=_PER_MINUTE)
def selected_zip(request: HttpRequest) -> StreamingHttpResponse:
    """`/history/selected.zip`: their pictures, in a folder for each class."""
    folder = f"menagerie-{timezone.now():%Y-%m-%d}"
    return _download(sorted_zip.stream(_selected(request), folder=folder), "zip", "application/zip")


def own_answers(request: HttpRequest) -> list[Answer]:
    """The caller's own answers that a form's `ids` name, in that order, with corrections and accounts.

    Raises:
        BadRequest: the field holds no ids, or too many.
    """
    ids = read_ids(request.POST.get("ids", ""))
    if ids is None or len(ids) > MAX_ANSWERS:
        raise BadRequest(f"Expected up to {MAX_ANSWERS} ids of answers, with commas.")
    own = Answer.objects.belonging_to(identify(request)).select_related("user", "correction")
    return find_all(ids, own)


def _selected(request: HttpRequest) -> list[Answer]:
    answers = own_answers(request)
    if not answers:
        raise Http404
    return answers


def _download(pieces: Iterator[str] | Iterator[bytes], extension: str, content_type: str) -> StreamingHttpResponse:
    response = StreamingHttpResponse(pieces, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="menagerie-{timezone.now():%Y-%m-%d}.{extension}"'
    response["Cache-Control"] = "no-store"
    return response
