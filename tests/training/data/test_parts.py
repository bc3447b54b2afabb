"""Parts of a data set, which are not its classes, and classes that look like parts."""

from __future__ import annotations

import shlex
from pathlib import Path

import pytest

from training.data import dataset, parts
from training.errors import DatasetError


def make(root: Path, *folders: str) -> Path:
    """Folders with two files that are named like pictures in each."""
    for folder in folders:
        (root / folder).mkdir(parents=True)
        for name in ("a.jpg", "b.jpg"):
            (root / folder / name).write_bytes(folder.encode())
    return root


def given(root: Path) -> list[Path]:
    """The data folders that the sentence says to give."""
    with pytest.raises(DatasetError, match="holds the parts of a data set") as caught:
        dataset.scan(root)
    words = shlex.split(str(caught.value).partition(": --data ")[2].partition(" Or,")[0])
    return [Path(word).relative_to(root) for word in words if word != "--data"]


@pytest.mark.parametrize(
    ("names", "give"),
    [
        (("train", "test"), "train"),
        (("Val", "Train", "Test"), "Train"),
        (("training_set", "test_set"), "training_set"),
        (("seg_train", "seg_test"), "seg_train"),
        (("images_val", "images_train"), "images_train"),
        (("ValidSet", "TrainSet"), "TrainSet"),
        (("test2017", "train2017"), "train2017"),
        (("TestImages", "TrainingImages"), "TrainingImages"),
        (("images_test", "images_train"), "images_train"),
        (("Testdaten", "Trainingsdaten"), "Trainingsdaten"),
        (("Teste", "Treinamento"), "Treinamento"),
        (("validação", "treino"), "treino"),
        (("essai", "apprentissage"), "apprentissage"),
        (
            ("\u0442\u0435\u0441\u0442", "\u043e\u0431\u0443\u0447\u0435\u043d\u0438\u0435"),
            "\u043e\u0431\u0443\u0447\u0435\u043d\u0438\u0435",
        ),
        (("\u8a55\u4fa1\u7528", "\u5b66\u7fd2\u7528"), "\u5b66\u7fd2\u7528"),
        (("\uc2dc\ud5d8", "\ud6c8\ub828"), "\ud6c8\ub828"),
        (("\u6d4b\u8bd5\u96c6", "\u8bad\u7ec3\u96c6"), "\u8bad\u7ec3\u96c6"),
    ],
)
def test_of_parts_the_one_for_training_is_to_be_given(tmp_path: Path, names: tuple[str, ...], give: str) -> None:
    make(tmp_path / "my set", *(f"{part}/{name}" for part in names for name in ("cat", "dog")))

    assert given(tmp_path / "my set") == [Path(give)]


@pytest.mark.parametrize(
    "folders",
    [
        ("lot/cat", "lot/dog", "rest/cat", "rest/dog"),
        ("2023/cat", "2023/dog", "2024/Cat", "2024/Dog", "2024/hen"),
        ("one/0", "one/1", "one/2", "two/0", "two/1", "two/2"),
    ],
)
def test_parts_of_any_wording_have_the_same_folders_in_them(tmp_path: Path, folders: tuple[str, ...]) -> None:
    make(tmp_path, *folders)

    assert given(tmp_path) == sorted({Path(folder).parent for folder in folders})


def test_folders_that_hold_only_one_folder_are_looked_into(tmp_path: Path) -> None:
    make(
        tmp_path,
        "seg_pred/seg_pred",
        *(f"{p}/{p}/{name}" for p in ("seg_train", "seg_test") for name in ("sea", "ice")),
    )

    assert given(tmp_path) == [Path("seg_train/seg_train")]


def test_a_part_beside_folders_without_pictures_is_one(tmp_path: Path) -> None:
    make(tmp_path, "train/cat", "train/dog")
    (tmp_path / "labels").mkdir()

    assert given(tmp_path) == [Path("train")]


@pytest.mark.parametrize(
    "folders",
    [
        ("train", "test"),
        ("train/steam", "train/electric", "bus"),
        ("cat/2023", "cat/2024", "dog/2023", "dog/2024"),
        ("cat/camera 1", "cat/camera 2", "dog/camera 1", "dog/camera 2"),
        ("cat/siamese", "cat/others", "dog/poodle", "dog/others"),
        ("cat/images", "dog/images"),
        ("cat/train", "cat/test", "dog/train", "dog/test"),
    ],
)
def test_classes_may_be_called_like_parts_and_have_folders_in_them(tmp_path: Path, folders: tuple[str, ...]) -> None:
    make(tmp_path, *folders)

    assert set(dataset.scan(tmp_path).class_names) == {folder.partition("/")[0] for folder in folders}


def test_of_parts_within_classes_it_is_said_that_all_are_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path, "cat/train", "cat/test", "dog/train", "dog/test")

    dataset.tell(dataset.scan(tmp_path))

    assert "folders such as test, train in them; the pictures of all of those are taken." in capsys.readouterr().err


def test_pictures_beside_their_labels_are_a_part(tmp_path: Path) -> None:
    make(tmp_path, "images/cat", "images/dog", "labels")

    assert given(tmp_path) == [Path("images")]


def test_parts_that_lie_deeper_give_the_classes_of_the_one_for_training(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(tmp_path, "archive/train/cat", "archive/train/dog", "archive/test1")

    found = dataset.scan(tmp_path)
    dataset.tell(found)

    assert parts.instead(found.folders) == f" Should cat, dog be the classes: --data {tmp_path}/archive/train"
    assert "all of those are taken" not in capsys.readouterr().err


def test_labels_within_classes_are_said_to_be_taken(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(tmp_path, "cat/images", "cat/masks", "dog/images", "dog/masks")

    dataset.tell(dataset.scan(tmp_path))

    assert "folders such as images, masks in them" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("folders", "said"),
    [
        (("train", "test", "cat", "dog"), "are taken for classes, as cat, dog are. If they are parts"),
        (("trainA", "trainB", "testA", "testB"), "are taken for classes. If they are parts"),
        (("images", "labels"), "images, labels are taken for classes"),
        (("train", "bus"), ""),
    ],
)
def test_parts_that_are_taken_for_classes_are_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], folders: tuple[str, ...], said: str
) -> None:
    make(tmp_path, *folders)

    dataset.tell(dataset.scan(tmp_path))

    printed = capsys.readouterr().err
    assert said in printed
    assert ("taken for classes" in printed) == bool(said)


def test_of_classes_that_lie_deeper_the_folder_around_them_is_named(tmp_path: Path) -> None:
    make(tmp_path, "archive/animals/cat", "archive/animals/dog")

    found = dataset.scan(tmp_path)

    assert found.class_names == ("archive",)
    assert parts.instead(found.folders) == f" Should cat, dog be the classes: --data {tmp_path}/archive/animals"
