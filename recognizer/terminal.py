"""What both command lines owe a terminal: safe text, one sentence for a failure, the right exit code."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Callable

from rich.text import Text

from recognizer.errors import CallerError, MenagerieError


def run(command: Callable[[], int | None], *, when_stopped: str = "Stopped.") -> int:
    """Runs a command; returns the exit code: its own or 0, 1 it failed, 2 what was given is wrong."""
    logging.basicConfig(format="%(message)s")  # On the standard error.
    logging.getLogger("recognizer").setLevel(logging.INFO)  # What long work is at.
    try:
        return command() or 0
    except MenagerieError as err:
        print(printable(f"{err.title}: {err}"), file=sys.stderr)
        return 2 if isinstance(err, CallerError) else 1
    except KeyboardInterrupt:
        print(when_stopped, file=sys.stderr)
        return 1
    except BrokenPipeError:  # `| head` has read enough.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except OSError as err:  # A path that may not be looked at or is far too long, a full disk.
        print(printable(f"{err.filename}: {err.strerror}" if err.filename else str(err)), file=sys.stderr)
        return 1


def cell(text: str) -> Text:
    """Text for rich: without it, a file called `[red].jpg` would lose its name to rich's markup."""
    return Text(printable(text))


def printable(text: str) -> str:
    """Spells out what could steer a terminal, and the bytes of file names that are not UTF-8."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in text)
