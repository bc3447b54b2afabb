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

    restored = quarantine.undo(tmp_path / "aside", [data])

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

    restored = quarantine.undo(tmp_path / "aside", [data])

    assert restored.back == 1
    assert [place for place, _ in restored.left] == [tmp_path / "aside" / "cat" / "a.jpg"]
    assert files(data)["cat/a.jpg"] == "new"
    (data / "cat" / "a.jpg").unlink()
    assert quarantine.undo(tmp_path / "aside", [data]).back == 1
    assert files(data)["cat/a.jpg"] == "cat/a.jpg"


def test_several_runs_are_put_back_at_once(data: Path, tmp_path: Path) -> None:
    before = files(data)
    move(data, tmp_path / "aside", "cat/a.jpg")
    move(data, tmp_path / "aside", "dog/a.jpg")

    assert quarantine.undo(tmp_path / "aside", [data]).back == 2
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

    assert quarantine.undo(tmp_path / "aside", [data]).back == 0
    assert files(data)["cat/a.jpg"] == "cat/a.jpg"


def test_half_a_line_at_the_end_of_the_log_is_passed_over(data: Path, tmp_path: Path) -> None:
    move(data, tmp_path / "aside", "cat/a.jpg")
    with (tmp_path / "aside" / quarantine.LOG).open("a", encoding="ascii") as log:
        log.write('{"data": "/som')

    assert quarantine.undo(tmp_path / "aside", [data]).back == 1


@pytest.mark.parametrize(
    "left", ['{"data": "/som', '{"data": "/somewhere", "origin": "a", "place": "a", "reason": "copy"}']
)
def test_the_next_move_does_not_glue_its_line_to_half_a_line(data: Path, tmp_path: Path, left: str) -> None:
    move(data, tmp_path / "aside", "cat/a.jpg")
    with (tmp_path / "aside" / quarantine.LOG).open("a", encoding="ascii") as log:
        log.write(left)

    move(data, tmp_path / "aside", "dog/a.jpg")

    assert quarantine.undo(tmp_path / "aside", [data]).back == 2


def test_a_log_of_nothing_but_half_a_line_is_begun_again(data: Path, tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / quarantine.LOG).write_text('{"data": "/som')

    move(data, tmp_path / "aside", "cat/a.jpg")

    assert quarantine.undo(tmp_path / "aside", [data]).back == 1


@pytest.mark.parametrize("line", ["nonsense", "{}", '{"data": "", "origin": "", "place": "../x", "reason": ""}', "[1]"])
def test_a_log_that_was_changed_moves_nothing(data: Path, tmp_path: Path, line: str) -> None:
    move(data, tmp_path / "aside", "cat/a.jpg")
    with (tmp_path / "aside" / quarantine.LOG).open("a", encoding="ascii") as log:
        log.write(line + "\n")

    with pytest.raises(DatasetError, match="Nothing was moved"):
        quarantine.undo(tmp_path / "aside", [data])

    assert "cat/a.jpg" in files(tmp_path / "aside")


@pytest.mark.parametrize("name", [b"new\nline.jpg", b"\xff\xfe.jpg", b"[red].jpg"])
def test_any_file_name_goes_and_comes_back(data: Path, tmp_path: Path, name: bytes) -> None:
    path = data / "cat" / os.fsdecode(name)
    path.write_text("odd", encoding="utf-8")

    list(quarantine.move({path: "copy"}, data=data, quarantine=tmp_path / "aside"))
    assert not path.exists()
    quarantine.undo(tmp_path / "aside", [data])

    assert path.read_text(encoding="utf-8") == "odd"


def test_no_quarantine_is_a_sentence(data: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="nothing to put back"):
        quarantine.undo(tmp_path / "aside", [data])


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


