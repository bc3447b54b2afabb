"""The views of the review: staff see one picture after the other, and say what is in it, even without JavaScript.

GET a queue at ?n=3 -> POST decide -> the same queue at ?n=3, where the next one is now
"""

from __future__ import annotations

import logging
import uuid
from datetime import date

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH
from webui.accounts.decorators import account, staff_only
from webui.history.models import Answer, Correction, CorrectionKind, State
from webui.review import dataset, dataset_zip, decisions, judgements, outcome, queues, undo_steps
from webui.review.dataset import Selection
from webui.review.decisions import ChangedMeanwhile, Decision
from webui.review.figures import figures
from webui.review.judgements import Judgement, WrongJudgement
from webui.review.next_version import next_version
from webui.review.queues import CORRECTIONS, QUEUES, Queue
from webui.review.undo_steps import Step

_REVIEWED_PER_PAGE = 25
_ACCEPT, _REJECT = "accept", "reject"

_logger = logging.getLogger(__name__)


@never_cache
@staff_only
@require_GET
def queue(request: HttpRequest, name: str = CORRECTIONS.name) -> HttpResponse:
    """`/review/`, `/review/<queue>/`: the picture at `?n=` (1, 2, ...) of a queue, or its last one."""
    shown = _queue(name)
    count = shown.count()
    position = min(_number(request.GET.get("n")), max(count, 1))
    found, counted = shown.at(position - 1), figures()
    context = {
        "queue": shown,
        "answer": found[0] if found else None,
        "following": found[1:],
        "position": position,
        "count": count,
        "is_all": count <= queues.MAX_COUNTED,
        "most": queues.MAX_COUNTED,
        "skip_url": _url(shown, position % count + 1 if count else 1),
        "back_url": _url(shown, (position - 2) % count + 1 if count else 1),
        "figures": counted,
        "next_version": next_version(counted),
        **_tabs(request, shown.name),
    }
    return render(request, "webui/review/queue.html", context)


@never_cache
@staff_only
@require_GET
def reviewed(request: HttpRequest) -> HttpResponse:
    """`/review/reviewed/`: what has been reviewed, the newest first."""
    order = ("-reviewed", "-pk")
    found = Correction.objects.filter(state__in=[State.ACCEPTED, State.REJECTED]).order_by(*order)
    # Sorting nothing but keys takes a fraction of the time.
    page = Paginator(found.values_list("pk", flat=True), _REVIEWED_PER_PAGE).get_page(request.GET.get("page"))
    shown = Correction.objects.filter(pk__in=list(page)).select_related("answer", "user", "reviewed_by")
    counted = figures()
    context = {
        "page": page,
        "corrections": shown.order_by(*order),
        "figures": counted,
        "next_version": next_version(counted),
        **_tabs(request, "reviewed"),
    }
    return render(request, "webui/review/reviewed.html", context)


