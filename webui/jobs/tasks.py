"""The one task in the queue: `work`, which does a job in a process of its own.

The queue carries the job's id and nothing else; what a task may be is in this module, never in the database.
"""

from __future__ import annotations

from datetime import datetime

from django.db.models import Q
from django_tasks import TaskResultStatus, task
from django_tasks_db.models import DBTaskResult


@task()
def work(job_id: str) -> None:
    """Does a job; nothing where it is done, deleted, or another worker's by now."""
    from webui.jobs import run

    run.run(job_id)


def under_way(since: datetime) -> set[str]:
    """The ids of the jobs that a worker will come to: their task waits, or was begun after this time."""
    begun = Q(status=TaskResultStatus.RUNNING, started_at__gt=since)
    found = DBTaskResult.objects.filter(begun | Q(status=TaskResultStatus.READY))
    return {given["args"][0] for given in found.values_list("args_kwargs", flat=True)}
