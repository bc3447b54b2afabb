"""The command line of training, `python -m training COMMAND`; each command is a module of `commands`."""

from __future__ import annotations

from recognizer import terminal
from training.commands import audit, calibrate, dream, evaluate, export, fit, gallery, report, sweep

COMMANDS: tuple[terminal.Command, ...] = (fit, sweep, audit, calibrate, evaluate, report, export, gallery, dream)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 0 done, 1 it failed, 2 the caller's input is wrong."""
    return terminal.main(
        arguments,
        COMMANDS,
        prog="python -m training",
        description="Makes and measures models.",
        when_stopped="Stopped. Nothing was written.",
    )
