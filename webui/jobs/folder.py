"""The folder of a job's files, for as long as there is the job.

<data folder>/jobs/3fa1...-.../events.jsonl, log.txt, and what the job makes
"""

from __future__ import annotations

import functools
import shutil
import uuid
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from recognizer import files
from webui.config import data_folder
from webui.jobs.models import Job

EVENTS, LOG = "events.jsonl", "log.txt"


def root() -> Path:
    """The folder of all jobs."""
    return Path(settings.ENVIRONMENT.data) / "jobs"


def path_of(job_id: uuid.UUID) -> Path:
    """The folder of a job, whether it is there or not."""
    return root() / str(job_id)


def make(job_id: uuid.UUID) -> Path:
    """A job's folder, empty: what an earlier attempt left is removed.

    Raises:
        OSError: it cannot be made.
    """
    path = path_of(job_id)
    if path.exists():
        shutil.rmtree(path)
    return keep(job_id)


def keep(job_id: uuid.UUID) -> Path:
    """A job's folder with whatever is in it; made where it is missing.

    Raises:
        OSError: it cannot be made.
    """
    data_folder.make(root())
    path = path_of(job_id)
    data_folder.make(path)
    return path


def read(job_id: uuid.UUID, name: str, most_bytes: int) -> bytes | None:
    """A file of a job; None where there is none of this name, or it is larger.

    Args:
        job_id: of the job.
        name: of the file, which the caller does not take from a request.
        most_bytes: that it may have.
    """
    try:
        return files.read_whole(path_of(job_id) / name, most_bytes)
    except OSError:
        return None


def remove(job_id: uuid.UUID) -> None:
    """Removes the files of a job."""
    shutil.rmtree(path_of(job_id), ignore_errors=True)


def remove_file(job_id: uuid.UUID, name: str) -> None:
    """Removes one file of a job, or one folder with all that is in it, if it is there."""
    path = path_of(job_id) / name
    if path.is_dir():
        shutil.rmtree(path, ignore_errors=True)
    with suppress(OSError):
        path.unlink()


def last_change(job_id: uuid.UUID) -> float:
    """When something was last written into a job's folder, as `time.time()` says it.

    Raises:
        OSError: there is no such folder any more.
    """
    path = path_of(job_id)
    return max(each.stat().st_mtime for each in (path, *path.iterdir()))


def kept() -> Iterator[uuid.UUID]:
    """The jobs that there are folders of."""
    for path in root().glob("*"):
        try:
            yield uuid.UUID(path.name)
        except ValueError:  # Not ours.
            continue


@receiver(post_delete, sender=Job)
def _remove_files(instance: Job, **_: Any) -> None:
    transaction.on_commit(functools.partial(remove, instance.id))
