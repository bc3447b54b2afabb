"""Moving a file: never over another, also across file systems."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from training.audit.quarantine import moved


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
