"""Where model files, data and caches lie: beside the code in a checkout, else where the system keeps a user's files.

    in a checkout   models/                          var/                      ~/.cache/menagerie
    installed       ~/.local/share/menagerie/models  ~/.local/share/menagerie  ~/.cache/menagerie

The user's are Linux's; platformdirs knows those of other systems. MENAGERIE_MODELS and MENAGERIE_DATA go before all.
Which of the two it is says how commands are typed, too: `command_line` spells each so that it works when it is pasted.
"""

from __future__ import annotations

import os
import shlex
import shutil
import sys
from pathlib import Path

import platformdirs

SHIPPED = Path(__file__).with_name("shipped")
"""The model that comes with the project, in an installed package; a checkout has it in models/."""
CHECKOUT = None if SHIPPED.is_dir() else Path(__file__).resolve().parents[1]
"""The folder of the checkout that this code lies in; None where it is installed."""


def data() -> Path:
    """The folder of the database, the pictures of the history and the secret key."""
    if CHECKOUT:
        return CHECKOUT / "var"
    try:
        return platformdirs.user_data_path("menagerie", appauthor=False)
    except RuntimeError:  # A user without a home, as in many containers.
        return Path("/var/lib/menagerie")


def models() -> Path:
    """The folder of the model files: the one that MENAGERIE_MODELS names, or else the usual one."""
    named = os.environ.get("MENAGERIE_MODELS")
    if named:
        return Path(named).expanduser().absolute()
    return (CHECKOUT or data()) / "models"


def cache() -> Path | None:
    """The user's folder for what can be made again; None for a user without a home."""
    try:
        return platformdirs.user_cache_path("menagerie", appauthor=False)
    except RuntimeError:
        return None


def command_line(package: str, *words: object) -> str:
    """What to type for a command: `python -m PACKAGE WORDS` in a checkout, `menagerie WORDS` where it is installed."""
    start = [_python(), "-m", package] if CHECKOUT else ["menagerie"]
    return shlex.join([*start, *map(str, words)])


def _python() -> str:
    """As a person in this folder would call it; by its whole path, where its name alone means none or another one."""
    python = Path(sys.executable)
    if python.is_relative_to(Path.cwd()):
        return str(python.relative_to(Path.cwd()))
    return python.name if shutil.which(python.name) == str(python) else str(python)


def serve_line(model: object) -> str:
    """What to type to serve a model file."""
    if CHECKOUT:
        return f"make serve MODEL={shlex.quote(str(model))}"
    return command_line("menagerie", "serve", "--model", model)
