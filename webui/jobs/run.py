"""Does one job: its command in a process of its own, as long as it keeps within its limits.

lease.take -> its kind's command -> bounded_process -> done | failed with a reason | given back, where the worker stops
                                                     -> paused, where its owner wants that
                                                     -> broken off: begun again, where it can go on
"""

from __future__ import annotations

import logging
import shutil
import sys
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError

from recognizer import machine
from webui.jobs import bounded_process, events, folder, kinds, lease
from webui.jobs.bounded_process import Ended, Limits
from webui.jobs.models import Job, Reason, State

# What a job may take at most. A dream of 512 pixels takes 1.3 GB.
_MEMORY_BYTES = 4 * 2**30

_REASONS = {
    "not_installed": Reason.NOT_INSTALLED,
    "invalid_model": Reason.MODEL,
    "invalid_dream": Reason.REFUSED,
    "model_changed": Reason.MODEL_CHANGED,
    "storage_full": Reason.STORAGE,
    "invalid_dataset": Reason.PICTURES,
    "runtime_missing": Reason.RUNTIME,
    "export_failed": Reason.EXPORT,
}
# With less, a command may not even have been able to write why it failed.
_LEAST_FREE_BYTES = 2**20

_LIMITS = {
    Ended.TIME: Reason.TIME,
    Ended.MEMORY: Reason.MEMORY,
    Ended.TAKEN_AWAY: Reason.DIED,  # Nobody reads it: the job is another's, or gone.
}

_Outcome = tuple[State, Reason | str]

_logger = logging.getLogger(__name__)


def run(job_id: str) -> None:
    """Does a job; nothing where there is none of this id that waits."""
    job = lease.take(job_id)
    if job is None:
        return
    try:
        outcome = _done(job)
    except (SystemExit, KeyboardInterrupt):  # The worker is being stopped.
        lease.give_back(job)
        raise
    except Exception:  # The edge of a job: whatever it was, its owner is told that it is over.
        _logger.exception("The job %s (%s) failed.", job.id, job.kind)
        outcome = State.FAILED, Reason.FAULT
    if outcome is None:
        lease.begin_again(job, Reason.FAULT)
    else:
        lease.end(job, *outcome)


def _done(job: Job) -> _Outcome | None:
    """How the job ended; None: its process was broken off, and another one can go on."""
    kind = kinds.of(job)
    path = folder.keep(job.id) if kind.goes_on else folder.make(job.id)
    try:
        command = [sys.executable, "-m", *kind.command(job, path)]
    except kinds.CannotRun as err:
        return State.FAILED, err.reason
    except kinds.DoneBefore:
        return State.DONE, ""
    ours = settings.ENVIRONMENT
    cores = machine.cores() if kind.uses_all_cores else ours.job_threads
    limits = Limits(kind.seconds(job), _MEMORY_BYTES, cores=cores, nice=ours.job_nice, grace_s=kind.grace_s)
    ended = bounded_process.run(command, path / folder.LOG, limits, lambda: _hold(job), every_s=lease.BEAT_S)
    if ended is Ended.TAKEN_AWAY:
        lease.pause(job)
    if not Job.objects.filter(id=job.id).exists():
        kind.discard(job)
    return _outcome(job, ended, path)


def _hold(job: Job) -> bool:
    try:
        return lease.hold(job)
    except DatabaseError as err:  # Locked, or away for a moment; if for longer, the lease ends by itself.
        _logger.warning("The job %s could not say that it runs: %s", job.id, err)
        return True


def _outcome(job: Job, ended: Ended, path: Path) -> _Outcome | None:
    if ended is Ended.DONE:
        return State.DONE, ""
    if ended in _LIMITS:
        return State.FAILED, _LIMITS[ended]
    code = events.read(job.id).code
    if code not in _REASONS:
        _logger.error("The job %s (%s) failed, see %s.", job.id, job.kind, path / folder.LOG)
    if not code and _is_full():
        return State.FAILED, Reason.STORAGE
    if not code and kinds.of(job).goes_on:
        return None
    return State.FAILED, _REASONS.get(code, Reason.FAULT)


def _is_full() -> bool:
    return shutil.disk_usage(settings.ENVIRONMENT.data).free < _LEAST_FREE_BYTES
