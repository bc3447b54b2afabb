"""Reads a model's name and version off its file name."""

from __future__ import annotations

import re
from pathlib import Path

from recognizer.metadata import NAME_PATTERN, VERSION_PATTERN
from training.errors import RecipeError

DEFAULT_VERSION = "1"


def name_and_version(path: Path) -> tuple[str, str]:
    """`models/animals-1.h5` is version 1 of animals; without a number it is version 1 too.

    Raises:
        RecipeError: the file name cannot be a model's.
    """
    name, dash, version = path.stem.rpartition("-")
    if not dash or not version[:1].isdigit():
        name, version = path.stem, DEFAULT_VERSION
    if path.suffix != ".h5" or not re.match(NAME_PATTERN, name) or not re.match(VERSION_PATTERN, version):
        raise RecipeError(
            "Expected a file name of letters, digits, - and _, then a version, such as models/animals-1.h5. "
            f"Received: {path.name}"
        )
    return name, version
