"""What a server keeps is back after its folders are lost."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sqlite3
import stat
import tarfile
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from recognizer import __version__
from recognizer.errors import CallerError
from tests.webui.conftest import SettingsOf
from webui.backup import archive
from webui.backup.archive import NotABackup
from webui.backup.postgresql import ToolFailed
from webui.backup.server_files import Incomplete, InTheWay, NothingToKeep
from webui.config.environment import Environment


@pytest.fixture
def environment(tmp_path: Path, settings_of: SettingsOf) -> Environment:
    """A server's folders with a database of one row, two pictures, keys, and a model."""
    from django.conf import settings

    settings_of(data=tmp_path / "var", models=tmp_path / "models", database_url=None)
    found: Environment = settings.ENVIRONMENT
    (found.data / "pictures" / "ab").mkdir(parents=True)
    (found.data / "secret-key").write_text("secret")
    for name in ("one", "two"):
        (found.data / "pictures" / "ab" / f"{name}.jpg").write_bytes(name.encode())
    found.models.mkdir()
    (found.models / "animals-1.h5").write_bytes(b"model")
    (found.models / "ACTIVE").write_text("animals-1\n")
    with closing(sqlite3.connect(found.data / "menagerie.sqlite3")) as database, database:
        database.execute("PRAGMA journal_mode = WAL")
        database.execute("CREATE TABLE answers (label TEXT)")
        database.execute("INSERT INTO answers VALUES ('dog')")
    return found


def rows(environment: Environment) -> list[tuple[str]]:
    with closing(sqlite3.connect(environment.data / "menagerie.sqlite3")) as database:
        return database.execute("SELECT label FROM answers").fetchall()


def elsewhere(environment: Environment, tmp_path: Path) -> Environment:
    return environment.model_copy(update={"data": tmp_path / "new" / "var", "models": tmp_path / "new" / "models"})


def test_all_is_back_in_other_folders(environment: Environment, tmp_path: Path) -> None:
    with closing(sqlite3.connect(environment.data / "menagerie.sqlite3")) as writing:  # The server runs meanwhile.
        writing.execute("BEGIN IMMEDIATE")
        written = archive.write(environment, tmp_path / "all.tar")
    new = elsewhere(environment, tmp_path)

    restored = archive.read(new, tmp_path / "all.tar")

    assert (written.pictures, written.models) == (restored.pictures, restored.models) == (2, ("animals-1.h5",))
    assert rows(new) == [("dog",)]
    assert (new.data / "pictures" / "ab" / "two.jpg").read_bytes() == b"two"
    assert (new.data / "secret-key").read_text() == "secret"
    assert (new.models / "ACTIVE").read_text() == "animals-1\n"
    assert (new.models / "animals-1.h5").read_bytes() == b"model"
    assert stat.S_IMODE((tmp_path / "all.tar").stat().st_mode) == 0o600
    assert not list(new.data.glob(".restore-*"))


def test_models_can_be_left_out(environment: Environment, tmp_path: Path) -> None:
    assert archive.write(environment, tmp_path / "all.tar", models=False).models == ()

    assert archive.read(elsewhere(environment, tmp_path), tmp_path / "all.tar").models == ()


def test_what_is_there_is_replaced_only_if_that_is_wanted_and_stays_beside_it(
    environment: Environment, tmp_path: Path
) -> None:
    archive.write(environment, tmp_path / "all.tar")
    with closing(sqlite3.connect(environment.data / "menagerie.sqlite3")) as database, database:
        database.execute("INSERT INTO answers VALUES ('cat')")

    with pytest.raises(InTheWay, match="has data already"):
        archive.read(environment, tmp_path / "all.tar")
    assert len(rows(environment)) == 2
    archive.read(environment, tmp_path / "all.tar", replace=True)

    assert rows(environment) == [("dog",)]
    [aside] = environment.data.glob("before-restore-*")
    assert (aside / "menagerie.sqlite3").exists()
    assert not any("before-restore" in name for name in names(archive, environment, tmp_path))


