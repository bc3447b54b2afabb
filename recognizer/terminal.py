"""Terminal output of all command lines: safe text, one sentence for a failure, the right exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterable
from functools import partial
from typing import Protocol

from rich.text import Text

from recognizer import __version__, folders
from recognizer.errors import CallerError, MenagerieError, NotInstalled, OperatorError
from recognizer.registry import shipped


class Command(Protocol):
    """A module that adds a command, with its options, to a parser; `run` among the defaults carries it out."""

    def add(self, commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
        """Adds the command."""


def main(
    arguments: list[str] | None,
    commands: Iterable[Command],
    *,
    prog: str,
    description: str,
    when_stopped: str = "Stopped.",
) -> int:
    """Runs one of several commands; returns the exit code: 0 done, 1 it failed, 2 what was given is wrong."""
    options = parser(commands, prog=prog, description=description).parse_args(arguments)
    return _run(partial(options.run, options), when_stopped)


def parser(commands: Iterable[Command], *, prog: str, description: str) -> argparse.ArgumentParser:
    """The parser of several commands."""
    made = argparse.ArgumentParser(prog=prog, description=description)
    made.add_argument("--version", action="version", version=f"menagerie {__version__}")
    added = made.add_subparsers(required=True, metavar="COMMAND")
    for command in commands:
        command.add(added)
    return made


def _run(command: Callable[[], int | None], when_stopped: str) -> int:
    logging.basicConfig(format="%(message)s")  # On the standard error.
    logging.getLogger("recognizer").setLevel(logging.INFO)  # What long work is at.
    try:
        _refuse_unknown_homes()
        shipped.unpack()
        return command() or 0
    except MenagerieError as err:
        return _failed(err)
    except ModuleNotFoundError as err:
        missing = not_installed(err)
        if missing is None:
            raise
        return _failed(missing)
    except KeyboardInterrupt:
        print(when_stopped, file=sys.stderr)
        return 1
    except BrokenPipeError:  # `| head` has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as err:  # A path that may not be looked at or is far too long, a full disk.
        print(printable(f"{err.filename}: {err.strerror}" if err.filename else str(err)), file=sys.stderr)
        return 1


def _refuse_unknown_homes() -> None:
    for name in ("MENAGERIE_MODELS", "MENAGERIE_DATA"):
        value = os.environ.get(name, "")
        try:
            folders.expanded(value)
        except ValueError as err:
            raise OperatorError(f"{name}: {err}. Received: {value!r}. Unset it for the default.") from err


def not_installed(err: ModuleNotFoundError) -> NotInstalled | None:
    """The error for people where a package of an extra is missing; None where it is a module of ours."""
    package = (err.name or "").partition(".")[0]
    if err.name is None or package in ("menagerie", "recognizer", "training", "webui"):
        return None
    extra = {"httpx2": "client", "paho": "frigate", "pyarrow": "ray", "ray": "ray"}.get(package, "train")
    return NotInstalled(err.name, install_line=folders.install_line(extra))


def _failed(err: MenagerieError) -> int:
    print(printable(f"{err.title}: {err}"), file=sys.stderr)
    return 2 if isinstance(err, CallerError) else 1


def cell(text: str) -> Text:
    """Text for rich: without it, a file called `[red].jpg` would lose its name to rich's markup."""
    return Text(printable(text))


def percent(share: float, digits: int = 1) -> str:
    """A share in percent: 0.9879 -> 98.8 %; only none of all is 0, and only all of them 100: 0.9999 -> 99.9 %."""
    points = round(100 * share, digits)
    if 0 < share < 1:
        step = 10.0**-digits
        points = min(max(points, step), 100 - step)
    return f"{points:.{digits}f} %"


def printable(text: str) -> str:
    """Spells out what could steer a terminal, and the bytes of file names that are not UTF-8."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
