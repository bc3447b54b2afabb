"""Files: whole or not at all, and no more of them than a limit."""

from __future__ import annotations

import errno
import os
import socket
import stat
import zipfile
from pathlib import Path

import pytest

from recognizer import files
from recognizer.errors import CallerError


def test_a_file_is_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    files.write_whole(path, b"new")

    assert path.read_bytes() == b"new"
    assert list(tmp_path.iterdir()) == [path]


def test_until_the_block_ends_the_old_file_is_there(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    with files.written_whole(path) as draft:
        draft.write_text("new")
        during = path.read_text()

    assert (during, path.read_text()) == ("old", "new")


@pytest.mark.parametrize("error", [OSError("disk full"), KeyboardInterrupt()])
def test_a_block_that_raises_changes_nothing(tmp_path: Path, error: BaseException) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fail(draft: Path) -> None:
        draft.write_text("half")
        raise error

    with pytest.raises(type(error)), files.written_whole(path) as draft:
        fail(draft)

    assert path.read_text() == "old"
    assert list(tmp_path.iterdir()) == [path]


def test_drafts_are_hidden_and_never_shared(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"

    with files.written_whole(path) as one, files.written_whole(path) as other:
        names = {one.name, other.name}

    assert len(names) == 2
    assert all(name.startswith(".") for name in names)


def test_a_name_may_be_as_long_as_the_system_allows(tmp_path: Path) -> None:
    path = tmp_path / ("x" * 255)

    files.write_whole(path, b"1")

    assert path.read_bytes() == b"1"


@pytest.mark.parametrize(("mode", "expected"), [(files.EVERYONE, 0o640), (files.OWNER_ONLY, 0o600)])
def test_permissions_are_those_asked_for_less_the_umask(tmp_path: Path, mode: int, expected: int) -> None:
    before = os.umask(0o027)
    try:
        with files.written_whole(tmp_path / "a", mode=mode) as draft:
            of_draft = stat.S_IMODE(draft.stat().st_mode)
    finally:
        os.umask(before)

    assert of_draft == stat.S_IMODE((tmp_path / "a").stat().st_mode) == expected


def test_a_durable_file_is_flushed_before_its_name_is_and_after(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    fsync, replace = os.fsync, Path.replace

    def noted_fsync(handle: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(handle).st_mode) else "file")
        fsync(handle)

    def noted_replace(draft: Path, target: Path) -> Path:
        steps.append("rename")
        return replace(draft, target)

    monkeypatch.setattr(os, "fsync", noted_fsync)
    monkeypatch.setattr(Path, "replace", noted_replace)
    files.write_whole(tmp_path / "a", b"1", durable=True)

    assert steps == ["file", "rename", "folder"]


def test_no_more_than_the_limit_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")

    assert [files.read_at_most(tmp_path / "a", most) for most in (3, 5, 9)] == [b"123", b"12345", b"12345"]


def test_a_larger_file_than_expected_is_refused_with_the_limit(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"12345")

    assert files.read_whole(tmp_path / "a", 5) == b"12345"
    with pytest.raises(OSError, match="more than the 4 bytes"):
        files.read_whole(tmp_path / "a", 4)


@pytest.mark.parametrize(("method", "is_refused"), [(zipfile.ZIP_STORED, False), (zipfile.ZIP_DEFLATED, True)])
def test_a_packed_archive_is_refused_before_it_is_unpacked(tmp_path: Path, method: int, is_refused: bool) -> None:
    with zipfile.ZipFile(tmp_path / "a.npz", "w", method) as archive:
        archive.writestr("a", b"1" * 1000)

    with (tmp_path / "a.npz").open("rb") as file:
        if is_refused:
            with pytest.raises(ValueError, match="packed"):
                files.refuse_packed(file)
        else:
            files.refuse_packed(file)
            assert file.tell() == 0


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_may_be_saved_as_spreadsheets_do(tmp_path: Path, encoding: str) -> None:
    (tmp_path / "a.csv").write_bytes("K\u00e4fer;1\r\n".encode(encoding))

    assert files.table_text(tmp_path / "a.csv") == "K\u00e4fer;1\r\n"


@pytest.mark.parametrize("data", ["K\u00e4fer".encode("cp1252"), b"\xff\xfeK", "K,1".encode("utf-16-le"), b"PK\3\4\0"])
def test_a_table_in_another_encoding_is_refused_with_the_cure(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(data)

    with pytest.raises(ValueError, match="Save it as CSV in UTF-8"):
        files.table_text(tmp_path / "a.csv")


@pytest.mark.parametrize("kind", ["pipe", "folder", "device", "link in a circle", "link to a pipe", "socket"])
def test_what_is_no_plain_file_is_refused_and_never_waited_for(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "a"
    with socket.socket(socket.AF_UNIX) as listener:
        if kind == "pipe":
            os.mkfifo(path)
        elif kind == "folder":
            path.mkdir()
        elif kind == "device":
            path.symlink_to("/dev/zero")
        elif kind == "link in a circle":
            path.symlink_to(path)
        elif kind == "link to a pipe":
            os.mkfifo(tmp_path / "pipe")
            path.symlink_to(tmp_path / "pipe")
        else:
            listener.bind(str(path))

        with pytest.raises(OSError, match=r"folder|pipe|symbolic links"):
            files.read_at_most(path, 10)


def test_a_link_to_a_plain_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"1")
    (tmp_path / "link").symlink_to("a")

    assert files.read_at_most(tmp_path / "link", 10) == b"1"


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OSError(errno.ENOSPC, "full"), True),
        (OSError(errno.EDQUOT, "quota"), True),
        (RuntimeError("Can't write (file write failed: errno = 28, error message = 'No space left on device')"), True),
        (OSError(errno.EACCES, "no"), False),
        (ValueError(), False),
        (None, False),
    ],
    ids=["disk", "quota", "HDF5", "rights", "other", "none"],
)
def test_a_full_disk_is_told_from_other_errors_also_as_a_cause(error: Exception | None, expected: bool) -> None:
    wrapped = RuntimeError("The training cannot be kept.")
    wrapped.__cause__ = error

    assert files.lacks_space(error) is expected
    assert files.lacks_space(wrapped) is expected


