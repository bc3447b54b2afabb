"""The archive of a backup: a tar file with a consistent copy of the database, the data folder, and the models.

    menagerie.json          version, time, kind of database
    data/database.sqlite3   copied while the server runs; or database.dump, of PostgreSQL
    data/...                pictures, keys, and what else lies in the data folder
    models/...              unless they are left out

The database comes first: a picture that is kept meanwhile is in the archive without its answer, and is removed by the
upkeep of the history; it is never the other way round, but for answers that are deleted meanwhile.
"""

from __future__ import annotations

import filecmp
import io
import json
import os
import re
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from recognizer import __version__
from recognizer.errors import CallerError, OperatorError
from recognizer.files import OWNER_ONLY, begins_otherwise, refuse_to_replace_inputs, written_whole
from recognizer.registry.versions import ACTIVE, PREVIOUS
from webui.backup import postgresql
from webui.backup.postgresql import ToolFailed
from webui.config import data_folder, database
from webui.config.environment import Environment

_HEAD, _DATA, _MODELS = "menagerie.json", "data", "models"
_SQLITE, _DUMP = "database.sqlite3", "database.dump"
_POINTERS = (ACTIVE, PREVIOUS)
_MAX_HEAD_BYTES = 10_000
_FIRST_BYTES = f"{_HEAD}\0".encode()
_ASIDE, _SCRATCH = "before-restore-", ".restore-"
# They are of a moment: locks, who works.
_PASSED_OVER = (".migrate.lock", ".worker")
_LOGS = ("-wal", "-shm")
"""What SQLite has beside a database: the log of its changes, and an index into it."""


class NotABackup(CallerError):
    """The file is none of our archives, or a damaged one."""

    code = "not_a_backup"
    title = "This is no backup"


class InTheWay(CallerError):
    """There is something already that a restore would replace."""

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


def write(environment: Environment, path: Path, *, models: bool = True) -> Contents:
    """Writes the archive, whole or not at all, readable for its owner alone: it has the keys in it.

    Raises:
        CallerError: the archive would lie in what it is of, or replace what is none.
        NothingToKeep: no server has run on this data folder.
        ToolFailed: the database could not be copied.
        Incomplete: something cannot be read.
        OSError: it cannot be written there.
    """
    for folder in (environment.data, environment.models):
        if path.resolve().is_relative_to(folder.resolve()):
            raise InTheWay(f"{path} lies in {folder}, which the backup is of. Name a file elsewhere.")
    refuse_to_replace_inputs(path, _live_files(environment))
    if begins_otherwise(path, _FIRST_BYTES):
        raise InTheWay(f"{path} is there already, and no backup of Menagerie. Name another file.")
    with (
        written_whole(path, mode=OWNER_ONLY) as draft,
        tarfile.open(draft, "w", dereference=True) as archive,
        tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as scratch,
    ):
        return _fill(archive, environment, Path(scratch), models=models)


def write_stream(environment: Environment, stream: IO[bytes], *, models: bool = True) -> Contents:
    """Writes the archive into a pipe; meanwhile the copy of the database lies in the data folder.

    Where it fails, what was written has no end, and is no backup for `read`.

    Raises:
        NothingToKeep, ToolFailed, Incomplete: as for `write`.
        OSError: nobody reads it, or there is no room for the copy.
    """
    if not environment.data.is_dir():
        raise NothingToKeep(
            f"There is no folder {environment.data}. Name the server's data folder with MENAGERIE_DATA."
        )
    with (
        tempfile.TemporaryDirectory(dir=environment.data, prefix=_SCRATCH) as scratch,
        tarfile.open(fileobj=stream, mode="w|", dereference=True) as archive,
    ):
        return _fill(archive, environment, Path(scratch), models=models)


def _fill(archive: tarfile.TarFile, environment: Environment, scratch: Path, *, models: bool) -> Contents:
    copy = _copied(environment, scratch)
    _add_text(archive, _HEAD, _head(copy.name))
    archive.add(copy, f"{_DATA}/{copy.name}")
    live = _live_files(environment)
    data = (file for file in _files(environment.data, besides=environment.models) if file not in live)
    added = [_add(archive, file, environment.data, _DATA) for file in data]
    chosen = list(_files(environment.models, besides=environment.data)) if models else []
    names = [_add(archive, file, environment.models, _MODELS) for file in chosen]
    return Contents(_pictures(added), _model_files(names))


