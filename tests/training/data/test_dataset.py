"""Class folders: what is found in them, and what is refused."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest

from recognizer.images.decode import MAX_BYTES
from recognizer.terminal import printable
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
    for path in class_folders.iterdir():
        shutil.rmtree(path)

    with pytest.raises(DatasetError, match="one folder for each class"):
        dataset.scan(class_folders)


def test_the_folder_of_one_class_is_refused_with_the_folder_around_it(class_folders: Path) -> None:
    with pytest.raises(DatasetError, match=rf"Give the folder around it: --data {class_folders}$"):
        dataset.scan(class_folders / "red")


def test_pictures_named_after_their_class_are_refused_with_the_command_that_sorts_them(tmp_path: Path) -> None:
    (tmp_path / "of both").mkdir()
    for name in ("cat.0.jpg", "cat.1.jpg", "dog.0.jpg", "dog.1.jpg"):
        (tmp_path / "of both" / name).write_bytes(b"x")

    with pytest.raises(DatasetError) as caught:
        dataset.scan(tmp_path / "of both")

    command = str(caught.value).partition("Their names say which: ")[2]
    subprocess.run(["bash", "-c", command], check=True)
    assert dataset.scan(tmp_path / "of both").counts() == {"cat": 2, "dog": 2}


def test_an_archive_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "animals.zip").write_bytes(b"PK")

    with pytest.raises(DatasetError, match=r"animals\.zip is a file, not a folder.*unpack it"):
        dataset.scan(tmp_path / "animals.zip")


def test_an_empty_class_is_refused_by_name(class_folders: Path) -> None:
    (class_folders / "yellow").mkdir()
    (class_folders / "yellow" / "photo.psd").touch()

    with pytest.raises(DatasetError, match=r"No pictures in: yellow.*read are JPEG, PNG"):
        dataset.scan(class_folders)


@pytest.mark.parametrize("name", ["r" * 201, " ", "\u200b"], ids=["too long", "a space", "nothing to see"])
def test_a_folder_whose_name_no_model_can_hold_is_refused_before_any_work(class_folders: Path, name: str) -> None:
    (class_folders / "red").rename(class_folders / name)

    with pytest.raises(DatasetError, match="A class cannot be called"):
        dataset.scan(class_folders)


def test_a_name_that_is_not_utf_8_is_refused_with_the_command_that_renames_it(class_folders: Path) -> None:
    (class_folders / "red").rename(class_folders / os.fsdecode(b"K\xe4tzchen 'x'"))

    with pytest.raises(DatasetError, match="is not UTF-8") as caught:
        dataset.scan(class_folders)

    command = str(caught.value)[str(caught.value).index("mv ") :].replace("NAME", "Kätzchen")
    subprocess.run(["bash", "-c", command], check=True)
    assert "Kätzchen" in dataset.scan(class_folders).class_names


DECOMPOSED, COMPOSED = "Ka\u0308tzchen", "K\u00e4tzchen"


def test_names_are_the_same_class_however_a_system_writes_them(class_folders: Path, tmp_path: Path) -> None:
    shutil.copytree(class_folders / "red", tmp_path / "mac" / DECOMPOSED)
    shutil.copytree(class_folders / "blue", tmp_path / "mac" / "red ")
    (class_folders / "green").rename(class_folders / COMPOSED)

    found = dataset.scan(class_folders, tmp_path / "mac")

    assert found.class_names == (COMPOSED, "blue", "red")
    assert all(found.class_of(image.path) == found.class_names[image.label] for image in found.images)


@pytest.mark.parametrize("name", ["Red", "RED ", "\uff52ed", "re\u200bd"], ids=ascii)
def test_names_that_a_person_cannot_tell_apart_are_refused_with_both_folders(class_folders: Path, name: str) -> None:
    (class_folders / "blue").rename(class_folders / name)

    with pytest.raises(DatasetError, match="look like the same class") as caught:
        dataset.scan(class_folders)

    assert all(printable(str(class_folders / folder)) in str(caught.value) for folder in ("red", name))


def test_different_kinds_of_space_are_no_difference(class_folders: Path) -> None:
    (class_folders / "blue").rename(class_folders / "guinea pig")
    (class_folders / "red").rename(class_folders / "guinea\u00a0pig")

    with pytest.raises(DatasetError, match=r"guinea\\xa0pig look like the same class"):
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
        "elsewhere.png": "A link that leads nowhere",
        "circle": "A link to a folder; those are not followed",
        "loose.png": "It lies beside the class folders, not in one",
        "notes": "No picture",
    }
    assert found.counts()["red"] == 13


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


def test_what_was_understood_is_said_first(class_folders: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (class_folders / "@eaDir").mkdir()
    (class_folders / "red" / "notes.txt").write_text("x", encoding="utf-8")

    dataset.tell(dataset.scan(class_folders))

    first, *reasons = capsys.readouterr().err.splitlines()
    assert first.startswith(
        "3 classes, 36 pictures (blue 12, green 12, red 12); passed over: 1 file and 1 folder, see: "
    )
    assert first.endswith(f" audit --data {class_folders} --passed-over")
    assert reasons == ["  1 x A folder of the system, not of pictures.", "  1 x No picture."]


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
