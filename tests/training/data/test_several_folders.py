"""Class folders in several data folders: what is one class, which picture counts, what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.training.conftest import draw
from training.data.dataset import Dataset, scan
from training.errors import DatasetError


@pytest.fixture
def corrections(tmp_path: Path) -> Path:
    """Class folders as corrections are exported: two more of red, three of yellow."""
    for name, colour, count in (("red", (210, 30, 40), 2), ("yellow", (220, 210, 20), 3)):
        (tmp_path / "export" / "classes" / name).mkdir(parents=True)
        for number in range(count):
            draw(colour, seed=100 + number).save(tmp_path / "export" / "classes" / name / f"a{number}.png")
    return tmp_path / "export" / "classes"


def class_of(dataset: Dataset, path: Path) -> str | None:
    labels = [dataset.class_names[image.label] for image in dataset.images if image.path == path]
    return labels[0] if labels else None


def test_folders_of_the_same_name_are_one_class_and_others_are_added(class_folders: Path, corrections: Path) -> None:
    found = scan(class_folders, corrections)

    assert found.counts() == {"blue": 12, "green": 12, "red": 14, "yellow": 3}
    assert found.folders == (class_folders, corrections)


def test_a_class_added_in_the_middle_keeps_labels_and_names_together(class_folders: Path, corrections: Path) -> None:
    (corrections / "yellow").rename(corrections / "cyan")

    found = scan(class_folders, corrections)

    assert found.class_names == ("blue", "cyan", "green", "red")
    assert all(found.class_names[image.label] == image.path.parent.name for image in found.images)


def test_a_single_folder_is_as_it_was(class_folders: Path) -> None:
    found = scan(class_folders)

    assert (len(found.images), found.superseded) == (36, ())


def test_the_later_folder_says_which_class_a_picture_has(class_folders: Path, corrections: Path) -> None:
    wrong, right = class_folders / "blue" / "00.png", corrections / "red" / "b.png"
    shutil.copy(wrong, right)

    found = scan(class_folders, corrections)

    assert (class_of(found, wrong), class_of(found, right)) == (None, "red")
    assert [(entry.image.path, entry.by.path) for entry in found.superseded] == [(wrong, right)]


def test_the_order_of_the_folders_decides_which_is_later(class_folders: Path, corrections: Path) -> None:
    wrong, right = class_folders / "blue" / "00.png", corrections / "red" / "b.png"
    shutil.copy(wrong, right)

    found = scan(corrections, class_folders)

    assert (class_of(found, wrong), class_of(found, right)) == ("blue", None)


def test_the_same_picture_in_the_same_class_counts_once(class_folders: Path, corrections: Path) -> None:
    first, again = class_folders / "red" / "00.png", corrections / "red" / "b.png"
    shutil.copy(first, again)

    found = scan(class_folders, corrections)

    assert (class_of(found, first), class_of(found, again)) == ("red", None)
    assert found.counts()["red"] == 14


def test_what_a_third_folder_takes_back_is_as_it_was(class_folders: Path, corrections: Path, tmp_path: Path) -> None:
    original = class_folders / "blue" / "00.png"
    (tmp_path / "later" / "blue").mkdir(parents=True)
    shutil.copy(original, corrections / "red" / "b.png")
    shutil.copy(original, tmp_path / "later" / "blue" / "c.png")

    found = scan(class_folders, corrections, tmp_path / "later")

    assert class_of(found, original) == "blue"
    assert found.counts()["red"] == 14


def test_a_contradiction_within_the_later_folder_is_left_for_the_audit(class_folders: Path, corrections: Path) -> None:
    original = class_folders / "blue" / "00.png"
    for name in ("red", "yellow"):
        shutil.copy(original, corrections / name / "b.png")

    found = scan(class_folders, corrections)

    assert class_of(found, original) is None
    assert {class_of(found, corrections / name / "b.png") for name in ("red", "yellow")} == {"red", "yellow"}


def test_copies_within_one_folder_are_left_for_the_audit(class_folders: Path, corrections: Path) -> None:
    shutil.copy(class_folders / "red" / "00.png", class_folders / "red" / "copy.png")

    assert scan(class_folders, corrections).superseded == ()


def test_a_correction_of_the_same_class_does_not_change_the_digest(class_folders: Path, tmp_path: Path) -> None:
    (tmp_path / "more" / "red").mkdir(parents=True)
    shutil.copy(class_folders / "red" / "00.png", tmp_path / "more" / "red" / "x.png")

    assert scan(class_folders, tmp_path / "more").digest() == scan(class_folders).digest()


def test_an_empty_folder_beside_another_is_no_trouble(class_folders: Path, tmp_path: Path) -> None:
    (tmp_path / "none yet").mkdir()

    assert scan(class_folders, tmp_path / "none yet").digest() == scan(class_folders).digest()


def test_an_empty_class_folder_is_no_trouble_where_another_has_pictures(class_folders: Path, tmp_path: Path) -> None:
    (tmp_path / "more" / "red").mkdir(parents=True)

    assert scan(class_folders, tmp_path / "more").counts()["red"] == 12


@pytest.mark.parametrize("second", ["colours", "colours/../colours", "colours/red", ".", "link"])
def test_folders_that_overlap_are_refused(
    class_folders: Path, tmp_path: Path, second: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "link").symlink_to(class_folders)

    with pytest.raises(DatasetError, match="Give each folder of pictures once"):
        scan(class_folders, tmp_path / second)


def test_a_second_folder_that_is_not_there_is_refused(class_folders: Path, tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no folder .*nowhere"):
        scan(class_folders, tmp_path / "nowhere")


def test_the_folder_around_exported_corrections_is_not_taken_for_classes(
    class_folders: Path, corrections: Path
) -> None:
    export = corrections.parent
    (export / "unknown").mkdir()

    with pytest.raises(DatasetError, match=f"--data {export}/classes --unknown {export}/unknown"):
        scan(class_folders, export)


def test_paths_start_from_the_folder_that_a_file_is_in(
    class_folders: Path, corrections: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(class_folders)  # `.` is around every relative path.

    found = scan(Path(), Path("../export/classes"))

    below = {str(found.below(image.path)) for image in found.images}
    assert {"red/00.png", "red/a0.png", "yellow/a2.png"} <= below
    assert found.below(Path("/elsewhere/x.png")) is None
