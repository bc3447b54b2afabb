"""Stops the start with a plain sentence where the installation is wrong."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from recognizer.errors import MenagerieError
from webui.config import environment
from webui.config.environment import Environment


def environment_or_exit() -> Environment:
    """The settings of this process; a wrong one ends it with exit code 2."""
    try:
        return environment.read(os.environ)
    except environment.SettingsError as err:
        stop(err, exit_code=2)


def stop(reason: MenagerieError, *, exit_code: int) -> NoReturn:
    """Ends the process with the reason, and no traceback, on the standard error."""
    print(f"Menagerie cannot start.\n{reason}", file=sys.stderr, flush=True)
    sys.exit(exit_code)