def names(module: object, environment: Environment, tmp_path: Path) -> list[str]:
    archive.write(environment, tmp_path / "again.tar")
    with tarfile.open(tmp_path / "again.tar") as found:
        return found.getnames()


def test_a_model_of_the_same_name_with_other_contents_stays_and_is_named(
    environment: Environment, tmp_path: Path
) -> None:
    archive.write(environment, tmp_path / "all.tar")
    new = elsewhere(environment, tmp_path)
    new.models.mkdir(parents=True)
    (new.models / "animals-1.h5").write_bytes(b"another")

    restored = archive.read(new, tmp_path / "all.tar")

    assert restored.kept == ("animals-1.h5",)
    assert (new.models / "animals-1.h5").read_bytes() == b"another"


def test_models_that_lie_in_the_data_folder_are_kept_once_and_stay_where_they_are(
    environment: Environment, tmp_path: Path
) -> None:
    within = environment.model_copy(update={"models": environment.data / "models"})
    environment.models.rename(within.models)

    assert not [name for name in names(archive, within, tmp_path) if name.startswith("data/models")]
    archive.write(within, tmp_path / "data.tar", models=False)
    (within.models / "animals-1.h5").write_bytes(b"another")
    archive.read(within, tmp_path / "data.tar", replace=True)

    assert (within.models / "animals-1.h5").read_bytes() == b"another"
    new = within.model_copy(update={"data": tmp_path / "new", "models": tmp_path / "new" / "models"})
    within.models.rename(tmp_path / "models")
    new.data.mkdir()
    (tmp_path / "models").rename(new.models)
    assert archive.read(new, tmp_path / "again.tar").kept == ("animals-1.h5",)
    assert (new.models / "animals-1.h5").read_bytes() == b"another"


def test_pictures_and_models_behind_links_are_kept(environment: Environment, tmp_path: Path) -> None:
    (environment.data / "pictures").rename(tmp_path / "disk")
    (environment.data / "pictures").symlink_to(tmp_path / "disk")
    (tmp_path / "disk" / "round").symlink_to(tmp_path / "disk")
    (environment.models / "animals-1.h5").rename(tmp_path / "model")
    (environment.models / "animals-1.h5").symlink_to(tmp_path / "model")
    new = elsewhere(environment, tmp_path)

    archive.write(environment, tmp_path / "all.tar")
    restored = archive.read(new, tmp_path / "all.tar")

    assert restored.pictures == 2
    assert (new.models / "animals-1.h5").read_bytes() == b"model"
    assert not (new.models / "animals-1.h5").is_symlink()


def test_what_is_restored_is_for_its_owner_alone(environment: Environment, tmp_path: Path) -> None:
    archive.write(environment, tmp_path / "all.tar")
    new = elsewhere(environment, tmp_path)
    new.data.mkdir(parents=True, mode=0o755)

    archive.read(new, tmp_path / "all.tar")

    for name in ("menagerie.sqlite3", "pictures", "pictures/ab"):
        assert stat.S_IMODE((new.data / name).stat().st_mode) & 0o077 == 0, name


def test_an_sqlite_file_elsewhere_is_kept_and_put_back_there(environment: Environment, tmp_path: Path) -> None:
    file = tmp_path / "disk" / "answers.sqlite3"
    file.parent.mkdir()
    (environment.data / "menagerie.sqlite3").rename(file)
    named = environment.model_copy(update={"database_url": f"sqlite:///{file}"})

    archive.write(named, tmp_path / "all.tar")
    with closing(sqlite3.connect(file)) as database, database:
        database.execute("INSERT INTO answers VALUES ('cat')")
    with pytest.raises(InTheWay):
        archive.read(named, tmp_path / "all.tar")
    archive.read(named, tmp_path / "all.tar", replace=True)

    with closing(sqlite3.connect(file)) as database:
        assert database.execute("SELECT label FROM answers").fetchall() == [("dog",)]
    [aside] = environment.data.glob("before-restore-*")
    assert (aside / file.name).exists()


