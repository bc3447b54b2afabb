"""`menagerie manage COMMAND`: Django's commands, as `python manage.py` has them in a checkout."""

from __future__ import annotations

import argparse
import os


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command."""
    parser = commands.add_parser("manage", help="make accounts, export corrections, remove what is too old")
    parser.add_argument(
        "arguments",
        nargs=argparse.REMAINDER,
        metavar="COMMAND ...",
        help="createadmin, export_dataset, backup, restore, work, ... or any command of Django's; help lists them",
    )
    parser.set_defaults(run=_manage)


def _manage(options: argparse.Namespace) -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "webui.config.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(["menagerie manage", *options.arguments])
