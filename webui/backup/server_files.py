"""What a backup is of: finds the files of a server, copies its database, and puts all of that back into its places."""

from __future__ import annotations

import filecmp
import os
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from recognizer.errors import CallerError, OperatorError
from recognizer.registry.versions import ACTIVE, PREVIOUS
from webui.backup import postgresql
from webui.backup.postgresql import ToolFailed
from webui.config import data_folder, database
from webui.config.environment import Environment

DATA, MODELS = "data", "models"
SQLITE, DUMP = "database.sqlite3", "database.dump"
SCRATCH = ".restore-"
_ASIDE = "before-restore-"
_POINTERS = (ACTIVE, PREVIOUS)
# They are of a moment: locks, who works.
_PASSED_OVER = (".migrate.lock", ".worker")
_LOGS = ("-wal", "-shm")
"""What SQLite has beside a database: the log of its changes, and an index into it."""


class InTheWay(CallerError):
    """There is something already that a backup or a restore would replace."""

    code = "in_the_way"
    title = "There are data already"


class NothingToKeep(CallerError):
    """There is no database where one is looked for: a backup would be of nothing."""

    code = "nothing_to_keep"
    title = "There are no data"


class Incomplete(OperatorError):
    """A part of what is to be kept cannot be read, or of what is to be put back cannot be written."""

    code = "incomplete_backup"
    title = "It would not be whole"


@dataclass(frozen=True)
class Contents:
    """What went into an archive, or came out of it."""

    pictures: int
    models: tuple[str, ...]
    """Names of the model files."""
    kept: tuple[str, ...] = ()
    """Files of models that were there already, with other contents, and stay."""

    @classmethod
    def of(cls, data: Iterable[str], models: Iterable[str], kept: tuple[str, ...] = ()) -> Contents:
        """By the names that files have in the archive."""
        pictures = sum(name.startswith(f"{DATA}/pictures/") for name in data)
        return cls(pictures, tuple(Path(name).name for name in models if name.endswith(".h5")), kept)


def copied(environment: Environment, folder: Path) -> Path:
    """A copy of the database as it was at one moment."""
    file = database.sqlite_file(environment)
    if file is None:
        postgresql.dump(environment, folder / DUMP)
        return folder / DUMP
    if not file.exists() or file.stat().st_size == 0:
        raise NothingToKeep(f"{file} is missing or empty. Name the server's data folder with MENAGERIE_DATA.")
    data_folder.make_file(folder / SQLITE)  # For nobody else, there and when it is restored.
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(folder / SQLITE)) as target:
            source.backup(target)
    except sqlite3.Error as err:
        raise ToolFailed(f"{file} cannot be copied: {err}") from err
    if not is_sound(folder / SQLITE):
        raise ToolFailed(f"{file} is damaged: keep the backups that you have, and restore the last one.")
    return folder / SQLITE


def live_files(environment: Environment) -> set[Path]:
    """Those of the database, of which a copy is taken."""
    file = database.sqlite_file(environment)
    return set() if file is None else {file, *(file.with_name(f"{file.name}{end}") for end in _LOGS)}


def files(folder: Path, *, besides: Path) -> Iterator[Path]:
    """All that is kept of a folder, in order, behind links, too: pictures may lie on another disk.

    Args:
        folder: of which.
        besides: a folder that is looked at by itself, and may lie in this one.
    """
    seen = set[Path]()
    for top, folders, names in os.walk(folder, followlinks=True, onerror=_refuse_unreadable):
        here = Path(top)
        seen.add(here.resolve())
        folders[:] = sorted(name for name in folders if _is_kept(here / name, besides, seen))
        paths = (here / name for name in sorted(names) if name not in _PASSED_OVER)
        for path in paths:
            _refuse_dangling(path)
            if path.is_file():
                yield path


def _refuse_unreadable(err: OSError) -> None:
    """Of a folder that is walked through; one that is gone was deleted this moment, or never made."""
    path = Path(err.filename)
    _refuse_dangling(path)
    if not isinstance(err, FileNotFoundError):
        raise Incomplete(
            f"{path} cannot be read: {err.strerror}. Back up with the account that the server runs under."
        ) from err


