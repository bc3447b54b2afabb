"""The views of dreams: all of one's own, the form, one dream while it is made and afterwards, its pictures."""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from http import HTTPStatus
from importlib.util import find_spec

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from recognizer.errors import MenagerieError
from recognizer.model_file.artifact import Artifact
from webui import services
from webui.accounts import rate_limits
from webui.accounts.identity import identify
from webui.dreams.command import KIND
from webui.dreams.forms import DreamForm
from webui.dreams.models import Dream
from webui.explain.parts import tabs
from webui.explain.subject import find_subject
from webui.history.models import Answer
from webui.jobs import events, folder, lease, queue, worker_sign
from webui.jobs.events import Progress
from webui.jobs.models import Job, State

_PER_MINUTE = 20
_SHOWN = 60
_MOST_PICTURE_BYTES = 4 * 2**20
_MAX_AGE_S = 3600


@dataclass(frozen=True)
class Shown:
    """A dream as its page shows it."""

    dream: Dream
    progress: Progress

    @property
    def job(self) -> Job:
        """The job that makes it."""
        return self.dream.job

    @property
    def latest(self) -> int | None:
        """After how many steps the latest picture of the way was taken."""
        return max(self.progress.pictures, default=None)

    @property
    def seconds_left(self) -> int | None:
        """Rounded up to five."""
        left = self.progress.seconds_left
        return None if left is None else 5 * (int(left) // 5 + 1)


@never_cache
@require_safe
def dreams(request: HttpRequest) -> HttpResponse:
    """`/dreams/`: one's own dreams, the newest first."""
    mine = Dream.objects.filter(job__in=Job.objects.belonging_to(identify(request))).select_related("job")
    found = [Shown(dream, events.read(dream.job_id)) for dream in mine.order_by("-job__created")[:_SHOWN]]
    return render(request, "webui/dreams/list.html", {"dreams": found})


@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
@rate_limits.limited("dreams", per_minute=_PER_MINUTE)
def new(request: HttpRequest, answer_id: uuid.UUID) -> HttpResponse:
    """`/dreams/new/<uuid>/`: the form of a dream on the picture of an answer; after a POST it waits for its turn."""
    answer = Answer.objects.belonging_to(identify(request)).filter(id=answer_id, picture_bytes__gt=0).first()
    if answer is None:
        raise Http404
    try:
        source = services.current().model.recognizer().artifact
    except MenagerieError:
        return _form(request, answer, None, problem=_("The model is not ready. Try again in a few seconds."))
    form = DreamForm(source, request.POST or None)
    if request.method != "POST" or not form.is_valid():
        return _form(request, answer, form)
    try:
        return redirect("dream", _submitted(request, answer, form, source).id)
    except (queue.QueueFull, queue.TooManyOfOne) as err:
        return _form(request, answer, form, problem=queue.sentence(err), status=HTTPStatus.SERVICE_UNAVAILABLE)


def _submitted(request: HttpRequest, answer: Answer, form: DreamForm, source: Artifact) -> Job:
    chosen = form.chosen()

    def complete(job: Job) -> None:
        Dream.objects.create(
            job=job,
            answer=answer,
            model=source.path.stem,
            stage=chosen.stage,
            label=chosen.label,
            strength=form.cleaned_data["strength"],
            octaves=form.cleaned_data["octaves"],
        )

    return queue.submit(KIND, identify(request), complete)


def _form(
    request: HttpRequest,
    answer: Answer,
    form: DreamForm | None,
    *,
    problem: str = "",
    status: HTTPStatus = HTTPStatus.OK,
) -> HttpResponse:
    subject = find_subject(request, answer.id)
    context = {
        "answer": answer,
        "form": form,
        "problem": problem,
        "can_dream": can_dream(),
        "subject": subject,
        "tabs": tabs(subject, "dream_new"),
    }
    return render(request, "webui/dreams/new.html", context, status=status)


def can_dream() -> bool:
    """Whether what dreams is installed here; nothing of it is loaded."""
    return find_spec("tensorflow") is not None


@never_cache
@require_safe
def dream(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/dreams/<uuid>/`: how far a dream is, with pictures of the way; then the dream."""
    lease.recover()
    found = _own(request, job_id)
    shown = Shown(found, events.read(job_id))
    waits = found.job.state == State.WAITING
    context = {
        "shown": shown,
        "before": queue.before(found.job) if waits else 0,
        "no_worker": waits and not worker_sign.is_seen(),
    }
    return render(request, "webui/dreams/dream.html", context)


@require_safe
def step(request: HttpRequest, job_id: uuid.UUID, done: int) -> HttpResponse:
    """`/dreams/<uuid>/<steps>.jpg`: the picture after some steps."""
    _own(request, job_id)
    return _picture(job_id, events.read(job_id).pictures.get(done, ""))


@require_safe
def result(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/dreams/<uuid>/dream.jpg`: the dream; `?download` makes the browser keep it."""
    found = _own(request, job_id)
    response = _picture(job_id, events.read(job_id).result)
    if "download" in request.GET:
        response["Content-Disposition"] = f'attachment; filename="dream-{found.job_id}.jpg"'
    return response


@require_POST
def delete(request: HttpRequest, job_id: uuid.UUID) -> HttpResponse:
    """`/dreams/<uuid>/delete/`: removes a dream with its pictures; one that is being made is stopped."""
    _own(request, job_id).job.delete()
    return redirect("dreams")


def _own(request: HttpRequest, job_id: uuid.UUID) -> Dream:
    mine = Job.objects.belonging_to(identify(request)).filter(id=job_id)
    found = Dream.objects.filter(job__in=mine).select_related("job").first()
    if found is None:
        raise Http404
    return found


def _picture(job_id: uuid.UUID, name: str) -> HttpResponse:
    data = folder.read(job_id, name, _MOST_PICTURE_BYTES) if name else None
    if data is None:
        raise Http404
    response = HttpResponse(data, content_type="image/jpeg")
    patch_cache_control(response, private=True, max_age=_MAX_AGE_S)
    return response