@staff_only
@require_POST
def decide(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/review/<uuid>/`: what staff say about one picture.

    Fields: `queue` and `n`, where the reviewer is; `kind`: accept, reject, or as in `judgements`; `label`;
    `seen_kind` and `seen_label`: what the reviewer saw that somebody said.
    """
    shown, position = _queue(request.POST.get("queue", "")), _number(request.POST.get("n"))
    answer = Answer.objects.filter(id=answer_id).first()
    if answer is None:
        messages.warning(request, _("This answer has been deleted meanwhile."))
        return redirect(_url(shown, position))
    try:
        decision, sentence = _decide(request, answer)
    except WrongJudgement as err:
        messages.error(request, str(err))
    except ChangedMeanwhile:
        messages.warning(request, _what_happened(answer))
    else:
        undo_steps.remember(request, Step(decision, shown.name, position))
        messages.success(request, sentence)
    return redirect(_url(shown, position))


@staff_only
@require_POST
def undo(request: HttpRequest) -> HttpResponse:
    """`/review/undo/`: takes the reviewer's last decision back."""
    step = undo_steps.take_last(request)
    if step is None:
        messages.info(request, _("There is nothing to undo."))
        return redirect("review")
    try:
        decisions.undo(step.decision, by=account(request))
        messages.success(request, _("Undone: it is waiting again."))
    except ChangedMeanwhile:
        messages.warning(request, _("This cannot be undone: somebody else has changed it since."))
    return redirect(_url(_queue(step.queue), step.position))


@staff_only
@require_POST
def reopen(request: HttpRequest, correction_id: int) -> HttpResponse:
    """`/review/<id>/reopen/`: puts a reviewed correction back into the queue."""
    correction = get_object_or_404(Correction, pk=correction_id)
    try:
        decisions.reopen(correction, by=account(request))
        messages.success(request, _("Reopened: it is waiting for review again."))
    except ChangedMeanwhile:
        messages.warning(request, _("It is already waiting for review."))
    return redirect("review_reviewed")


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


def _decide(request: HttpRequest, answer: Answer) -> tuple[Decision, str]:
    by, kind = account(request), request.POST.get("kind")
    seen = _seen(request)
    if seen is None:
        verdict = judgements.read(answer, request.POST.dict())
        judged = decisions.judge(answer, verdict, by=by)
        return judged, outcome.accepted(judged.verdict or verdict)
    if kind == _REJECT:
        rejected = decisions.review(answer, State.REJECTED, seen=seen, verdict=seen, by=by)
        return rejected, _("Rejected: %(what)s.") % {"what": seen}
    verdict = seen if kind == _ACCEPT else judgements.read(answer, request.POST.dict())
    accepted = decisions.review(answer, State.ACCEPTED, seen=seen, verdict=verdict, by=by)
    return accepted, outcome.accepted(accepted.verdict or verdict)


def _seen(request: HttpRequest) -> Judgement | None:
    kind, label = request.POST.get("seen_kind", ""), request.POST.get("seen_label", "")
    if "\0" in label or len(label) > MAX_CLASS_NAME_LENGTH:
        raise BadRequest("No correction says that.")  # PostgreSQL would not even look for it.
    return Judgement(CorrectionKind(kind), label) if kind in CorrectionKind.values else None


def _what_happened(answer: Answer) -> str:
    correction = Correction.objects.filter(answer=answer).select_related("reviewed_by").first()
    if correction is None:
        return _("The correction has been withdrawn meanwhile. Nothing was written.")
    if correction.state == State.PENDING:
        return _("Somebody has changed the correction meanwhile. Nothing was written; look at it again.")
    return _("%(who)s has reviewed this meanwhile: %(what)s (%(state)s). Nothing was overwritten.") % {
        "who": correction.reviewed_by or _("Somebody"),
        "what": Judgement(CorrectionKind(correction.kind), correction.label),
        "state": correction.get_state_display(),
    }


def _queue(name: str) -> Queue:
    if name not in QUEUES:
        raise Http404
    return QUEUES[name]


def _number(text: str | None) -> int:
    """A position; 1 for anything that is none."""
    return int(text) if text and text.isascii() and text.isdigit() and len(text) < 9 and int(text) else 1


def _url(shown: Queue, position: int) -> str:
    url = reverse("review") if shown is CORRECTIONS else reverse("review_queue", args=[shown.name])
    return f"{url}?{urlencode({'n': position})}" if position > 1 else url


def _tabs(request: HttpRequest, here: str) -> dict[str, object]:
    tabs = [(found.name, str(found.title), _url(found, 1)) for found in QUEUES.values()]
    tabs.append(("reviewed", _("Reviewed"), reverse("review_reviewed")))
    return {
        "tabs": tabs,
        "here": here,
        "waiting": _up_to(CORRECTIONS.count()),
        "can_undo": undo_steps.can_undo(request),
    }


def _up_to(count: int) -> str:
    return str(count) if count <= queues.MAX_COUNTED else f"{queues.MAX_COUNTED}+"
