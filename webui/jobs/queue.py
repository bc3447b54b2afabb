"""The queue: takes jobs as long as few enough wait, and says how many are before one."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from django.conf import settings
from django.db import transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from recognizer.errors import Overloaded
from webui.accounts.identity import Caller
from webui.jobs import folder, lease, tasks
from webui.jobs.models import Job, State, Wish

MOST_OF_ONE = 3
"""Jobs of one person that may wait or run at a time, so that nobody fills the queue alone."""


class QueueFull(Overloaded):
    """So many jobs wait that no more are taken."""


class TooManyOfOne(Overloaded):
    """The caller has enough jobs that wait or run."""


class TooManyPaused(Overloaded):
    """The caller has put enough jobs aside: each keeps its files meanwhile."""


def submit(kind: str, caller: Caller, complete: Callable[[Job], object], *, job_id: uuid.UUID | None = None) -> Job:
    """Takes a job, and has it done as soon as it is its turn.

    Args:
        kind: see `kinds.py`.
        caller: whose it is.
        complete: writes what else the kind keeps of a job, in the same transaction.
        job_id: of the job, where there is a folder for it already.

    Raises:
        QueueFull: too many jobs wait.
        TooManyOfOne: too many of this caller's do.
    """
    with transaction.atomic():
        refuse_too_many(caller)
        visitor = "" if caller.user else caller.visitor
        job = Job.objects.create(id=job_id or uuid.uuid4(), kind=kind, user=caller.user, visitor=visitor)
        complete(job)
        tasks.work.enqueue(str(job.id))
    return job


def refuse_too_many(caller: Caller) -> None:
    """Refuses a job before its owner has sent anything for it; raises as `submit` does."""
    lease.recover()
    most = settings.ENVIRONMENT.jobs
    if Job.objects.filter(state=State.WAITING).count() >= most:
        raise QueueFull(f"Expected at most {most} jobs that wait (MENAGERIE_JOBS). Try again in a few minutes.")
    if Job.objects.belonging_to(caller).unfinished().count() >= MOST_OF_ONE:
        raise TooManyOfOne(f"Expected at most {MOST_OF_ONE} jobs of one person at a time.")


def pause(job: Job) -> None:
    """Puts a job of a kind that can go on aside: at once where it waits, or when its worker has ended its process.

    Raises:
        TooManyPaused: as many of its owner's are aside already.
    """
    with transaction.atomic():
        if Job.objects.filter(user=job.user_id, state=State.PAUSED).count() >= MOST_OF_ONE:
            raise TooManyPaused(f"Expected at most {MOST_OF_ONE} jobs of one person to be paused.")
        same = Job.objects.filter(id=job.id)
        if not same.filter(state=State.WAITING).update(state=State.PAUSED):
            same.filter(state=State.RUNNING).update(wish=Wish.PAUSE)


def again(job: Job, caller: Caller) -> None:
    """Puts a job that has failed, or is paused, back into the queue, to go on where it was.

    Raises:
        QueueFull, TooManyOfOne: see `submit`.
    """
    with transaction.atomic():
        refuse_too_many(caller)
        aside = Job.objects.filter(id=job.id, state__in=(State.FAILED, State.PAUSED))
        if lease.enqueue(aside, reason="", attempt=0, finished=None):
            folder.remove_file(job.id, folder.EVENTS)


def before(job: Job) -> int:
    """How many jobs come before one that waits, with the one that runs."""
    return Job.objects.unfinished().filter(Q(state=State.RUNNING) | Q(queued__lt=job.queued)).count()


def sentence(refusal: QueueFull | TooManyOfOne | TooManyPaused) -> str:
    """Why a job was not taken, and what to do, for people."""
    if isinstance(refusal, TooManyPaused):
        return _("Three jobs of yours are paused already. Go on with one of them, or stop it.")
    if isinstance(refusal, TooManyOfOne):
        return _("Three jobs of yours wait or run already. Wait until one is done.")
    return _("So many jobs wait that no more are taken now. Try again in a few minutes.")
