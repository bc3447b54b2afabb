"""`python -m recognizer activate`: makes a model file the one that is served."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from rich.console import Console

from recognizer.folders import command_line
from recognizer.registry.activate import Verify, VersionChange, activate, open_verified
from recognizer.registry.versions import MODELS_DIR
from recognizer.terminal import cell, printable


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("activate", help="make a model file the one that is served, after trying it")
    parser.add_argument(
        "version", metavar="VERSION", help="animals-3, models/animals-3.h5, or 3 for version 3 of the active model"
    )
    add_models_option(parser)
    parser.set_defaults(run=_activate)


def add_models_option(parser: argparse.ArgumentParser) -> None:
    """Adds `--models`, for a server that runs from another folder."""
    parser.add_argument(
        "--models", type=Path, default=MODELS_DIR, metavar="DIR", help="another models folder (default: %(default)s)"
    )


def say(done: VersionChange) -> None:
    """Prints which version is active now, when a running server takes it, and the way back."""
    for sentence in _sentences(done):
        print(printable(sentence))


@contextmanager
def trial() -> Iterator[Verify]:
    """Gives a `Verify` that shows on the terminal how far it is."""
    with Console(stderr=True).status("Opening the model as serving does ...") as status:
        yield partial(open_verified, report=lambda step: status.update(cell(step)))


def _activate(options: argparse.Namespace) -> None:
    with trial() as verify:
        done = activate(options.version, options.models, verify=verify)
    say(done)


def _sentences(done: VersionChange) -> list[str]:
    stem, own = done.path.stem, f"{done.metadata.name} {done.metadata.version}"
    note = [] if stem == own.replace(" ", "-") else [f"It calls itself {own}, and so will its answers."]
    if done.path == done.before:
        return [f"{stem} is active already, and can be served. Nothing was changed.", *note]
    was = f"; before, it was {done.before.stem}" if done.before else ""
    folder = () if done.path.parent == MODELS_DIR else ("--models", done.path.parent)
    back = [f"To undo it: {command_line('recognizer', 'rollback', *folder)}"] if done.before else []
    takes = "A running server takes it within 5 seconds, unless MENAGERIE_MODEL names the file it serves."
    return [f"{stem} is active now{was}.", *note, takes, *back]
