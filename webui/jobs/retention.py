"""Removes jobs and files that are too old: jobs with the history, the queue's own rows after a day.

older than MENAGERIE_KEEP_DAYS, and a day at least -> gone, with their files, but for the kinds that are kept
folders without a job -> gone
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterator
from datetime import timedelta

from django.conf import settings
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from webui.jobs import folder, kinds, lease
from webui.jobs.models import Job

_LEAST = timedelta(days=1)
# The queue's row of a job that runs is written to when it is done.
_LONGEST_JOB = timedelta(days=30)
# A folder may be there before its job: what somebody uploads for one is written there first.
_ORPHAN_AGE_S = 600


def enforce() -> None:
    """Removes everything that may not be kept; several processes may do so at the same time."""
    now = timezone.now()
    lease.recover()
    Job.objects.filter(created__lt=now - kept_for()).exclude(kind__in=kinds.kept()).delete()
    past = DBTaskResult.objects.exclude(status="READY")
    past.filter(enqueued_at__lt=now - _LEAST).exclude(status="RUNNING", started_at__gt=now - _LONGEST_JOB).delete()
    for job_id in _orphans():
        folder.remove(job_id)


def kept_for() -> timedelta:
    """How long a job is kept, from when it was made."""
    return max(_LEAST, timedelta(days=settings.ENVIRONMENT.keep_days))


def _orphans() -> Iterator[uuid.UUID]:
    for job_id in list(folder.kept()):
        try:
            is_old = time.time() - folder.last_change(job_id) > _ORPHAN_AGE_S
        except OSError:
            continue
        if is_old and not Job.objects.filter(id=job_id).exists():
            yield job_id
