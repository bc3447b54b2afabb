"""The database table of exports: which model file, for which program."""

from __future__ import annotations

from pathlib import Path

from django.db import models
from django.utils.translation import gettext_lazy as _

from webui.jobs import folder
from webui.jobs.models import Job, State

FOLDER = "export"
"""Of a job's folder, the part that is handed out."""
_MAX_FILE_NAME, _MAX_DIGEST = 255, 80


class Target(models.TextChoices):
    """What an exported model runs with; the values are those of `training export --to`."""

    ONNX = "onnx", "ONNX Runtime"
    LITERT = "litert", "LiteRT"
    OPENVINO = "openvino", "OpenVINO"
    SAVED_MODEL = "saved_model", "TensorFlow"
    WEB = "web", _("A page for any browser")


class Export(models.Model):
    """What a job is to export; kept, with what came of it, as long as the job is."""

    job = models.OneToOneField(Job, on_delete=models.CASCADE, primary_key=True)
    model = models.CharField(_("model"), max_length=_MAX_FILE_NAME)
    """Name and version of the model: animals-2."""
    digest = models.CharField(max_length=_MAX_DIGEST)
    """Of the model file, sha256:...; another file of the same name has exports of its own."""
    target = models.CharField(max_length=20, choices=Target)

    class Meta:
        verbose_name = _("export")
        verbose_name_plural = _("exports")
        indexes = (models.Index(fields=("digest", "target"), name="export_of_file"),)

    def __str__(self) -> str:
        return f"{self.model} ({self.target})"

    @property
    def folder(self) -> Path:
        """The folder that is handed out, whether it is there or not."""
        return folder.path_of(self.job_id) / FOLDER

    @property
    def is_ready(self) -> bool:
        """Whether it can be handed out."""
        return self.job.state == State.DONE and self.folder.is_dir()
