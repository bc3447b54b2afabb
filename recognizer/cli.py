"""`python -m recognizer COMMAND`: the command line of the library; each command is a module of `commands`."""

from __future__ import annotations

import argparse
from functools import partial

from recognizer.commands import activate, classify, inspect, rollback, versions
from recognizer.commands import compile as compile_command
from recognizer.terminal import run

_COMMANDS = (classify, compile_command, inspect, versions, activate, rollback)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 0 done, 1 it failed, 2 what was given is wrong."""
    options = _parser().parse_args(arguments)
    return run(partial(options.run, options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m recognizer", description="Recognises what is in pictures.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
