"""The database table of dreams: of which picture, of what, how strongly."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from recognizer.model_file.metadata import MAX_CLASS_NAME_LENGTH, MAX_NAME_LENGTH
from webui.history.models import Answer
from webui.jobs.models import Job

MAX_STAGE_NAME = 60


class Strength(models.IntegerChoices):
    """How much each step changes."""

    GENTLE = 1, _("gentle")
    MEDIUM = 2, _("medium")
    STRONG = 4, _("strong")


class Dream(models.Model):
    """What a job is to dream; goes with the picture that it is made from."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True)
    answer = models.ForeignKey(Answer, on_delete=models.CASCADE)
    """Whose picture it is made from."""
    model = models.CharField(_("model"), max_length=2 * MAX_NAME_LENGTH + 1)
    """Name and version of the model that dreams: animals-2."""
    stage = models.CharField(max_length=MAX_STAGE_NAME, blank=True)
    """The stage of the network; empty where a class is dreamt of."""
    label = models.CharField(_("class"), max_length=MAX_CLASS_NAME_LENGTH, blank=True)
    strength = models.PositiveSmallIntegerField(choices=Strength, default=Strength.MEDIUM)
    octaves = models.PositiveSmallIntegerField(default=3)

    class Meta:
        verbose_name = _("dream")
        verbose_name_plural = _("dreams")

    def __str__(self) -> str:
        return f"{self.label or self.stage} ({self.model})"
