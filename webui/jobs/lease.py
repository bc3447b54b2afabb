"""Who works on a job says so every few seconds; of one who falls silent, the job is taken away.

    beat every 2 s -> silent for 45 s: waiting again, as often as its kind allows -> failed, with a sentence
                   -> its owner wants a pause: the process is ended -> paused

A stalled worker that comes back is not heard: its attempt is not the job's any more. A job that waits, but has lost
its place in the queue to a worker that died before it had begun, gets another one.
"""

from __future__ import annotations

import logging
from datetime import timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from webui.jobs import folder, kinds, tasks
from webui.jobs.models import Job, Jobs, Reason, State, Wish

BEAT_S = 2.0
LEASE = timedelta(seconds=45)
_SILENT_AFTER = timedelta(seconds=15)

_logger = logging.getLogger(__name__)


def enqueue(waiting: Jobs, **values: Any) -> bool:
    """Has one job wait for its turn, behind the others.

    Args:
        waiting: it alone, as far as it may be put there still.
        **values: of its columns, as they are from now on.
    """
    now = timezone.now()
    with transaction.atomic():
        job_id = waiting.values_list("id", flat=True).first()
        if not waiting.update(state=State.WAITING, beat=None, started=None, queued=now, **values):
            return False
        tasks.work.enqueue(str(job_id))
    return True


def take(job_id: str) -> Job | None:
    """The job, begun; None where there is none that waits."""
    now = timezone.now()
    taken = Job.objects.filter(id=job_id, state=State.WAITING).update(
        state=State.RUNNING, attempt=F("attempt") + 1, started=now, beat=now
    )
    return Job.objects.get(id=job_id) if taken else None


def hold(job: Job) -> bool:
    """Says that the job is being worked on; False where it is not this attempt's any more, deleted, or to be paused."""
    return bool(_mine(job).update(beat=timezone.now())) and not _to_be_paused(job).exists()


def is_held(job: Job) -> bool:
    """Whether a worker is at it, as far as it has said so within the last seconds."""
    return job.state == State.RUNNING and job.beat is not None and timezone.now() - job.beat < LEASE


def is_silent(job: Job) -> bool:
    """Whether a job that runs has not been heard of for so long that its worker has probably died."""
    return job.state == State.RUNNING and job.beat is not None and timezone.now() - job.beat > _SILENT_AFTER


def end(job: Job, state: State, reason: Reason | str = "") -> None:
    """Writes down how this attempt ended, unless the job is another's by now."""
    if _mine(job).update(state=state, reason=reason, wish="", finished=timezone.now(), worked_s=_worked_s(job)):
        for name in kinds.of(job).leftovers:
            folder.remove_file(job.id, name)


def give_back(job: Job) -> None:
    """Puts a job that was stopped through no fault of its own back into the queue; the attempt does not count."""
    if not pause(job):
        enqueue(_mine(job), attempt=job.attempt - 1, worked_s=_worked_s(job))


def pause(job: Job) -> bool:
    """Puts a job whose process has ended aside, where its owner wants that; the attempt does not count."""
    values = {"state": State.PAUSED, "wish": "", "attempt": job.attempt - 1, "beat": None, "started": None}
    return bool(_to_be_paused(job).update(**values, worked_s=_worked_s(job)))


def recover() -> None:
    """Takes away the jobs whose worker has fallen silent, and has those that the queue has lost wait again."""
    since = timezone.now() - LEASE
    silent = Job.objects.filter(state=State.RUNNING, beat__lt=since)
    for job in silent:
        _logger.warning("The worker of job %s (%s) has fallen silent.", job.id, job.kind)
        begin_again(job)
    waiting = list(Job.objects.filter(state=State.WAITING).values_list("id", flat=True))
    reached = tasks.under_way(since) if waiting else set()
    for job_id in waiting:
        if str(job_id) not in reached and enqueue(Job.objects.filter(id=job_id, state=State.WAITING)):
            _logger.warning("The job %s had lost its place in the queue, and has another one.", job_id)


def begin_again(job: Job, reason: Reason = Reason.DIED) -> None:
    """Puts a job whose attempt was broken off back into the queue; after its last one it has failed for this reason."""
    if pause(job):
        return
    if job.attempt >= kinds.of(job).most_attempts:
        end(job, State.FAILED, reason)
        return
    enqueue(_mine(job), worked_s=_worked_s(job))


def _worked_s(job: Job) -> float:
    """Seconds of all attempts, with the one that ends now, or ended when its worker was heard of last."""
    if job.started is None:
        return job.worked_s
    now = timezone.now()
    end = job.beat if job.beat is not None and now - job.beat > LEASE else now
    return job.worked_s + max(0.0, (end - job.started).total_seconds())


def _to_be_paused(job: Job) -> Jobs:
    return _mine(job).filter(wish=Wish.PAUSE)


def _mine(job: Job) -> Jobs:
    return Job.objects.filter(id=job.id, state=State.RUNNING, attempt=job.attempt, started=job.started)
