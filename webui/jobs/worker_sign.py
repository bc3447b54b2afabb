"""The worker's sign of life: a file in the data folder that it touches, so that pages can say when there is none."""

from __future__ import annotations

import time

from webui.config import data_folder
from webui.jobs import folder

_NAME = ".worker"
_SILENT_AFTER_S = 60.0


def give() -> None:
    """Says that a worker is there.

    Raises:
        OSError: it cannot be written.
    """
    data_folder.make(folder.root())
    (folder.root() / _NAME).touch(mode=0o600)


def is_seen() -> bool:
    """Whether a worker has been there within the last minute."""
    try:
        return time.time() - (folder.root() / _NAME).stat().st_mtime < _SILENT_AFTER_S
    except OSError:
        return False