def read(environment: Environment, path: Path, *, replace: bool = False) -> Contents:
    """Puts back what is in an archive; no server may run on the same folders meanwhile.

    Args:
        environment: says where the folders are.
        path: the archive.
        replace: what is there already is moved into a folder beside it; else that is refused.

    Raises:
        NotABackup: it is none, or damaged, or of another kind of database, or of a later release.
        InTheWay: there are data already, or a file where the models go.
        Incomplete: there is no room for it.
        ToolFailed: PostgreSQL did not take them.
    """
    with _opened(path) as archive:
        head = _read_head(archive, path)
        _refuse_later(str(head.get("menagerie")), path)
        is_dump = head.get("database") == _DUMP
        if is_dump != (database.sqlite_file(environment) is None):
            kind = "PostgreSQL" if is_dump else "SQLite"
            raise NotABackup(f"{path} is of a server with {kind}. {_CURES[kind]}")
        environment.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        has_data = _has_data(environment)
        if has_data and not replace:
            where = (
                f"{environment.data}, or the database of DATABASE_URL,"
                if environment.database_url
                else environment.data
            )
            cure = "Restore into an empty folder (MENAGERIE_DATA), or with --replace."
            raise InTheWay(f"{where} has data already. {cure}")
        with tempfile.TemporaryDirectory(dir=environment.data, prefix=_SCRATCH) as folder:
            drafts = Path(folder)
            _extract(archive, drafts, path)
            if (drafts / _MODELS).is_dir():
                _make_models_folder(environment.models)
            aside = _make_aside(environment.data) if has_data else None
            if is_dump:  # First: where PostgreSQL refuses it, nothing else has changed.
                dump = drafts / _DATA / _DUMP
                postgresql.restore(environment, dump, aside=aside / _DUMP if aside else None)
                dump.unlink()
            _move_aside(environment, aside)
            return _put_in_place(environment, drafts)


def read_stream(environment: Environment, stream: IO[bytes], *, replace: bool = False) -> Contents:
    """Puts back an archive that comes through a pipe, see `read`; it is laid down in the data folder first.

    Raises:
        NotABackup, InTheWay, Incomplete, ToolFailed: as for `read`.
        OSError: there is no room for it.
    """
    environment.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=environment.data, prefix=_SCRATCH) as folder:
        path = Path(folder) / "backup.tar"
        with path.open("xb") as file:
            shutil.copyfileobj(stream, file)
        return read(environment, path, replace=replace)


_CURES = {
    "PostgreSQL": "Set DATABASE_URL to the database that shall have its contents.",
    "SQLite": "Restore it without DATABASE_URL, or with one that begins with sqlite.",
}


def _copied(environment: Environment, folder: Path) -> Path:
    """A copy of the database as it was at one moment."""
    file = database.sqlite_file(environment)
    if file is None:
        postgresql.dump(environment, folder / _DUMP)
        return folder / _DUMP
    if not file.exists() or file.stat().st_size == 0:
        raise NothingToKeep(f"{file} is missing or empty. Name the server's data folder with MENAGERIE_DATA.")
    data_folder.make_file(folder / _SQLITE)  # For nobody else, there and when it is restored.
    try:
        with closing(sqlite3.connect(file)) as source, closing(sqlite3.connect(folder / _SQLITE)) as target:
            source.backup(target)
    except sqlite3.Error as err:
        raise ToolFailed(f"{file} cannot be copied: {err}") from err
    if not _is_sound(folder / _SQLITE):
        raise ToolFailed(f"{file} is damaged: keep the backups that you have, and restore the last one.")
    return folder / _SQLITE


def _live_files(environment: Environment) -> set[Path]:
    """Those of the database, of which a copy is taken."""
    file = database.sqlite_file(environment)
    return set() if file is None else {file, *(file.with_name(f"{file.name}{end}") for end in _LOGS)}


def _head(database: str) -> str:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"menagerie": __version__, "made": made, "database": database}, indent=2) + "\n"


def _files(folder: Path, *, besides: Path) -> Iterator[Path]:
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
    return folder != besides and not folder.name.startswith((_ASIDE, _SCRATCH)) and folder.resolve() not in seen


def _add(archive: tarfile.TarFile, path: Path, root: Path, under: str) -> str:
    name = f"{under}/{path.relative_to(root).as_posix()}"
    try:
        archive.add(path, name, recursive=False)
    except FileNotFoundError:  # Deleted this moment.
        return ""
    return name


def _add_text(archive: tarfile.TarFile, name: str, text: str) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(text.encode())
    archive.addfile(member, io.BytesIO(text.encode()))


def _opened(path: Path) -> tarfile.TarFile:
    try:
        return tarfile.open(path, "r:")
    except (tarfile.TarError, OSError, EOFError) as err:
        raise NotABackup(f"{path} cannot be read as a backup: {err}") from err


def _read_head(archive: tarfile.TarFile, path: Path) -> dict[str, object]:
    try:
        first = archive.next()
    except tarfile.TarError as err:
        raise NotABackup(f"{path} is damaged: it ends early.") from err
    if first is None or first.name != _HEAD or not first.isfile() or first.size > _MAX_HEAD_BYTES:
        raise NotABackup(f"{path} is no backup of Menagerie: it does not begin with {_HEAD}.")
    try:
        file = archive.extractfile(first)
        head = json.loads(file.read()) if file else None
    except (ValueError, RecursionError, tarfile.TarError) as err:
        raise NotABackup(f"{path} is damaged: {_HEAD} cannot be read.") from err
    if not isinstance(head, dict):
        raise NotABackup(f"{path} is damaged: {_HEAD} cannot be read.")
    return head


