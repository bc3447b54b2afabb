"""`python -m training COMMAND`: the command line of training; each command is a module of `commands`."""

from __future__ import annotations

import argparse
from functools import partial

from recognizer.terminal import run
from training.commands import audit, calibrate, evaluate, fit, report

_COMMANDS = (fit, audit, calibrate, evaluate, report)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code: 0 done, 1 it failed, 2 what was given is wrong."""
    options = _parser().parse_args(arguments)
    return run(partial(options.run, options), when_stopped="Stopped. Nothing was written.")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m training", description="Makes and measures models.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add(commands)
    return parser
