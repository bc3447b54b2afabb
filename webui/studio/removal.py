"""Removes files with the rows that they belong to: of a picture, of a project, and the job of a training."""

from __future__ import annotations

import functools
from typing import Any

from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from webui.jobs import lease
from webui.jobs.models import Job
from webui.studio import command, store
from webui.studio.models import Picture, Project, Run


@receiver(post_delete, sender=Picture)
def _remove_picture(instance: Picture, **_: Any) -> None:
    transaction.on_commit(functools.partial(store.remove, instance.project_id, instance.digest))


@receiver(post_delete, sender=Project)
def _remove_project(instance: Project, **_: Any) -> None:
    transaction.on_commit(functools.partial(store.remove_project, instance.id))


@receiver(post_delete, sender=Run)
def _remove_job(instance: Run, **_: Any) -> None:
    """Also what it has left beside its model, unless a worker is at it: that one ends it, and removes it then."""
    if not lease.is_held(instance.job):
        transaction.on_commit(functools.partial(command.discard, instance))
    Job.objects.filter(id=instance.job_id).delete()
