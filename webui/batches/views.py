"""The page of batches: one's own, how far they are, what came of them; and a form that sends one."""

from __future__ import annotations

import math
import uuid
from dataclasses import dataclass
from http import HTTPStatus

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods, require_POST

from recognizer.errors import MenagerieError
from webui import wording
from webui.accounts import form_token
from webui.accounts.form_token import RejectedForm
from webui.accounts.identity import identify, remember_visitor
from webui.batches import answers, submission
from webui.batches.answers import BatchAnswer
from webui.batches.models import Batch
from webui.jobs import lease, worker_sign
from webui.jobs.models import Job, State
from webui.problems import Unauthenticated, status_of, with_headers

_SHOWN = 50


@dataclass(frozen=True)
class Shown:
    """A batch as the page shows it."""

    job: Job
    answer: BatchAnswer

    @property
    def minutes_left(self) -> int | None:
        """Rounded up; None before there is anything to go by."""
        left = self.answer.progress.seconds_left
        return None if left is None else math.ceil(left / 60)

    @property
    def has_rows(self) -> bool:
        """Whether there is anything to fetch."""
        return self.answer.progress.done > 0


# Django's own check would read the form for its token, and all of its files with it.
@csrf_exempt
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def batches(request: HttpRequest) -> HttpResponseBase:
    """`/batches/`: one's own batches, the newest first; after a POST there is another one."""
    if request.method == "POST":
        return _submitted(request)
    lease.recover()
    response = _page(request)
    remember_visitor(request, response)
    return response


def _submitted(request: HttpRequest) -> HttpResponseBase:
    caller = identify(request)
    try:
        if not caller.is_member and not caller.visitor:
            raise Unauthenticated("Batches are kept for an account, or for a browser that takes cookies.")
        submission.submit(request, caller, lambda fields: form_token.check(request, fields))
    except RejectedForm as err:
        return err.response
    except MenagerieError as err:
        return _page(request, err)
    return redirect("batches")


def _page(request: HttpRequest, error: MenagerieError | None = None) -> HttpResponse:
    own = Batch.objects.belonging_to(identify(request)).order_by("-job__created", "-job__id")
    shown = [Shown(batch.job, answers.answer(batch)) for batch in own[:_SHOWN]]
    context = {
        "batches": shown,
        "problem": error and _sentence(error),
        "detail": error and str(error),
        "is_open": any(not each.job.is_finished for each in shown),
        "no_worker": any(each.job.state == State.WAITING for each in shown) and not worker_sign.is_seen(),
        "may_send": identify(request).is_member or settings.ENVIRONMENT.keep_days > 0,
        "most_pictures": submission.MAX_PICTURES,
        "most_mb": settings.ENVIRONMENT.batch_mb,
    }
    response = render(request, "webui/batches/list.html", context, status=status_of(error) if error else HTTPStatus.OK)
    return with_headers(response, error) if error else response


def _sentence(error: MenagerieError) -> str:
    if error.code == "invalid_request":
        return _("The pictures did not arrive as they should. Choose them again.")
    if error.code == "unauthenticated":
        return _("Log in first, or let the browser keep this page’s cookie: a batch belongs to somebody.")
    return wording.error_sentence(error.code)


@require_POST
def delete(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/batches/<uuid>/delete/`: removes a batch with its rows; one that is being answered is ended."""
    found = Batch.objects.belonging_to(identify(request)).filter(job_id=job_id).first()
    if found is None:
        raise Http404
    found.job.delete()
    return redirect("batches")
