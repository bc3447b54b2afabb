"""Class folders: what is found in them, and what is refused."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from recognizer.images.decode import MAX_BYTES
from training.data import dataset
from training.errors import DatasetError


def test_each_folder_is_a_class_in_the_order_of_its_name(class_folders: Path) -> None:
    found = dataset.scan(class_folders)

    assert found.class_names == ("blue", "green", "red")
    assert found.counts() == {"blue": 12, "green": 12, "red": 12}


def test_pictures_are_found_at_any_depth_and_in_any_case(class_folders: Path) -> None:
    deeper = class_folders / "red" / "more" / "deeper"
    deeper.mkdir(parents=True)
    shutil.copy(class_folders / "blue" / "00.png", deeper / "X.PNG")

    assert dataset.scan(class_folders).counts()["red"] == 13


def test_hidden_files_and_folders_and_other_kinds_of_file_are_passed_over(class_folders: Path) -> None:
    (class_folders / ".git").mkdir()
    (class_folders / "notes.txt").write_text("x", encoding="utf-8")
    (class_folders / "red" / "notes.txt").write_text("x", encoding="utf-8")
    (class_folders / "red" / ".hidden.png").write_bytes(b"x")
    (class_folders / "red" / ".thumbnails").mkdir()
    (class_folders / "red" / ".thumbnails" / "1.png").write_bytes(b"x")

    assert dataset.scan(class_folders).counts() == {"blue": 12, "green": 12, "red": 12}


def test_the_digest_does_not_depend_on_file_names(class_folders: Path) -> None:
    before = dataset.scan(class_folders).digest()
    (class_folders / "red" / "00.png").rename(class_folders / "red" / "renamed.png")

    assert dataset.scan(class_folders).digest() == before


def test_the_digest_changes_with_a_label(class_folders: Path) -> None:
    before = dataset.scan(class_folders).digest()
    (class_folders / "red" / "00.png").rename(class_folders / "blue" / "red-00.png")

    assert dataset.scan(class_folders).digest() != before


def test_a_missing_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match="no folder"):
        dataset.scan(tmp_path / "nowhere")


def test_a_folder_without_class_folders_is_refused_with_an_example(class_folders: Path) -> None:
    with pytest.raises(DatasetError, match="one folder for each class"):
        dataset.scan(class_folders / "red")


def test_an_empty_class_is_refused_by_name(class_folders: Path) -> None:
    (class_folders / "yellow").mkdir()
    (class_folders / "yellow" / "photo.psd").touch()

    with pytest.raises(DatasetError, match=r"No pictures in: yellow.*read are JPEG, PNG"):
        dataset.scan(class_folders)


@pytest.mark.parametrize("name", [b"r\xffd", b"r" * 201], ids=["not UTF-8", "too long"])
def test_a_folder_whose_name_no_model_can_hold_is_refused_before_any_work(class_folders: Path, name: bytes) -> None:
    (class_folders / "red").rename(class_folders / os.fsdecode(name))

    with pytest.raises(DatasetError, match="A class cannot be called"):
        dataset.scan(class_folders)


def test_no_more_than_the_largest_accepted_size_of_a_file_is_read(class_folders: Path) -> None:
    image = dataset.scan(class_folders).images[0]
    with image.path.open("r+b") as file:
        file.truncate(MAX_BYTES + 1000)

    assert len(image.read()) == MAX_BYTES + 1


def test_pictures_that_are_passed_over_are_named_with_the_reason(class_folders: Path) -> None:
    (class_folders / "red" / "camera.CR2").write_bytes(b"x")
    (class_folders / "red" / "drawing.svg").write_bytes(b"x")
    (class_folders / "red" / "nameless").write_bytes((class_folders / "red" / "00.png").read_bytes())
    (class_folders / "red" / "notes").write_text("x", encoding="utf-8")
    (class_folders / "red" / "elsewhere.png").symlink_to(class_folders / "nowhere.png")
    (class_folders / "red" / "circle").symlink_to(class_folders / "red")
    (class_folders / "loose.png").write_bytes(b"x")

    found = dataset.scan(class_folders)

    assert {entry.path.name: entry.reason.split(".")[0] for entry in found.passed_over} == {
        "camera.CR2": "Files of the kind camera raw are not read",
        "drawing.svg": "Files of the kind SVG are not read",
        "nameless": "It looks like a picture, but its name has no suffix such as ",
        "elsewhere.png": "It is no file, or a link that leads nowhere",
        "circle": "It is a link to a folder, and those are not followed",
        "loose.png": "It lies beside the class folders, not in one",
    }
    assert found.counts()["red"] == 12


def test_a_link_that_leads_to_itself_is_passed_over(class_folders: Path) -> None:
    (class_folders / "red" / "self.png").symlink_to(class_folders / "red" / "self.png")

    assert [entry.path.name for entry in dataset.scan(class_folders).passed_over] == ["self.png"]


def test_a_class_folder_may_be_a_link(class_folders: Path, tmp_path: Path) -> None:
    (class_folders / "red").rename(tmp_path / "elsewhere")
    (class_folders / "red").symlink_to(tmp_path / "elsewhere")

    assert dataset.scan(class_folders).counts()["red"] == 12


def test_a_folder_that_cannot_be_read_is_named(class_folders: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    locked = class_folders / "red" / "locked"
    locked.mkdir()
    really_scan = os.scandir

    def scandir(path: str) -> Any:
        if Path(path) == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return really_scan(path)

    monkeypatch.setattr(os, "scandir", scandir)

    [entry] = dataset.scan(class_folders).passed_over

    assert (entry.path, entry.reason) == (locked, "The folder cannot be read: Permission denied.")


@pytest.mark.parametrize("parts", [("train", "test"), ("Train", "Val", "Test")])
def test_the_parts_of_a_data_set_are_not_taken_for_its_classes(class_folders: Path, parts: tuple[str, ...]) -> None:
    for part in parts:
        shutil.copytree(class_folders, class_folders.parent / "whole" / part)

    with pytest.raises(DatasetError, match=f"parts of a data set.*--data .*/whole/{parts[0]}"):
        dataset.scan(class_folders.parent / "whole")


def test_classes_may_be_called_train_and_test(class_folders: Path) -> None:
    (class_folders / "red").rename(class_folders / "train")
    (class_folders / "blue").rename(class_folders / "test")
    shutil.rmtree(class_folders / "green")

    assert dataset.scan(class_folders).counts() == {"test": 12, "train": 12}


def test_pictures_of_a_folder_are_found_whatever_its_folders_mean(class_folders: Path) -> None:
    shutil.copy(class_folders / "red" / "00.png", class_folders / "loose.png")

    assert len(dataset.pictures_in(class_folders)) == 37


@pytest.mark.parametrize(("name", "said"), [("nowhere", "no folder"), ("empty", "no pictures")])
def test_a_folder_without_pictures_is_refused(tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(DatasetError, match=said):
        dataset.pictures_in(tmp_path / name)
