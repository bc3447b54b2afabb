"""The file name of a model: its name and its version."""

from __future__ import annotations

import re
from pathlib import Path

from recognizer.errors import FileNameError
from recognizer.model_file.metadata import MAX_NAME_LENGTH, NAME_PATTERN, VERSION_PATTERN

DEFAULT_VERSION = "1"


def name_and_version(path: Path) -> tuple[str, str]:
    """`models/animals-1.h5` is version 1 of animals; without a number it is version 1 too.

    Raises:
        FileNameError: the file name cannot be a model's.
    """
    name, dash, version = path.stem.rpartition("-")
    if not dash or not version[:1].isdigit():
        name, version = path.stem, DEFAULT_VERSION
    fits = re.fullmatch(NAME_PATTERN, name) and re.fullmatch(VERSION_PATTERN, version)
    if path.suffix != ".h5" or not fits or max(len(name), len(version)) > MAX_NAME_LENGTH:
        raise FileNameError(
            f"Expected a file name of at most {MAX_NAME_LENGTH} letters, digits, - and _, then a version, such as"
            f" models/animals-1.h5. Received: {path.name}"
        )
    return name, version
