"""The versions in a models folder: which there are, which one is active, which one was before. Nothing is changed.

    models/<name>-<version>.h5
    models/ACTIVE         one line, the stem of the file that is served: animals-2
    models/PREVIOUS       one line, the stem of what was active before: animals-1

`activate.py` changes them.
"""

from __future__ import annotations

import itertools
import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from recognizer import files, folders
from recognizer.errors import ArtifactError, CallerError, FileNameError, MenagerieError
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.registry import file_names

MODELS_DIR = folders.models()

ACTIVE, PREVIOUS = "ACTIVE", "PREVIOUS"

_FIRST_NAME = "my_model"
"""Of a model where none is active."""

# Twice as long as a file name can be.
_MAX_POINTER_BYTES = 512


class UnknownVersion(CallerError):
    """There is no such model file, or more than one that could be meant."""

    code = "unknown_version"
    title = "There is no such version"


@dataclass(frozen=True)
class Version:
    """One model file in the models folder."""

    path: Path
    artifact: Artifact | None
    """None where the file cannot be used."""
    problem: str | None
    """Why it cannot."""
    is_active: bool
    is_previous: bool


def active(models_dir: Path = MODELS_DIR) -> Path:
    """The model file that the `ACTIVE` file names, for example `animals-1`.

    Raises:
        ArtifactError: no `ACTIVE` file, or it names a file that is not there.
    """
    return _named_by(models_dir / ACTIVE)


def previous(models_dir: Path = MODELS_DIR) -> Path | None:
    """The model file that was active before; None where there is none to go back to.

    Raises:
        ArtifactError: the `PREVIOUS` file cannot be read, or names a file that is not there.
    """
    pointer = models_dir / PREVIOUS
    path = _named_by(pointer) if pointer.exists() else None
    # They are the same where an activation was killed between its two files.
    return None if path == or_none(active, models_dir) else path


def or_none(pointed: Callable[[Path], Path | None], models_dir: Path) -> Path | None:
    """The file that `active` or `previous` names, or None where they raise."""
    try:
        return pointed(models_dir)
    except ArtifactError:
        return None


def model_files(models_dir: Path = MODELS_DIR) -> list[Path]:
    """The model files, readable or not, in natural order: animals-2 comes before animals-10.

    Raises:
        OSError: there is no such folder, or it cannot be read.
    """
    found = [path for path in models_dir.iterdir() if path.suffix == ".h5" and not path.name.startswith(".")]
    return sorted(found, key=lambda path: _natural(path.stem))


def versions(models_dir: Path = MODELS_DIR) -> list[Version]:
    """Reads every model file without running it.

    Raises:
        OSError: there is no such folder, or it cannot be read.
    """
    now, before = or_none(active, models_dir), or_none(previous, models_dir)
    return [_version(path, is_active=path == now, is_previous=path == before) for path in model_files(models_dir)]


def find(version: str, models_dir: Path = MODELS_DIR) -> Path:
    """The model file that is meant by a stem (`animals-2`), a file in the folder, or a bare version (`2`).

    A bare version is one of the active model's name, or else the only one there is. `animals.h5` is version 1, too.

    Raises:
        UnknownVersion: there is none, or more than one.
        OSError: there is no such folder, or it cannot be read.
    """
    files = model_files(models_dir)
    meant = _meant(version, files, models_dir)
    if len(meant) > 1:
        raise UnknownVersion(f"{version} may be {' or '.join(path.stem for path in meant)}. Name one of them.")
    if not meant:
        there_are = f"There are: {', '.join(path.stem for path in files)}." if files else "There are none."
        raise UnknownVersion(f"{version!r} is no model file in {models_dir}. {there_are}")
    return meant[0]


def next_file(models_dir: Path = MODELS_DIR) -> Path:
    """Where the next version of the active model belongs, such as models/animals-3.h5; nothing is there yet."""
    now = or_none(active, models_dir)
    name = (_name_and_version(now)[0] if now else "") or _FIRST_NAME
    try:
        there = model_files(models_dir)
    except OSError:
        there = []
    taken = [_whole_number(version) for other, version in map(_name_and_version, there) if other == name]
    return models_dir / f"{name}-{max(taken, default=0) + 1}.h5"


def _named_by(pointer: Path) -> Path:
    """The model file that a file of one line names."""
    models_dir = pointer.parent
    try:
        name = _line(pointer)
        path = models_dir / f"{name}.h5"
        found = path.parent == models_dir and path.is_file()
    except (OSError, UnicodeDecodeError) as err:
        which = pointer.name.lower()
        raise ArtifactError(
            f"{pointer} cannot be read. Write the {which} model's name into it, such as animals-1."
        ) from err
    if not found:
        raise ArtifactError(f"{pointer} names {name!r}, but there is no model file {path}.")
    return path


def _line(pointer: Path) -> str:
    return files.read_whole(pointer, _MAX_POINTER_BYTES).decode().strip()


def _natural(stem: str) -> list[str | int]:
    return [int(part) if index % 2 else part for index, part in enumerate(re.split(r"(\d+)", stem))]


def _whole_number(version: str) -> int:
    """What a version begins with: 1 of 1.1."""
    return int("".join(itertools.takewhile(str.isdigit, version)))


def _version(path: Path, *, is_active: bool, is_previous: bool) -> Version:
    try:
        return Version(path, artifact.read(path), None, is_active, is_previous)
    except (MenagerieError, OSError) as err:
        return Version(path, None, str(err), is_active, is_previous)


def _meant(version: str, files: list[Path], models_dir: Path) -> list[Path]:
    """The files that a text may stand for: just this one, or that version of the active model, or of any."""
    stem = _stem(version, models_dir)
    now = or_none(active, models_dir)
    named = {path: _name_and_version(path) for path in files}
    same_version = [path for path in files if version and named[path][1] == version]
    siblings = [path for path in same_version if now and named[path][0] == _name_and_version(now)[0]]
    in_full = [path for path in files if named[path][0] and "-".join(named[path]) == stem]
    return [path for path in files if path.stem == stem] or in_full or siblings or same_version


def _stem(version: str, models_dir: Path) -> str:
    """The stem that a stem, a file name or a path stands for; empty for a path to another folder."""
    path = Path(version)
    is_elsewhere = path.name != version and os.path.realpath(path.parent) != os.path.realpath(models_dir)
    return "" if is_elsewhere else path.name.removesuffix(".h5")


def _name_and_version(path: Path) -> tuple[str, str]:
    """As the file name says; both empty where it cannot be a model's."""
    try:
        return file_names.name_and_version(path)
    except FileNameError:
        return "", ""
