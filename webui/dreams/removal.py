"""Removes the job of a dream, and its files, where the dream goes because its picture does."""

from __future__ import annotations

from typing import Any

from django.db.models.signals import post_delete
from django.dispatch import receiver

from webui.dreams.models import Dream
from webui.jobs.models import Job


@receiver(post_delete, sender=Dream)
def _remove_job(instance: Dream, **_: Any) -> None:
    Job.objects.filter(id=instance.job_id).delete()