@pytest.mark.parametrize("header_bytes", [0, 300])
def test_an_archive_that_ends_between_two_files_is_damaged(
    environment: Environment, tmp_path: Path, header_bytes: int
) -> None:
    archive.write(environment, tmp_path / "all.tar")
    with tarfile.open(tmp_path / "all.tar") as found:
        [picture] = [member for member in found.getmembers() if member.name.endswith("two.jpg")]
    whole = (tmp_path / "all.tar").read_bytes()
    (tmp_path / "short.tar").write_bytes(whole[: picture.offset + header_bytes])
    new = elsewhere(environment, tmp_path)

    with pytest.raises(NotABackup, match="it ends early"):
        archive.read(new, tmp_path / "short.tar")

    assert not list(new.data.iterdir())


def test_an_archive_does_not_lie_in_what_it_is_of(environment: Environment) -> None:
    with pytest.raises(InTheWay, match="Name a file elsewhere"):
        archive.write(environment, environment.data / "all.tar")


def test_a_backup_of_another_kind_of_database_is_refused(environment: Environment, tmp_path: Path) -> None:
    archive.write(environment, tmp_path / "all.tar")
    other = elsewhere(environment, tmp_path).model_copy(update={"database_url": "postgres://localhost/x"})

    with pytest.raises(NotABackup, match="is of a server with SQLite"):
        archive.read(other, tmp_path / "all.tar")


def test_a_backup_of_nothing_or_of_a_damaged_database_is_none(environment: Environment, tmp_path: Path) -> None:
    file = environment.data / "menagerie.sqlite3"
    file.write_bytes(b"no database" * 1000)
    with pytest.raises(ToolFailed, match="cannot be copied: file is not a database"):
        archive.write(environment, tmp_path / "all.tar")
    file.write_bytes(b"")
    with pytest.raises(NothingToKeep, match="Name the server's data folder with MENAGERIE_DATA"):
        archive.write(environment, tmp_path / "all.tar")

    assert not (tmp_path / "all.tar").exists()


def test_the_password_of_postgresql_is_in_no_command_line(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "bin" / "pg_dump"
    program.parent.mkdir()
    program.write_text('#!/bin/sh\nfor each; do file="${each#--file=}"; done\necho "$* $PGPASSWORD" > "$file"\n')
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    named = environment.model_copy(update={"database_url": "postgres://me:se%2Fcret@localhost:5432/x"})

    archive.write(named, tmp_path / "all.tar")

    with tarfile.open(tmp_path / "all.tar") as found:
        dump = found.extractfile("data/database.dump")
        assert dump is not None
        said = dump.read().decode()
    assert "--dbname=postgres://me@localhost:5432/x" in said
    assert said.endswith(" se/cret\n")


def tar_of(**files: bytes) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as made:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            made.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


HEAD = b'{"database": "database.sqlite3"}'


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"no tar",
        tar_of(other=b"x"),
        tar_of(**{"menagerie.json": b"{"}),
        tar_of(**{"menagerie.json": b"[]"}),
        tar_of(**{"menagerie.json": b" " * 20_000}),
        tar_of(**{"menagerie.json": HEAD, "../out.txt": b"x"}),
        tar_of(**{"menagerie.json": HEAD, "/tmp/out.txt": b"x"}),
        tar_of(**{"menagerie.json": HEAD, "data/other": b"x"}),
        tar_of(**{"menagerie.json": HEAD, "data/database.sqlite3": b"x" * 9000})[:6000],
        tar_of(**{"menagerie.json": HEAD, "data/database.sqlite3": b"x" * 9000}),
        tar_of(**{"menagerie.json": HEAD})[:512],
        tar_of(**{"menagerie.json": HEAD})[:513],
        tar_of(**{"menagerie.json": b"[" * 5000}),
    ],
    ids=range(14),
)
def test_what_is_no_backup_is_a_sentence_and_changes_nothing(
    environment: Environment, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "bad.tar").write_bytes(content)
    new = elsewhere(environment, tmp_path)

    with pytest.raises(NotABackup):
        archive.read(new, tmp_path / "bad.tar")

    assert not (tmp_path / "new" / "out.txt").exists()
    assert not [path for path in new.data.rglob("*") if path.is_file()]


