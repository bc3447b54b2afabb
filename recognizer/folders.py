"""Where model files, data and caches lie: beside the code in a checkout, else where the system keeps a user's files.

    in a checkout   models/                          var/                      ~/.cache/menagerie
    installed       ~/.local/share/menagerie/models  ~/.local/share/menagerie  ~/.cache/menagerie

The user's are Linux's; platformdirs knows those of other systems. MENAGERIE_MODELS and MENAGERIE_DATA go before all.
Which of the two it is says how commands are typed, too: `command_line` spells each so that it works when it is pasted.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from importlib import metadata
from pathlib import Path
from urllib.parse import unquote, urlsplit

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
    if not named:
        return (CHECKOUT or data()) / "models"
    try:
        return expanded(named)
    except ValueError:  # This is asked while modules are loaded. Commands and the server refuse it once they begin.
        return Path(named).absolute()


def expanded(text: str) -> Path:
    """A path as a setting has it, absolute; `~` and `~ada` at its beginning are home folders.

    Raises:
        ValueError: there is no such user, or this one has no home.
    """
    try:
        return Path(text).expanduser().absolute()  # Not resolved: a link may come to point elsewhere.
    except RuntimeError:
        raise ValueError("Expected the home folder of a user of this machine, or a path without ~") from None


def cache() -> Path | None:
    """The user's folder for what can be made again; None for a user without a home."""
    try:
        return platformdirs.user_cache_path("menagerie", appauthor=False)
    except RuntimeError:
        return None


def command_line(package: str, *words: object) -> str:
    """What to type for a command: `python -m PACKAGE WORDS` in a checkout, `menagerie WORDS` where it is installed."""
    start = [*_from_elsewhere(), _python(), "-m", package] if CHECKOUT else ["menagerie"]
    return shlex.join([*start, *map(_spelled, words)])


def _spelled(word: object) -> str:
    """A path that begins with a dash would be taken for an option."""
    return f"./{word}" if isinstance(word, Path) and str(word).startswith("-") else str(word)


def _from_elsewhere() -> list[str]:
    """What makes Python find the code of the checkout from another folder."""
    return [] if Path.cwd() == CHECKOUT else ["env", f"PYTHONPATH={CHECKOUT}"]


def _python() -> str:
    """As a person in this folder would call it; by its whole path, where its name alone means none or another one."""
    python = Path(sys.executable)
    if python.is_relative_to(Path.cwd()):
        return _as_named_from_here(python)
    return python.name if shutil.which(python.name) == str(python) else str(python)


def _as_named_from_here(path: Path) -> str:
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def serve_line(model: object) -> str:
    """What to type to serve a model file."""
    if not CHECKOUT:
        return command_line("menagerie", "serve", "--model", model)
    if Path.cwd() == CHECKOUT:
        return f"make serve MODEL={shlex.quote(str(model))}"
    return f"make -C {shlex.quote(str(CHECKOUT))} serve MODEL={shlex.quote(str(Path(str(model)).absolute()))}"


_PINS = {"ray": "requirements-ray.txt"}
"""Of extras that a checkout does not have anyway."""


def install_line(extra: str) -> str:
    """What to type for the packages of an extra: from where this was installed, for no package index has it."""
    pip = [_python(), "-m", "pip", "install"]
    if CHECKOUT:
        return shlex.join([*pip, "-r", _as_named_from_here(CHECKOUT / _PINS.get(extra, "requirements.txt"))])
    return shlex.join([*pip, f"{_source() or 'menagerie'}[{extra}]"])


def _source() -> str | None:
    """The folder or wheel that this was installed from, as pip noted it (PEP 610); None: it did not."""
    try:
        written = metadata.distribution("menagerie").read_text("direct_url.json")
        address = urlsplit(json.loads(written or "")["url"])
    except (metadata.PackageNotFoundError, ValueError, KeyError, TypeError):
        return None
    return unquote(address.path) if address.scheme == "file" else None
