"""The zip file of accepted corrections, for staff."""

from __future__ import annotations

import logging
from datetime import date

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from webui.gates import account, staff_only
from webui.review import dataset, dataset_zip
from webui.review.dataset import Selection

_logger = logging.getLogger(__name__)


@staff_only
@require_POST
def export(request: HttpRequest) -> HttpResponseBase:
    """`/review/export/`: fields `since` (a date), `model` and `include_right`, each may be left out."""
    try:
        since = date.fromisoformat(request.POST["since"]) if request.POST.get("since") else None
    except ValueError:
        messages.error(request, _("Write the date as year-month-day: 2026-01-31."))
        return redirect("review")
    if "\0" in request.POST.get("model", ""):
        raise BadRequest("No model is called so.")  # PostgreSQL would not even look for it.
    selection = Selection(since, request.POST.get("model", ""), include_right="include_right" in request.POST)
    _logger.info("%s takes out accepted corrections: %s", account(request), selection)
    name = f"corrections-{timezone.now():%Y-%m-%d}"
    pieces = dataset_zip.stream(dataset.items(selection), folder=name)
    response = StreamingHttpResponse(pieces, content_type="application/zip")
    response["Content-Disposition"] = f'attachment; filename="{name}.zip"'
    response["Cache-Control"] = "no-store"
    return response
