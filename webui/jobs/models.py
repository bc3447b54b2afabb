"""The database table of jobs: what is to be done for whom, and how far it is."""

from __future__ import annotations

import uuid
from typing import Any

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from webui.accounts.identity import Caller


class Jobs(models.QuerySet["Job"]):
    """A query set of jobs that knows whose they are."""

    def belonging_to(self, caller: Caller) -> Jobs:
        """The caller's own jobs, which nobody else sees, staff neither."""
        if caller.user is not None:
            return self.filter(user=caller.user)
        return self.filter(user=None, visitor=caller.visitor) if caller.visitor else self.none()

    def unfinished(self) -> Jobs:
        """Jobs that wait or run."""
        return self.filter(state__in=(State.WAITING, State.RUNNING))


def cascade_by_kind(collector: Any, field: Any, jobs: Jobs, using: str) -> None:
    """Deletes the jobs of an account that is deleted, but for those whose kind has them belong to something else."""
    from webui.jobs import kinds

    staying = {"kind__in": kinds.of_others()}
    models.CASCADE(collector, field, jobs.exclude(**staying), using)
    models.SET_NULL(collector, field, jobs.filter(**staying), using)


class State(models.TextChoices):
    """How far a job is."""

    WAITING = "waiting", _("waiting")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    """Put aside until its owner has it go on; nobody waits for it."""
    DONE = "done", _("done")
    FAILED = "failed", _("failed")


class Wish(models.TextChoices):
    """What the owner of a job that runs wants of its worker."""

    PAUSE = "pause"


class Reason(models.TextChoices):
    """Why a job failed, in words for its owner."""

    FAULT = "fault", _("Something went wrong. The server's log says what.")
    TIME = "time", _("It took longer than a job may.")
    MEMORY = "memory", _("It took more memory than a job may.")
    DIED = "died", _("The worker was stopped in the middle of it, more than once.")
    NOT_INSTALLED = (
        "not_installed",
        _("TensorFlow is not installed on this server. Its operator can add it: the extra `train`."),
    )
    MODEL = "model", _("The model could not be opened.")
    MODEL_CHANGED = "model_changed", _("The model's file was exchanged in the middle of it.")
    STORAGE = "storage", _("The server’s disk is full.")
    PICTURES = "pictures", _("These pictures cannot be trained on.")
    GONE = "gone", _("What it was to be made from is no longer there.")
    RUNTIME = (
        "runtime",
        _(
            "It needs npm's package onnxruntime-web, which cannot be fetched. The server's operator can fetch it "
            "elsewhere and export once on the command line with --onnxruntime-web, which keeps it."
        ),
    )
    EXPORT = "export", _("The exported model does not answer as this one does, so it is not handed out.")
    REFUSED = "refused", _("This model cannot do that. Choose something else.")


class Job(models.Model):
    """A piece of long work."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(_("kind"), max_length=20)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=cascade_by_kind, null=True, blank=True, verbose_name=_("account")
    )
    visitor = models.CharField(_("visitor"), max_length=32, blank=True)
    """The browser of somebody without an account."""
    created = models.DateTimeField(_("time"), default=timezone.now, editable=False)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    reason = models.CharField(_("reason"), max_length=20, choices=Reason, blank=True)
    wish = models.CharField(max_length=8, choices=Wish, blank=True, default="")
    """What the worker has not done yet of what its owner wants; it ends the job's process first."""
    attempt = models.PositiveSmallIntegerField(default=0)
    """Which attempt is the one that runs, from 1; another worker's is not heard any more."""
    beat = models.DateTimeField(null=True)
    """When the worker last said that it is at it."""
    queued = models.DateTimeField(default=timezone.now, editable=False)
    """When it was put into the queue; the last time, where it was put back there."""
    started = models.DateTimeField(null=True)
    """When the attempt that runs, or was the last one, was begun."""
    finished = models.DateTimeField(null=True)
    worked_s = models.FloatField(default=0.0)
    """Seconds of all attempts that have ended."""

    objects = Jobs.as_manager()

    class Meta:
        verbose_name = _("job")
        verbose_name_plural = _("jobs")
        ordering = ("-created", "-id")
        indexes = (
            models.Index(fields=("state", "created"), name="job_by_state"),
            models.Index(fields=("user", "-created"), name="job_of_user"),
            models.Index(fields=("visitor", "-created"), name="job_of_visitor"),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.id} ({self.state})"

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will happen to it."""
        return self.state in {State.DONE, State.FAILED}


class Home(models.Model):
    """Of several servers, the one on which long work lies; at most one row, with the key 1."""

    folder = models.CharField(max_length=40)
    """The id that its data folder has."""
    host = models.CharField(max_length=100)
    """Its name, for people."""

    def __str__(self) -> str:
        return self.host
