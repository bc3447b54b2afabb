"""The kinds of jobs, each with the command that does one; the room that a kind belongs to registers it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from webui.jobs.models import Job, Reason

Command = Callable[[Job, Path], list[str]]
"""A job and the folder for its files -> what follows `python -m`; may raise `CannotRun`."""


def _seconds_of_settings(_: Job) -> float:
    return 60.0 * int(settings.ENVIRONMENT.job_minutes)


@dataclass(frozen=True)
class Kind:
    """How jobs of one kind are done."""

    command: Command
    most_attempts: int = 2
    """How often a job is begun, where its worker dies in the middle of it."""
    goes_on: bool = False
    """Whether an attempt goes on with the files that the one before has left; else it begins with an empty folder.
    Such a job is begun again, too, where its own process ends without saying why."""
    seconds: Callable[[Job], float] = _seconds_of_settings
    """How long one attempt may take."""
    grace_s: float = 5.0
    """How long its process may take to keep what is done, where it is ended at its owner's wish."""
    uses_all_cores: bool = False
    """Whether it may take every core that nobody else wants, instead of `MENAGERIE_JOB_THREADS`."""
    leftovers: tuple[str, ...] = ()
    """Names of files and folders that are of no use once the job is over."""
    discard: Callable[[Job], None] = lambda _: None
    """Removes what an attempt has left outside of the job's folder; called where the job was deleted meanwhile."""
    is_of_others: bool = False
    """Whether its jobs belong to something else than who asked for them, such as a project, and outlive his account."""
    is_kept: bool = False
    """Whether its jobs stay until somebody deletes them; else they go with the history."""


_kinds: dict[str, Kind] = {}


class CannotRun(Exception):
    """A job that cannot be done at all; carries the reason that its owner reads."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


class DoneBefore(Exception):
    """All of the job was done by an earlier attempt, which was ended before it could say so."""


def register(name: str, kind: Kind) -> None:
    """Says how jobs of a kind are done; called when Django starts."""
    _kinds[name] = kind


def of(job: Job) -> Kind:
    """How a job is done; one of a kind that only a later version of the project knows cannot be."""
    return _kinds.get(job.kind, Kind(_unknown))


def kept() -> list[str]:
    """The kinds whose jobs do not go with the history."""
    return [name for name, kind in _kinds.items() if kind.is_kept]


def of_others() -> list[str]:
    """The kinds whose jobs outlive the account of who asked for them."""
    return [name for name, kind in _kinds.items() if kind.is_of_others]


def _unknown(_job: Job, _folder: Path) -> list[str]:
    raise CannotRun(Reason.FAULT)
