"""The database table of batches: how many pictures, and which model answers them."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from recognizer.model_file.metadata import MAX_NAME_LENGTH
from webui.accounts.identity import Caller
from webui.jobs.models import Job


class Batches(models.QuerySet["Batch"]):
    """A query set of batches that knows whose they are."""

    def belonging_to(self, caller: Caller) -> Batches:
        """The caller's own batches, which nobody else sees, with their jobs."""
        return self.filter(job__in=Job.objects.belonging_to(caller)).select_related("job")


class Batch(models.Model):
    """Many pictures that a job answers. Its files are in the folder of the job."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True)
    total = models.PositiveIntegerField(_("pictures"))
    model = models.CharField(_("model"), max_length=2 * MAX_NAME_LENGTH + 1)
    """Name and version of the model that answers, which is also the stem of its file: animals-2."""
    name = models.CharField(max_length=MAX_NAME_LENGTH)
    version = models.CharField(max_length=MAX_NAME_LENGTH)
    digest = models.CharField(max_length=80)
    """Of the model's file: all pictures of a batch are answered by this one."""
    class_names: models.JSONField[list[str]] = models.JSONField()
    """In the order of the network's outputs."""
    precision = models.CharField(max_length=4)
    second_look = models.BooleanField()
    passed_over: models.JSONField[dict[str, Any]] = models.JSONField()
    """What was sent and is no picture: `count`, and the first ones as `files`, each with `path` and `reason`."""

    objects = Batches.as_manager()

    class Meta:
        verbose_name = _("batch")
        verbose_name_plural = _("batches")

    def __str__(self) -> str:
        return f"{self.total} ({self.model})"
