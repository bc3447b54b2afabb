"""The database table of activations: who changed the active version, and what became of it."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from recognizer.errors import CallerError
from webui.accounts.models import User

ABANDONED_AFTER = timedelta(minutes=10)
"""A switch that took so long is no longer waited for: its process was ended, most likely."""

_MAX_STEM = 255


class SwitchRunning(CallerError):
    """Another activation is under way."""

    code = "switch_running"
    title = "Another version is being tried"


class SwitchKind(models.TextChoices):
    """What was asked for: to activate a version, or to roll back."""

    ACTIVATE = "activate", _("activate")
    ROLLBACK = "rollback", _("roll back")


class Outcome(models.TextChoices):
    """What became of an activation."""

    RUNNING = "running", _("being tried")
    DONE = "done", _("done")
    FAILED = "failed", _("failed, nothing changed")
    ABANDONED = "abandoned", _("abandoned")


class Switch(models.Model):
    """One activation of a version, or the attempt."""

    kind = models.CharField(_("kind"), max_length=10, choices=SwitchKind)
    version = models.CharField(_("version"), max_length=_MAX_STEM)
    """The stem of the file that is to be active: animals-2."""
    before = models.CharField(_("active before"), max_length=_MAX_STEM, blank=True)
    """The stem of the one that was active when it was asked for; empty where there was none."""
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, blank=True, verbose_name=_("account")
    )
    asked = models.DateTimeField(_("asked"), default=timezone.now, editable=False)
    finished = models.DateTimeField(_("finished"), null=True, blank=True, editable=False)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome, default=Outcome.RUNNING)
    problem = models.TextField(_("problem"), blank=True)
    """Why it failed."""

    class Meta:
        verbose_name = _("change of the active version")
        verbose_name_plural = _("changes of the active version")
        ordering = ("-asked", "-id")
        indexes = (models.Index(F("asked").desc(), name="switch_newest"),)
        constraints = (
            # All processes and all machines of one database: whoever comes second is told so by the database itself.
            models.UniqueConstraint(fields=("outcome",), condition=Q(outcome="running"), name="switch_one_at_a_time"),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.version}"

    @classmethod
    def begin(cls, kind: SwitchKind, version: str, before: str, by: User) -> Switch:
        """A new activation, unless another one is still running.

        Raises:
            SwitchRunning: one is.
        """
        try:
            with transaction.atomic():
                cls._give_up_on_the_abandoned()
                return cls.objects.create(kind=kind, version=version, before=before, by=by)
        except IntegrityError as err:
            raise SwitchRunning("Another version is being tried. Try again when that has ended.") from err

    @classmethod
    def running(cls) -> Switch | None:
        """The activation that is under way now."""
        return cls.objects.filter(outcome=Outcome.RUNNING, asked__gte=timezone.now() - ABANDONED_AFTER).first()

    @property
    def shown_outcome(self) -> Outcome:
        """The outcome by now; a process that was ended cannot write it itself."""
        is_late = self.outcome == Outcome.RUNNING and timezone.now() - self.asked > ABANDONED_AFTER
        return Outcome.ABANDONED if is_late else Outcome(self.outcome)

    def finish(self, outcome: Outcome, problem: str = "") -> None:
        """Writes the outcome of the activation."""
        self.outcome, self.problem, self.finished = outcome, problem, timezone.now()
        self.save(update_fields=["outcome", "problem", "finished"])

    @classmethod
    def _give_up_on_the_abandoned(cls) -> None:
        now = timezone.now()
        late = cls.objects.filter(outcome=Outcome.RUNNING, asked__lt=now - ABANDONED_AFTER)
        late.update(outcome=Outcome.ABANDONED, finished=now)


class SharedModel(models.Model):
    """A version that several servers share: which files it has, and what is in them."""

    stem = models.CharField(max_length=_MAX_STEM, primary_key=True)
    digest = models.CharField(max_length=80)
    """Of the model file."""
    files = models.JSONField(default=dict)
    """Name below the models folder, and digest, of each file."""
    revision = models.PositiveIntegerField(default=1)
    """Counts the changes; a server fetches what it has another revision of."""
    removed = models.BooleanField(default=False)

    def __str__(self) -> str:
        return self.stem


class SharedActive(models.Model):
    """Which version all of several servers answer with; one row, with the key 1."""

    active = models.CharField(max_length=_MAX_STEM)
    previous = models.CharField(max_length=_MAX_STEM, blank=True)
    revision = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return self.active
