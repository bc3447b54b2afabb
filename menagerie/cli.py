"""`menagerie COMMAND`: the commands of `python -m recognizer` and of `python -m training`, and two of its own."""

from __future__ import annotations

import menagerie.manage
import menagerie.serve
import recognizer.cli
import training.cli
from recognizer import terminal

_COMMANDS = (menagerie.serve, *recognizer.cli.COMMANDS, *training.cli.COMMANDS, menagerie.manage)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 0 done, 1 it failed, 2 what was given is wrong."""
    return terminal.main(
        arguments,
        _COMMANDS,
        prog="menagerie",
        description="Train your own image recogniser and serve it, on your own machine.",
    )
