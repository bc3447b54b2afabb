"""Class folders: what is found in them, and what is refused."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest

from recognizer.images import MAX_BYTES
from training import dataset
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
    (class_folders / "yellow" / "photo.heic").touch()

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
