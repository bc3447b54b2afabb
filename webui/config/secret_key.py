"""Keeps the secret key that signs form tokens: made once, readable by its owner only."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from django.core.management.utils import get_random_secret_key

from webui.config import data_folder, setting_values
from webui.config.environment import SettingsError


def read_or_create(path: Path) -> str:
    """Returns the key in `path`, after writing a new one where there is none.

    Raises:
        SettingsError: the file holds no key that is long enough, or the folder cannot be written.
    """
    try:
        if not path.exists():
            _create(path)
        key = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeDecodeError) as err:
        cure = "Set MENAGERIE_DATA to a folder that can be written to, or MENAGERIE_SECRET_KEY."
        raise SettingsError(f"The secret key {path} cannot be kept: {err}. {cure}") from err
    try:
        return setting_values.secret_key(key)
    except ValueError as err:
        raise SettingsError(
            f"The secret key file {path}: {err}. Received: {len(key)} of them. It was cut off, by a full disk say, or"
            " written by hand. Remove it, and a new one is made: who is logged in logs in anew, and who has no account"
            " no longer sees what was answered before."
        ) from err


def _create(path: Path) -> None:
    """Writes the file whole or not at all; of several processes that start at once, the first one's key stays."""
    data_folder.make(path.parent)
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".secret-key-")  # Mode 600.
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(get_random_secret_key() + "\n")
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        Path(draft).unlink()
