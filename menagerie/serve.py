"""`menagerie serve`: the server, in this process's place.

serve -> gunicorn with webui/server/gunicorn_conf.py -> settings, model file, database -> workers
"""

from __future__ import annotations

import argparse
import os
import sys

_COMMAND = ("-m", "gunicorn", "--config", "python:webui.server.gunicorn_conf", "webui.server.wsgi")
# Option -> the setting that it stands for, which says what is allowed.
_SETTINGS = {"host": "MENAGERIE_HOST", "port": "PORT", "model": "MENAGERIE_MODEL"}


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Adds the command with its options."""
    parser = commands.add_parser("serve", help="serve the active model: the page, and the API")
    parser.description = "Serves the active model. Options go before the settings, which are environment variables."
    parser.add_argument("--host", metavar="IP", help="address to listen on (default: 127.0.0.1)")
    parser.add_argument("--port", help="TCP port to listen on (default: 8000)")
    parser.add_argument("--model", metavar="FILE", help="the model file to serve (default: the active one)")
    parser.set_defaults(run=_serve)


def _serve(options: argparse.Namespace) -> None:
    asked = {setting: getattr(options, option) for option, setting in _SETTINGS.items()}
    given = {setting: value for setting, value in asked.items() if value is not None}
    sys.stdout.flush()
    os.execve(sys.executable, [sys.executable, *_COMMAND], os.environ | given)  # noqa: S606 - no shell is wanted.
