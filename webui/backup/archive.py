"""The archive of a backup: a tar file with a consistent copy of the database, the data folder, and the models.

    menagerie.json          version, time, kind of database
    data/database.sqlite3   copied while the server runs; or database.dump, of PostgreSQL
    data/...                pictures, keys, and what else lies in the data folder
    models/...              unless they are left out

The database comes first: a picture that is kept meanwhile is in the archive without its answer, and is removed by the
upkeep of the history; it is never the other way round, but for answers that are deleted meanwhile.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import tarfile
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from recognizer import __version__
from recognizer.errors import CallerError
from recognizer.files import OWNER_ONLY, begins_otherwise, refuse_to_replace_inputs, written_whole
from webui.backup import postgresql, server_files
from webui.backup.server_files import DATA, DUMP, MODELS, SCRATCH, SQLITE, Contents, Incomplete, InTheWay, NothingToKeep
from webui.config import database
from webui.config.environment import Environment

_HEAD = "menagerie.json"
_MAX_HEAD_BYTES = 10_000
_FIRST_BYTES = f"{_HEAD}\0".encode()
_CURES = {
    "PostgreSQL": "Set DATABASE_URL to the database that shall have its contents.",
    "SQLite": "Restore it without DATABASE_URL, or with one that begins with sqlite.",
}


class NotABackup(CallerError):
    """The file is none of our archives, or a damaged one."""

    code = "not_a_backup"
    title = "This is no backup"


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
    refuse_to_replace_inputs(path, server_files.live_files(environment))
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
        tempfile.TemporaryDirectory(dir=environment.data, prefix=SCRATCH) as scratch,
        tarfile.open(fileobj=stream, mode="w|", dereference=True) as archive,
    ):
        return _fill(archive, environment, Path(scratch), models=models)


def _fill(archive: tarfile.TarFile, environment: Environment, scratch: Path, *, models: bool) -> Contents:
    copy = server_files.copied(environment, scratch)
    _add_text(archive, _HEAD, _head(copy.name))
    archive.add(copy, f"{DATA}/{copy.name}")
    live = server_files.live_files(environment)
    data = (file for file in server_files.files(environment.data, besides=environment.models) if file not in live)
    added = [_add(archive, file, environment.data, DATA) for file in data]
    chosen = list(server_files.files(environment.models, besides=environment.data)) if models else []
    names = [_add(archive, file, environment.models, MODELS) for file in chosen]
    return Contents.of(added, names)


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
        is_dump = head.get("database") == DUMP
        if is_dump != (database.sqlite_file(environment) is None):
            kind = "PostgreSQL" if is_dump else "SQLite"
            raise NotABackup(f"{path} is of a server with {kind}. {_CURES[kind]}")
        environment.data.mkdir(mode=0o700, parents=True, exist_ok=True)
        has_data = server_files.has_data(environment)
        if has_data and not replace:
            where = (
                f"{environment.data}, or the database of DATABASE_URL,"
                if environment.database_url
                else environment.data
            )
            cure = "Restore into an empty folder (MENAGERIE_DATA), or with --replace."
            raise InTheWay(f"{where} has data already. {cure}")
        with tempfile.TemporaryDirectory(dir=environment.data, prefix=SCRATCH) as folder:
            drafts = Path(folder)
            _extract(archive, drafts, path)
            if (drafts / MODELS).is_dir():
                server_files.make_models_folder(environment.models)
            aside = server_files.make_aside(environment.data) if has_data else None
            if is_dump:  # First: where PostgreSQL refuses it, nothing else has changed.
                dump = drafts / DATA / DUMP
                postgresql.restore(environment, dump, aside=aside / DUMP if aside else None)
                dump.unlink()
            server_files.move_aside(environment, aside)
            return server_files.put_in_place(environment, drafts)


def read_stream(environment: Environment, stream: IO[bytes], *, replace: bool = False) -> Contents:
    """Puts back an archive that comes through a pipe, see `read`; it is laid down in the data folder first.

    Raises:
        NotABackup, InTheWay, Incomplete, ToolFailed: as for `read`.
        OSError: there is no room for it.
    """
    environment.data.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=environment.data, prefix=SCRATCH) as folder:
        path = Path(folder) / "backup.tar"
        with path.open("xb") as file:
            shutil.copyfileobj(stream, file)
        return read(environment, path, replace=replace)


def _head(database: str) -> str:
    made = datetime.now(UTC).isoformat(timespec="seconds")
    return json.dumps({"menagerie": __version__, "made": made, "database": database}, indent=2) + "\n"


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
    if (folder / DATA / SQLITE).is_file() and not server_files.is_sound(folder / DATA / SQLITE):
        raise NotABackup(f"{path} is damaged: its database cannot be read.")
    if not any((folder / DATA / name).is_file() for name in (SQLITE, DUMP)):
        raise NotABackup(f"{path} is damaged: it has no database.")


def _is_whole(archive: tarfile.TarFile, path: Path) -> bool:
    """Whether what follows the last member are the two empty blocks that end an archive."""
    with path.open("rb") as file:
        file.seek(archive.offset)
        return file.read(2 * tarfile.BLOCKSIZE) == bytes(2 * tarfile.BLOCKSIZE)