# A quarantine from somebody else


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The folder of somebody who was sent a quarantine."""
    (tmp_path / "home" / ".ssh").mkdir(parents=True)
    return tmp_path / "home"


def sent(aside: Path, *, data: Path, origin: str, place: str = "cat/1.jpg", content: bytes = b"\xff\xd8\xff") -> None:
    """Makes a quarantine of one file whose log says what it likes."""
    (aside / place).parent.mkdir(parents=True, exist_ok=True)
    (aside / place).write_bytes(content)
    line = json.dumps({"data": str(data), "origin": origin, "place": place, "reason": "broken"})
    (aside / quarantine.LOG).write_text(line + "\n", encoding="ascii")


def test_a_folder_that_was_not_named_gets_nothing(data: Path, home: Path, tmp_path: Path) -> None:
    sent(tmp_path / "aside", data=home / ".ssh", origin="authorized_keys", content=b"ssh-ed25519 AAAA")

    with pytest.raises(DatasetError, match=r"home/\.ssh, which --data does not name.*add: --data .*home/\.ssh"):
        quarantine.undo(tmp_path / "aside", [data])

    assert list((home / ".ssh").iterdir()) == []


@pytest.mark.parametrize(
    "origin",
    [
        *("../home/x.jpg", "/tmp/x.jpg", "cat/../../home/x.jpg", "", ".", ".ssh/x.jpg", "cat/.x.jpg", "cat/x\0.jpg"),
        "cat/\ud800.jpg",
    ],
)
def test_a_path_out_of_the_data_folder_or_to_a_hidden_file_moves_nothing(
    data: Path, tmp_path: Path, origin: str
) -> None:
    sent(tmp_path / "aside", data=data, origin=origin)
    before = files(tmp_path / "data")

    with pytest.raises(DatasetError, match="Nothing was moved"):
        quarantine.undo(tmp_path / "aside", [data])

    assert files(data) == before
    assert (tmp_path / "aside" / "cat" / "1.jpg").exists()


@pytest.mark.parametrize(
    ("origin", "content", "goes_back"),
    [
        ("cat/x.jpg", b"damaged", True),
        ("cat/photo", b"\xff\xd8\xff\xe0", True),
        ("cat/authorized_keys", b"ssh-ed25519 AAAA", False),
        ("cat/run.sh", b"#!/bin/sh", False),
    ],
)
def test_only_pictures_go_back(data: Path, tmp_path: Path, origin: str, content: bytes, goes_back: bool) -> None:
    sent(tmp_path / "aside", data=data, origin=origin, place=origin, content=content)

    restored = quarantine.undo(tmp_path / "aside", [data])

    assert restored.back == goes_back
    assert [reason for _, reason in restored.left] == ([] if goes_back else ["It is no picture."])
    assert (data / origin).exists() == goes_back


def test_what_is_put_back_is_called_a_picture_too(data: Path, tmp_path: Path) -> None:
    """A picture by its name in the quarantine must not become a program by its name in the data folder."""
    sent(tmp_path / "aside", data=data, origin="cat/run.sh", place="cat/1.jpg", content=b"#!/bin/sh")

    assert quarantine.undo(tmp_path / "aside", [data]).back == 0
    assert not (data / "cat" / "run.sh").exists()


@pytest.mark.parametrize("linked", ["data", "aside"])
def test_nothing_goes_through_a_link(data: Path, home: Path, tmp_path: Path, linked: str) -> None:
    sent(tmp_path / "aside", data=data, origin="linked/1.jpg", place="linked/1.jpg")
    if linked == "data":
        (data / "linked").symlink_to(home)
    else:
        (tmp_path / "aside" / "linked").rename(home / "pictures")
        (tmp_path / "aside" / "linked").symlink_to(home / "pictures")

    restored = quarantine.undo(tmp_path / "aside", [data])

    assert restored.back == 0
    assert "leads through a link" in restored.left[0][1]
    assert not (home / "1.jpg").exists()


def test_nothing_is_moved_into_a_quarantine_through_a_link(data: Path, home: Path, tmp_path: Path) -> None:
    (tmp_path / "aside").mkdir()
    (tmp_path / "aside" / "cat").symlink_to(home)

    with pytest.raises(DatasetError, match="leads through a link"):
        move(data, tmp_path / "aside", "cat/a.jpg")

    assert files(home) == {}


@pytest.mark.parametrize("kind", ["pipe", "link"])
def test_a_log_that_is_no_file_is_refused(data: Path, home: Path, tmp_path: Path, kind: str) -> None:
    (tmp_path / "aside").mkdir()
    log = tmp_path / "aside" / quarantine.LOG
    os.mkfifo(log) if kind == "pipe" else log.symlink_to(home / ".bashrc")

    with pytest.raises(DatasetError, match="is a link, or no file"):
        quarantine.check_folder(tmp_path / "aside", [data])
    with pytest.raises(DatasetError, match="cannot be read"):
        quarantine.undo(tmp_path / "aside", [data])


def test_a_pipe_in_quarantine_stays_there(data: Path, tmp_path: Path) -> None:
    sent(tmp_path / "aside", data=data, origin="cat/x.jpg")
    (tmp_path / "aside" / "cat" / "1.jpg").unlink()
    os.mkfifo(tmp_path / "aside" / "cat" / "1.jpg")

    assert quarantine.undo(tmp_path / "aside", [data]).back == 0


def test_the_log_itself_does_not_go_into_the_data(data: Path, tmp_path: Path) -> None:
    sent(tmp_path / "aside", data=data, origin="cat/log.jpg", place=quarantine.LOG)

    with pytest.raises(DatasetError, match="Nothing was moved"):
        quarantine.undo(tmp_path / "aside", [data])

    assert not (data / "cat" / "log.jpg").exists()


@pytest.mark.parametrize("origin", ["cat/" + "a" * 300 + ".jpg", "cat/1.jpg/x.jpg"])
def test_a_file_that_cannot_be_put_back_does_not_keep_the_others(data: Path, tmp_path: Path, origin: str) -> None:
    (data / "cat" / "1.jpg").write_bytes(b"\xff\xd8\xff")
    lines = []
    for name in (origin, "cat/whole.jpg"):
        place = f"cat/{len(lines)}.jpg"
        sent(tmp_path / "aside", data=data, origin=name, place=place)
        lines.append((tmp_path / "aside" / quarantine.LOG).read_text(encoding="ascii"))
    (tmp_path / "aside" / quarantine.LOG).write_text("".join(reversed(lines)), encoding="ascii")

    restored = quarantine.undo(tmp_path / "aside", [data])

    assert (data / "cat" / "whole.jpg").exists()
    assert (restored.back, len(restored.left)) == (1, 1)
    assert str(data) in restored.left[0][1]


def test_a_log_of_nested_brackets_is_a_sentence(data: Path, tmp_path: Path) -> None:
    sent(tmp_path / "aside", data=data, origin="cat/x.jpg")
    (tmp_path / "aside" / quarantine.LOG).write_text("[" * 100_000 + "\n", encoding="ascii")

    with pytest.raises(DatasetError, match="cannot be understood"):
        quarantine.undo(tmp_path / "aside", [data])
