"""Makes the data folder, and files in it, for nobody but the account that the server runs under.

In them are people's pictures and sessions; many machines have other accounts. What is there already stays as it is.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path


def make(folder: Path) -> None:
    """Makes the folder where it is missing.

    Raises:
        OSError: it cannot be made.
    """
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)


def make_file(path: Path) -> None:
    """Makes an empty file where there is none. Whatever else SQLite writes beside it gets the same rights.

    Raises:
        OSError: it cannot be made.
    """
    with suppress(FileExistsError):
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
