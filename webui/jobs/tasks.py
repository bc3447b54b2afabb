"""The one task in the queue: `work`, which does a job in a process of its own.

The queue carries the job's id and nothing else; what a task may be is in this module, never in the database.
"""

from __future__ import annotations

from django_tasks import task


@task()
def work(job_id: str) -> None:
    """Does a job; nothing where it is done, deleted, or another worker's by now."""
    from webui.jobs import run

    run.run(job_id)