def _refuse_dangling(path: Path) -> None:
    if path.is_symlink() and not path.exists():
        raise Incomplete(
            f"{path} is a link to {path.readlink()}, which is not there. Mount the disk that it is on, or remove the"
            " link."
        )


def _is_kept(folder: Path, besides: Path, seen: set[Path]) -> bool:
    return folder != besides and not folder.name.startswith((_ASIDE, SCRATCH)) and folder.resolve() not in seen


def has_data(environment: Environment) -> bool:
    """Whether somebody would miss something; an empty database and keys are made anew with each start."""
    file = database.sqlite_file(environment)
    used = postgresql.has_tables(environment) if file is None else file.exists() and file.stat().st_size > 0
    return used or any((environment.data / "pictures").glob("*"))


def is_sound(file: Path) -> bool:
    """Whether SQLite can read a database; a tar file has no checksum of what is in it."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)])
    except sqlite3.Error:
        return False


def make_aside(data: Path) -> Path:
    """A new folder in the data folder, for what a restore replaces."""
    aside = data / f"{_ASIDE}{datetime.now(UTC):%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    return aside


def move_aside(environment: Environment, aside: Path | None) -> None:
    """What would be missed goes into a folder beside what is restored; the rest goes. Models that lie in it stay."""
    live = live_files(environment)
    for path in {*environment.data.iterdir(), *(path for path in live if path.exists())}:
        if environment.models.is_relative_to(path) or path.name.startswith((_ASIDE, SCRATCH)):
            continue
        if aside:
            shutil.move(path, aside / path.name)
        elif path in live or path.name in _PASSED_OVER:  # A log of an empty database would be taken for the other's.
            path.unlink()


def make_models_folder(folder: Path) -> None:
    """Makes the folder before anything is replaced, for it may be impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as err:
        raise InTheWay(
            f"{folder} is a file, and models are to go into a folder of that name (MENAGERIE_MODELS)."
        ) from err
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Incomplete(f"The models cannot be written into {folder}. Restore with the account that the server has.")


def put_in_place(environment: Environment, drafts: Path) -> Contents:
    """Moves everything to where it belongs: models first, for those may lie on another disk, without room for them."""
    data, models = drafts / DATA, drafts / MODELS
    kept = tuple(sorted(_different(models, environment.models)))
    moved = _moved(models, environment.models, over=False)
    if models / ACTIVE in moved and models / PREVIOUS not in moved:
        (environment.models / PREVIOUS).unlink(missing_ok=True)
    _put_database(environment, data)
    for folder in sorted(path for path in data.rglob("*") if path.is_dir()):
        data_folder.make(environment.data / folder.relative_to(data))
    names = [f"{DATA}/{path.relative_to(data).as_posix()}" for path in _moved(data, environment.data, over=True)]
    return Contents.of(names, (str(path.relative_to(models)) for path in moved), kept)


def _put_database(environment: Environment, data: Path) -> None:
    """An older database among the data of a server that had its own elsewhere does not take the place of this one."""
    file = database.sqlite_file(environment)
    if file is None:
        return
    data_folder.make(file.parent)
    shutil.move(data / SQLITE, file)
    for path in live_files(environment):
        if path.is_relative_to(environment.data):
            older = data / path.relative_to(environment.data)
            shutil.rmtree(older) if older.is_dir() else older.unlink(missing_ok=True)


def _moved(source: Path, target: Path, *, over: bool) -> list[Path]:
    """Moves files to where they belong; returns the paths that they came from."""
    found = [path for path in sorted(source.rglob("*")) if path.is_file()]
    found.sort(key=lambda path: path.name in _POINTERS)  # They name what is there by then.
    for path in found:
        place = target / path.relative_to(source)
        place.parent.mkdir(parents=True, exist_ok=True)
        if over or not place.exists() or path.name in _POINTERS:
            shutil.move(path, place)
    return found


def _different(source: Path, target: Path) -> Iterator[str]:
    for path in source.rglob("*"):
        place = target / path.relative_to(source)
        if path.name in _POINTERS or not (path.is_file() and place.is_file()):
            continue
        if not filecmp.cmp(path, place, shallow=False):
            yield path.relative_to(source).as_posix()
