"""`python -m recognizer COMMAND`: the command line of the library; each command is a module of `commands`."""

from __future__ import annotations

from recognizer import terminal
from recognizer.commands import (
    activate,
    batch,
    check_labels,
    classify,
    compile_graph,
    embed,
    explain,
    frigate,
    import_keras,
    inspect,
    rollback,
    versions,
)

COMMANDS: tuple[terminal.Command, ...] = (
    classify,
    batch,
    explain,
    embed,
    check_labels,
    frigate,
    compile_graph,
    import_keras,
    inspect,
    versions,
    activate,
    rollback,
)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 0 done, 1 it failed, 2 what was given is wrong."""
    return terminal.main(
        arguments, COMMANDS, prog="python -m recognizer", description="Recognises what is in pictures."
    )