def test_a_folder_that_there_is_not_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match=r"There is no folder .*gone\. Make it"):
        call_command("backup", str(tmp_path / "gone" / "all.tar"))


def test_a_pipe_takes_a_backup_and_gives_it_back(
    environment: Environment,
    tmp_path: Path,
    capfdbinary: pytest.CaptureFixture[bytes],
    monkeypatch: pytest.MonkeyPatch,
    settings_of: SettingsOf,
) -> None:
    """As in a container, whose data folder is all that it can write to."""
    call_command("backup", "-")
    written, said = capfdbinary.readouterr()
    new = elsewhere(environment, tmp_path)
    settings_of(data=new.data, models=new.models, database_url=None)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(written)))

    call_command("restore", "-")

    assert b"2 pictures; models: animals-1.h5" in said
    assert rows(new) == [("dog",)]
    assert not list(environment.data.glob(".restore-*")) + list(new.data.glob(".restore-*"))


def test_a_backup_that_breaks_off_in_a_pipe_is_none(environment: Environment, tmp_path: Path) -> None:
    (environment.data / "pictures" / "ab" / "zzz.jpg").symlink_to("/nowhere/unmounted")
    with (tmp_path / "half.tar").open("wb") as file, pytest.raises(Incomplete):
        archive.write_stream(environment, file)

    with pytest.raises(NotABackup):
        archive.read(elsewhere(environment, tmp_path), tmp_path / "half.tar")


def test_a_disk_that_is_not_mounted_is_named(environment: Environment, tmp_path: Path) -> None:
    (environment.data / "pictures").rename(tmp_path / "disk")
    (environment.data / "pictures").symlink_to("/nowhere/unmounted")

    with pytest.raises(Incomplete, match=r"pictures is a link to /nowhere/unmounted, which is not there"):
        archive.write(environment, tmp_path / "all.tar")

    assert not (tmp_path / "all.tar").exists()


def test_models_behind_a_link_that_leads_nowhere_are_named(environment: Environment, tmp_path: Path) -> None:
    environment.models.rename(tmp_path / "disk")
    environment.models.symlink_to("/nowhere/unmounted")

    with pytest.raises(Incomplete, match="models is a link to /nowhere/unmounted"):
        archive.write(environment, tmp_path / "all.tar")