def test_a_file_is_the_same_by_whatever_links_and_be_it_there_or_not(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    (tmp_path / "b").touch()
    (tmp_path / "link").symlink_to("a")
    os.link(tmp_path / "a", tmp_path / "second name")

    assert files.is_same(tmp_path / "a", tmp_path / "link")
    assert files.is_same(tmp_path / "a", tmp_path / "second name")
    assert files.is_same(tmp_path / "new", tmp_path / "x" / ".." / "new")
    assert not files.is_same(tmp_path / "a", tmp_path / "b")
    assert not files.is_same(tmp_path / "a", tmp_path / "new")


def test_what_a_command_reads_is_not_written_over(tmp_path: Path) -> None:
    (tmp_path / "a").touch()

    files.refuse_to_replace_inputs(tmp_path / "b", [tmp_path / "a", None])
    with pytest.raises(CallerError, match="Choose another file"):
        files.refuse_to_replace_inputs(tmp_path / "a", [None, tmp_path / "a"])


@pytest.mark.parametrize(("content", "otherwise"), [("", False), ("abc", False), ("abcdef", False), ("abd", True)])
def test_a_file_begins_otherwise_where_its_first_bytes_are_others(
    tmp_path: Path, content: str, otherwise: bool
) -> None:
    (tmp_path / "a").write_text(content)

    assert files.begins_otherwise(tmp_path / "a", b"abcd") is otherwise


def test_what_has_nothing_to_lose_does_not_begin_otherwise(tmp_path: Path) -> None:
    assert not files.begins_otherwise(tmp_path / "missing", b"abcd")
    assert not files.begins_otherwise(Path("/dev/null"), b"abcd")
