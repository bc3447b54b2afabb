"""Removes what belongs to rows with them: files of pictures and projects, the job of a training and what it left."""

from __future__ import annotations

import functools
import time
import uuid
from collections.abc import Sequence
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.db.models.signals import post_delete, pre_delete
from django.dispatch import receiver

from webui.jobs import lease
from webui.jobs.models import Job
from webui.studio import command, record, store
from webui.studio.models import Comparison, Origin, Picture, PictureClass, Project, Run

_AT_ONCE = 500
_ORPHAN_AGE_S = 3600


def delete_pictures(project: uuid.UUID, pictures: QuerySet[Picture]) -> None:
    """Deletes pictures of a project with their files.

    No signal does it: a project of thousands goes at once, with its folder.
    """
    with transaction.atomic():
        digests = list(pictures.values_list("digest", flat=True))
        pictures.delete()
        transaction.on_commit(functools.partial(remove_files, project, digests))


def delete_class(picture_class: PictureClass) -> None:
    """Deletes a class with its pictures."""
    with transaction.atomic():
        delete_pictures(picture_class.project_id, picture_class.pictures.all())
        picture_class.delete()


def remove_orphans() -> None:
    """Removes the folders of projects that another server has deleted, such as with their owner's account."""
    for folder in store.root().glob("*"):
        try:
            project = uuid.UUID(folder.name)
            is_old = time.time() - folder.stat().st_mtime > _ORPHAN_AGE_S
        except (ValueError, OSError):  # Not ours, or gone by now.
            continue
        if is_old and not Project.objects.filter(id=project).exists():
            store.remove_project(project)


def remove_files(project: uuid.UUID, digests: Sequence[str]) -> None:
    """Removes files of pictures, but for those that were added again meanwhile."""
    for start in range(0, len(digests), _AT_ONCE):
        some = digests[start : start + _AT_ONCE]
        with transaction.atomic():
            Project.lock(project)
            again = set(Picture.objects.filter(project=project, digest__in=some).values_list("digest", flat=True))
            for digest in set(some) - again:
                store.remove(project, digest)


@receiver(pre_delete, sender=Run)
def _keep_origin(instance: Run, **_: Any) -> None:
    """Its model stays, and may be the one that another training starts from."""
    kept = record.of(instance)
    weights = record.begun_of(kept).weights if kept else ""
    if weights and command.model_file(instance).exists():
        Origin.objects.update_or_create(model=instance.model, defaults={"weights": weights})


@receiver(post_delete, sender=Project)
def _remove_project(instance: Project, **_: Any) -> None:
    transaction.on_commit(functools.partial(store.remove_project, instance.id))


@receiver(post_delete, sender=Run)
def _remove_job(instance: Run, **_: Any) -> None:
    """Also what it has left beside its model, unless a worker is at it: that one ends it, and removes it then."""
    if not lease.is_held(instance.job):
        transaction.on_commit(functools.partial(command.discard, instance))
    Job.objects.filter(id=instance.job_id).delete()


@receiver(post_delete, sender=Comparison)
def _remove_comparing_job(instance: Comparison, **_: Any) -> None:
    Job.objects.filter(id=instance.job_id).delete()
