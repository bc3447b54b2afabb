"""`python -m recognizer rollback`: goes back to the model that was active before."""

from __future__ import annotations

import argparse

from recognizer.commands.activate import add_models_option, say, trial
from recognizer.registry.activate import rollback


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("rollback", help="go back to the model that was active before")
    add_models_option(parser)
    parser.set_defaults(run=_roll_back)


def _roll_back(options: argparse.Namespace) -> None:
    with trial() as verify:
        done = rollback(options.models, verify=verify)
    say(done)
