"""Which files of a folder are pictures, and in which order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recognizer.bulk.image_files import picture_files


def found(folder: Path | str, problems: list[str] | None = None) -> list[str]:
    return list(picture_files(str(folder), report=(problems if problems is not None else []).append))


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_pictures_are_found_at_any_depth_by_their_suffix(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b/c.PNG", "b/d/e.webp", "b/notes.txt", "jpg", "b/README")

    assert found(tmp_path) == [f"{tmp_path}/a.jpg", f"{tmp_path}/b/c.PNG", f"{tmp_path}/b/d/e.webp"]


def test_the_order_is_that_of_sorted_paths(tmp_path: Path) -> None:
    make(tmp_path, "b.jpg", "b/z.jpg", "b-a/y.jpg", "a.jpg", "B.jpg", "b/10.jpg", "b/9.jpg", "猫.jpg")

    assert found(tmp_path) == [str(path) for path in sorted(tmp_path.rglob("*.jpg"))]


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, ".a.jpg", ".thumbnails/b.jpg", "c.jpg")

    assert found(tmp_path) == [f"{tmp_path}/c.jpg"]


def test_a_hidden_folder_can_be_named_itself(tmp_path: Path) -> None:
    make(tmp_path, ".thumbnails/b.jpg")

    assert found(tmp_path / ".thumbnails") == [f"{tmp_path}/.thumbnails/b.jpg"]


def test_a_folder_called_like_a_picture_is_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "folder.png/a.jpg")

    assert found(tmp_path) == [f"{tmp_path}/folder.png/a.jpg"]


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    make(tmp_path, "here/a.jpg")
    (tmp_path / "here/linked.jpg").symlink_to("a.jpg")
    (tmp_path / "here/again").symlink_to(tmp_path / "here", target_is_directory=True)

    assert found(tmp_path) == [f"{tmp_path}/here/a.jpg", f"{tmp_path}/here/linked.jpg"]


def test_broken_links_and_circles_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "circle.jpg").symlink_to("circle.jpg")

    assert found(tmp_path) == []


def test_of_the_current_folder_names_come_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path, "a.jpg", "b/c.jpg")

    assert found(".") == ["a.jpg", "b/c.jpg"]


def test_a_folder_that_cannot_be_read_is_said_and_the_others_are_searched(tmp_path: Path) -> None:
    problems: list[str] = []

    assert found(tmp_path / "gone", problems) == []
    assert problems == [f"The folder {tmp_path}/gone is left out: No such file or directory."]


def test_names_that_are_not_utf_8_come_as_the_system_gives_them(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).touch()

    assert [os.fsencode(path) for path in found(tmp_path)] == [os.fsencode(tmp_path) + b"/caf\xe9.jpg"]