def _refuse_later(version: str, path: Path) -> None:
    """A release understands the databases of those before it; the columns of later ones are none that it fills."""
    theirs, ours = (re.match(r"(\d+)\.(\d+)", each) for each in (version, __version__))
    if theirs and ours and tuple(map(int, theirs.groups())) > tuple(map(int, ours.groups())):
        raise NotABackup(f"{path} is of Menagerie {version}, and this is {__version__}. Upgrade first, then restore.")


def _has_data(environment: Environment) -> bool:
    """Whether somebody would miss something; an empty database and keys are made anew with each start."""
    file = database.sqlite_file(environment)
    used = postgresql.has_tables(environment) if file is None else file.exists() and file.stat().st_size > 0
    return used or any((environment.data / "pictures").glob("*"))


def _extract(archive: tarfile.TarFile, folder: Path, path: Path) -> None:
    try:
        archive.extractall(folder, filter="data")
    except tarfile.FilterError as err:
        raise NotABackup(f"{path} is no backup of Menagerie: {err}.") from err
    except (tarfile.TarError, EOFError) as err:
        raise NotABackup(f"{path} is damaged: {err}.") from err
    except OSError as err:
        raise Incomplete(f"{path} cannot be unpacked into {folder.parent}: {err.strerror or err}.") from err
    if not _is_whole(archive, path):  # tarfile takes whatever is no header for the end.
        raise NotABackup(f"{path} is damaged: it ends early.")
    if (folder / _DATA / _SQLITE).is_file() and not _is_sound(folder / _DATA / _SQLITE):
        raise NotABackup(f"{path} is damaged: its database cannot be read.")
    if not any((folder / _DATA / name).is_file() for name in (_SQLITE, _DUMP)):
        raise NotABackup(f"{path} is damaged: it has no database.")


def _is_sound(file: Path) -> bool:
    """Whether SQLite can read a database; a tar file has no checksum of what is in it."""
    try:
        with closing(sqlite3.connect(file)) as connection:
            return bool(connection.execute("PRAGMA quick_check(1)").fetchall() == [("ok",)])
    except sqlite3.Error:
        return False


def _is_whole(archive: tarfile.TarFile, path: Path) -> bool:
    """Whether what follows the last member are the two empty blocks that end an archive."""
    with path.open("rb") as file:
        file.seek(archive.offset)
        return file.read(2 * tarfile.BLOCKSIZE) == bytes(2 * tarfile.BLOCKSIZE)


def _make_aside(data: Path) -> Path:
    aside = data / f"{_ASIDE}{datetime.now(UTC):%Y%m%d-%H%M%S}"
    aside.mkdir(mode=0o700)
    return aside


def _move_aside(environment: Environment, aside: Path | None) -> None:
    """What would be missed goes into a folder beside what is restored; the rest goes. Models that lie in it stay."""
    live = _live_files(environment)
    for path in {*environment.data.iterdir(), *(path for path in live if path.exists())}:
        if environment.models.is_relative_to(path) or path.name.startswith((_ASIDE, _SCRATCH)):
            continue
        if aside:
            shutil.move(path, aside / path.name)
        elif path in live or path.name in _PASSED_OVER:  # A log of an empty database would be taken for the other's.
            path.unlink()


def _make_models_folder(folder: Path) -> None:
    """Makes the folder before anything is replaced, for it may be impossible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError as err:
        raise InTheWay(
            f"{folder} is a file, and models are to go into a folder of that name (MENAGERIE_MODELS)."
        ) from err
    if not os.access(folder, os.W_OK | os.X_OK):
        raise Incomplete(f"The models cannot be written into {folder}. Restore with the account that the server has.")


def _put_in_place(environment: Environment, drafts: Path) -> Contents:
    """Moves everything to where it belongs: models first, for those may lie on another disk, without room for them."""
    data, models = drafts / _DATA, drafts / _MODELS
    kept = tuple(sorted(_different(models, environment.models)))
    moved = _moved(models, environment.models, over=False)
    if models / ACTIVE in moved and models / PREVIOUS not in moved:
        (environment.models / PREVIOUS).unlink(missing_ok=True)
    _put_database(environment, data)
    for folder in sorted(path for path in data.rglob("*") if path.is_dir()):
        data_folder.make(environment.data / folder.relative_to(data))
    names = [f"{_DATA}/{path.relative_to(data).as_posix()}" for path in _moved(data, environment.data, over=True)]
    return Contents(_pictures(names), _model_files(str(path.relative_to(models)) for path in moved), kept)


def _put_database(environment: Environment, data: Path) -> None:
    """An older database among the data of a server that had its own elsewhere does not take the place of this one."""
    file = database.sqlite_file(environment)
    if file is None:
        return
    data_folder.make(file.parent)
    shutil.move(data / _SQLITE, file)
    for path in _live_files(environment):
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


def _pictures(names: list[str]) -> int:
    return sum(name.startswith(f"{_DATA}/pictures/") for name in names)


def _model_files(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(Path(name).name for name in names if name.endswith(".h5"))
