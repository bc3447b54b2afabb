"""The kinds of jobs, each with the command that does one; the room that a kind belongs to registers it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from webui.jobs.models import Job, Reason

Command = Callable[[Job, Path], list[str]]
"""A job and the folder for its files -> what follows `python -m`; may raise `CannotRun`."""

_commands: dict[str, Command] = {}


class CannotRun(Exception):
    """A job that cannot be done at all; carries the reason that its owner reads."""

    def __init__(self, reason: Reason) -> None:
        super().__init__(reason.value)
        self.reason = reason


def register(kind: str, command: Command) -> None:
    """Says what does the jobs of a kind; called when Django starts."""
    _commands[kind] = command


def command(job: Job, folder: Path) -> list[str]:
    """What follows `python -m` to do a job.

    Raises:
        CannotRun: it cannot be done.
    """
    if job.kind not in _commands:  # Of a later version of the project.
        raise CannotRun(Reason.FAULT)
    return _commands[job.kind](job, folder)
