"""The quarantine: pictures are moved, never deleted or replaced, and put back."""

from __future__ import annotations

import errno
import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.audit import quarantine
from training.audit.quarantine import moved
from training.errors import DatasetError


@pytest.fixture(params=["one file system", "two file systems"])
def source(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    if request.param == "two file systems":
        monkeypatch.setattr(os, "link", refuse(errno.EXDEV))
    path = tmp_path / "source.jpg"
    path.write_bytes(b"picture")
    os.utime(path, (1_000_000, 1_000_000))
    return path


def refuse(number: int) -> Callable[..., None]:
    def operation(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number))

    return operation


def test_content_and_time_arrive_and_nothing_is_left_behind(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "deeper" / "target.jpg"

    assert moved(source, target)

    assert target.read_bytes() == b"picture"
    assert target.stat().st_mtime == 1_000_000
    assert not source.exists()


def test_what_is_there_already_stays(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.jpg"
    target.write_bytes(b"another")

    assert not moved(source, target)

    assert (source.read_bytes(), target.read_bytes()) == (b"picture", b"another")


def test_a_link_that_leads_nowhere_counts_as_something(source: Path, tmp_path: Path) -> None:
    target = tmp_path / "target.jpg"
    target.symlink_to(tmp_path / "nowhere")

    assert not moved(source, target)


def test_a_link_is_moved_as_a_link(source: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.jpg"
    link.symlink_to(source)

    assert moved(link, tmp_path / "moved.jpg")

    assert (tmp_path / "moved.jpg").readlink() == source
    assert source.exists()
    assert not link.is_symlink()


def test_a_copy_that_fails_leaves_no_half_of_a_file(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "link", refuse(errno.EXDEV))
    monkeypatch.setattr(shutil, "copyfileobj", refuse(errno.ENOSPC))

    with pytest.raises(OSError, match="No space left"):
        moved(source, tmp_path / "target.jpg")

    assert source.exists()
    assert not (tmp_path / "target.jpg").exists()


def test_a_file_that_may_not_be_taken_away_is_not_doubled(
    source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    really_unlink = Path.unlink

    def unlink(path: Path) -> None:
        if path == source:
            raise PermissionError(errno.EACCES, "Permission denied")
        really_unlink(path)

    monkeypatch.setattr(Path, "unlink", unlink)

    with pytest.raises(PermissionError):
        moved(source, tmp_path / "target.jpg")

    assert source.exists()
    assert not (tmp_path / "target.jpg").exists()


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """cat/a.jpg, cat/deep/b.jpg, dog/a.jpg; each holds its own name."""
    for name in ("cat/a.jpg", "cat/deep/b.jpg", "dog/a.jpg"):
        path = tmp_path / "data" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name, encoding="utf-8")
    return tmp_path / "data"


def files(folder: Path) -> dict[str, str]:
    found = (path for path in sorted(folder.rglob("*")) if path.is_file() and path.name != quarantine.LOG)
    return {str(path.relative_to(folder)): path.read_text(encoding="utf-8") for path in found}


def move(data: Path, place: Path, *names: str) -> list[quarantine.Move]:
    return list(quarantine.move({data / name: "copy" for name in names}, data=data, quarantine=place))


def test_pictures_keep_their_folders(data: Path, tmp_path: Path) -> None:
    move(data, tmp_path / "aside", "cat/a.jpg", "cat/deep/b.jpg")

    assert files(tmp_path / "aside") == {"cat/a.jpg": "cat/a.jpg", "cat/deep/b.jpg": "cat/deep/b.jpg"}
    assert files(data) == {"dog/a.jpg": "dog/a.jpg"}


def test_undo_puts_everything_back_and_leaves_nothing(data: Path, tmp_path: Path) -> None:
    before = files(data)
    move(data, tmp_path / "aside", "cat/a.jpg", "cat/deep/b.jpg")
    (data / "cat" / "deep").rmdir()

    restored = quarantine.undo(tmp_path / "aside")

    assert (restored.back, restored.left) == (2, ())
    assert files(data) == before
    assert not (tmp_path / "aside").exists()


def test_what_is_in_quarantine_already_is_not_replaced(data: Path, tmp_path: Path) -> None:
    move(data, tmp_path / "aside", "cat/a.jpg")
    (data / "cat" / "a.jpg").write_text("new", encoding="utf-8")
    move(data, tmp_path / "aside", "cat/a.jpg")

    assert files(tmp_path / "aside") == {"cat/a.jpg": "cat/a.jpg", "cat/a-2.jpg": "new"}


def test_what_is_in_the_data_by_now_is_not_replaced_and_named(data: Path, tmp_path: Path) -> None:
    move(data, tmp_path / "aside", "cat/a.jpg", "dog/a.jpg")
    (data / "cat" / "a.jpg").write_text("new", encoding="utf-8")

    restored = quarantine.undo(tmp_path / "aside")

    assert restored.back == 1
    assert [place for place, _ in restored.left] == [tmp_path / "aside" / "cat" / "a.jpg"]
    assert files(data)["cat/a.jpg"] == "new"
    (data / "cat" / "a.jpg").unlink()
    assert quarantine.undo(tmp_path / "aside").back == 1
    assert files(data)["cat/a.jpg"] == "cat/a.jpg"


def test_several_runs_are_put_back_at_once(data: Path, tmp_path: Path) -> None:
    before = files(data)
    move(data, tmp_path / "aside", "cat/a.jpg")
    move(data, tmp_path / "aside", "dog/a.jpg")

    assert quarantine.undo(tmp_path / "aside").back == 2
    assert files(data) == before


def test_the_log_is_written_before_the_move(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "moved", killed)

    with pytest.raises(KeyboardInterrupt):
        move(data, tmp_path / "aside", "cat/a.jpg")

    [line] = (tmp_path / "aside" / quarantine.LOG).read_text(encoding="ascii").splitlines()
    assert json.loads(line)["origin"] == "cat/a.jpg"


def killed(*_: Any) -> bool:
    raise KeyboardInterrupt


def test_a_move_that_was_not_made_is_not_undone(data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quarantine, "moved", killed)
    with pytest.raises(KeyboardInterrupt):
        move(data, tmp_path / "aside", "cat/a.jpg")
    monkeypatch.undo()

    assert quarantine.undo(tmp_path / "aside").back == 0
    assert files(data)["cat/a.jpg"] == "cat/a.jpg"


def test_half_a_line_at_the_end_of_the_log_is_passed_over(data: Path, tmp_path: Path) -> None:
    move(data, tmp_path / "aside", "cat/a.jpg")
    with (tmp_path / "aside" / quarantine.LOG).open("a", encoding="ascii") as log:
        log.write('{"data": "/som')

    assert quarantine.undo(tmp_path / "aside").back == 1


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"data": "", "origin": "", "place": "../x", "reason": ""}', "[1]"])
def test_a_log_that_was_changed_moves_nothing(data: Path, tmp_path: Path, line: str) -> None:
    move(data, tmp_path / "aside", "cat/a.jpg")
    with (tmp_path / "aside" / quarantine.LOG).open("a", encoding="ascii") as log:
        log.write(line + "\n")

    with pytest.raises(DatasetError, match="Nothing was moved"):
        quarantine.undo(tmp_path / "aside")

    assert "cat/a.jpg" in files(tmp_path / "aside")


@pytest.mark.parametrize("name", [b"new\nline.jpg", b"\xff\xfe.jpg", b"[red].jpg"])
def test_any_file_name_goes_and_comes_back(data: Path, tmp_path: Path, name: bytes) -> None:
    path = data / "cat" / os.fsdecode(name)
    path.write_text("odd", encoding="utf-8")

    list(quarantine.move({path: "copy"}, data=data, quarantine=tmp_path / "aside"))
    assert not path.exists()
    quarantine.undo(tmp_path / "aside")

    assert path.read_text(encoding="utf-8") == "odd"


def test_no_quarantine_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nothing to put back"):
        quarantine.undo(tmp_path / "aside")


@pytest.mark.parametrize(
    "place", [lambda data: data, lambda data: data / "aside", lambda data: data / "cat" / ".." / "x"]
)
def test_a_quarantine_in_the_data_is_refused(data: Path, place: Callable[[Path], Path]) -> None:
    with pytest.raises(DatasetError, match="beside it"):
        quarantine.check_folder(place(data), [data])


def test_a_quarantine_that_a_link_leads_into_the_data_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(data)

    with pytest.raises(DatasetError, match="beside it"):
        quarantine.check_folder(tmp_path / "link" / "aside", [data])


def test_a_quarantine_that_is_a_file_is_refused(data: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(DatasetError, match="is a file"):
        quarantine.check_folder(tmp_path / "file", [data])