def test_a_folder_that_cannot_be_read_is_named(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What chmod 000 does, but for root as well."""
    really_scan = os.scandir

    def scan_or_refuse(path: str) -> Any:
        if str(path).endswith("pictures/ab"):
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return really_scan(path)

    monkeypatch.setattr(os, "scandir", scan_or_refuse)

    with pytest.raises(Incomplete, match=r"pictures/ab cannot be read: Permission denied"):
        archive.write(environment, tmp_path / "all.tar")


@pytest.mark.parametrize("name", ["thesis.docx", "answers.sqlite3"])
def test_only_a_backup_is_replaced_by_one(environment: Environment, tmp_path: Path, name: str) -> None:
    (environment.data / "menagerie.sqlite3").rename(tmp_path / "answers.sqlite3")
    named = environment.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'answers.sqlite3'}"})
    (tmp_path / "thesis.docx").write_bytes(b"PK mine")
    before = (tmp_path / name).read_bytes()

    with pytest.raises(CallerError, match=rf"{name} is"):
        archive.write(named, tmp_path / name)
    archive.write(named, tmp_path / "all.tar")
    archive.write(named, tmp_path / "all.tar")

    assert (tmp_path / name).read_bytes() == before


def tar_with(kind: bytes) -> bytes:
    """An archive with a member that is no file."""
    buffer = io.BytesIO(tar_of(**{"menagerie.json": HEAD}))
    with tarfile.open(fileobj=buffer, mode="a") as made:
        member = tarfile.TarInfo("data/pipe")
        member.type = kind
        made.addfile(member)
    return buffer.getvalue()


def test_what_no_backup_has_is_called_so(environment: Environment, tmp_path: Path) -> None:
    (tmp_path / "pipe.tar").write_bytes(tar_with(tarfile.FIFOTYPE))

    with pytest.raises(NotABackup, match=r"pipe\.tar is no backup of Menagerie: .*special file"):
        archive.read(elsewhere(environment, tmp_path), tmp_path / "pipe.tar")


def test_that_there_is_no_room_is_no_damage(
    environment: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    archive.write(environment, tmp_path / "all.tar")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(tarfile.TarFile, "extractall", full)

    with pytest.raises(Incomplete, match=r"cannot be unpacked into .*: No space left on device"):
        archive.read(elsewhere(environment, tmp_path), tmp_path / "all.tar")


@pytest.mark.parametrize(
    ("version", "is_refused"), [("99.0.0", True), ("0.999.0", True), ("0.1.0", False), ("?", False)]
)
def test_a_backup_of_a_later_release_is_refused(
    environment: Environment, tmp_path: Path, version: str, is_refused: bool
) -> None:
    archive.write(environment, tmp_path / "all.tar")
    with tarfile.open(tmp_path / "all.tar") as found:
        [kept] = [found.extractfile(member) for member in found.getmembers() if member.name.endswith(".sqlite3")]
        assert kept is not None
        head = json.dumps({"menagerie": version, "database": "database.sqlite3"}).encode()
        other = tar_of(**{"menagerie.json": head, "data/database.sqlite3": kept.read()})
    (tmp_path / "other.tar").write_bytes(other)
    restored = elsewhere(environment, tmp_path)

    if is_refused:
        with pytest.raises(NotABackup, match=f"is of Menagerie {version}, and this is {__version__}. Upgrade first"):
            archive.read(restored, tmp_path / "other.tar")
    else:
        archive.read(restored, tmp_path / "other.tar")
        assert rows(restored) == [("dog",)]


def test_a_models_folder_that_cannot_be_is_refused_before_anything_changes(
    environment: Environment, tmp_path: Path
) -> None:
    archive.write(environment, tmp_path / "all.tar")
    new = elsewhere(environment, tmp_path)
    new.models.parent.mkdir()
    new.models.write_text("a file")

    with pytest.raises(InTheWay, match="models is a file"):
        archive.read(new, tmp_path / "all.tar")
    new.models.unlink()

    assert archive.read(new, tmp_path / "all.tar").models == ("animals-1.h5",)


def test_a_version_to_go_back_to_that_the_backup_does_not_have_is_forgotten(
    environment: Environment, tmp_path: Path
) -> None:
    archive.write(environment, tmp_path / "all.tar")
    (environment.models / "ACTIVE").write_text("animals-2\n")
    (environment.models / "PREVIOUS").write_text("animals-9\n")

    archive.read(environment, tmp_path / "all.tar", replace=True)

    assert (environment.models / "ACTIVE").read_text() == "animals-1\n"
    assert not (environment.models / "PREVIOUS").exists()


def test_an_old_database_among_the_data_does_not_replace_the_one_of_the_backup(
    environment: Environment, tmp_path: Path
) -> None:
    shutil.copy(environment.data / "menagerie.sqlite3", tmp_path / "answers.sqlite3")
    named = environment.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'answers.sqlite3'}"})
    with closing(sqlite3.connect(environment.data / "menagerie.sqlite3")) as database, database:
        database.execute("UPDATE answers SET label = 'of last year'")
    (environment.data / "menagerie.sqlite3-wal").write_bytes(b"a log of that")
    new = elsewhere(environment, tmp_path)

    archive.write(named, tmp_path / "all.tar")
    archive.read(new, tmp_path / "all.tar")

    assert rows(new) == [("dog",)]
