"""Knows which model files there are and which one is active: `models/<name>-<version>.h5` and `models/ACTIVE`."""

from __future__ import annotations

from pathlib import Path

from recognizer.errors import ArtifactError

MODELS_DIR = Path(__file__).resolve().parent.parent / "models"


def active(models_dir: Path = MODELS_DIR) -> Path:
    """The model file that the `ACTIVE` file names, for example `animals-1`.

    Raises:
        ArtifactError: no `ACTIVE` file, or it names a file that is not there.
    """
    pointer = models_dir / "ACTIVE"
    try:
        name = pointer.read_text(encoding="utf-8").strip()
        path = models_dir / f"{name}.h5"
        found = path.parent == models_dir and path.is_file()
    except (OSError, UnicodeDecodeError) as err:
        raise ArtifactError(
            f"{pointer} cannot be read. Write the active model's name into it, such as animals-1."
        ) from err
    if not found:
        raise ArtifactError(f"{pointer} names {name!r}, but there is no model file {path}.")
    return path
