"""`python manage.py createadmin`: creates an account with staff and superuser rights.

The password is asked for, or is the first line of the standard input: as an argument everybody on the machine sees it.
"""

from __future__ import annotations

import sys
from getpass import getpass
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection

from webui.accounts.forms import AdminForm
from webui.accounts.models import User
from webui.config import database


class Command(BaseCommand):
    """The command `createadmin`."""

    help = "Makes a staff account that may do everything."

    def add_arguments(self, parser: CommandParser) -> None:
        """Adds `--username`."""
        parser.add_argument("--username", help="Name of the account; asked for where it is not given.")

    def handle(self, *, username: str | None = None, **options: Any) -> None:
        """Asks for name and password, and creates the account.

        Raises:
            CommandError: the name or the password cannot be taken, with the reason.
        """
        if User._meta.db_table not in connection.introspection.table_names():  # noqa: SLF001 - Django documents it.
            database.prepare(settings.ENVIRONMENT)
        name = username or _ask("Name: ")
        password, again = _passwords()
        form = AdminForm({"username": name, "password1": password, "password2": again})
        if not form.is_valid():
            raise CommandError(" ".join(str(error) for errors in form.errors.values() for error in errors))
        form.save()
        self.stdout.write(f"Made the staff account {name}.")


def _ask(prompt: str) -> str:
    if not sys.stdin.isatty():
        raise CommandError("Expected --username NAME where the password comes from the standard input.")
    return input(prompt)


def _passwords() -> tuple[str, str]:
    """The password, and what was typed to confirm it."""
    if sys.stdin.isatty():
        return getpass(), getpass("Password (again): ")
    password = sys.stdin.readline().rstrip("\r\n")
    return password, password
