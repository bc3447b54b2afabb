"""The audit: broken pictures are left out, nonsense is refused."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path
from typing import Any

import pytest

from training.audit import audit
from training.dataset import scan
from training.errors import DatasetError


def test_unreadable_pictures_are_listed_and_left_out(class_folders: Path) -> None:
    whole = (class_folders / "red" / "00.png").read_bytes()
    (class_folders / "red" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (class_folders / "blue" / "text.jpg").write_text("no picture", encoding="utf-8")

    found = audit(scan(class_folders))

    assert sorted(image.path.name for image, _ in found.left_out) == ["cut.png", "text.jpg"]
    assert found.dataset.counts() == {"blue": 12, "green": 12, "red": 12}


def test_one_class_is_refused(class_folders: Path) -> None:
    shutil.rmtree(class_folders / "green")
    shutil.rmtree(class_folders / "red")

    with pytest.raises(DatasetError, match="only one class, 'blue'"):
        audit(scan(class_folders))


def test_a_class_whose_pictures_are_all_unreadable_is_refused(class_folders: Path) -> None:
    for path in (class_folders / "green").iterdir():
        path.write_bytes(b"")

    with pytest.raises(DatasetError, match="'green' has 0 different usable pictures"):
        audit(scan(class_folders))


def test_copies_of_one_picture_are_not_enough_for_a_class(class_folders: Path) -> None:
    for path in (class_folders / "green").glob("*.png"):
        path.write_bytes((class_folders / "green" / "00.png").read_bytes())

    with pytest.raises(DatasetError, match="'green' has 1 different usable pictures"):
        audit(scan(class_folders))


def test_a_picture_that_cannot_be_opened_is_left_out_with_the_reason(
    class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_to_open(class_folders / "red" / "00.png", monkeypatch)

    found = audit(scan(class_folders))

    [(image, problem)] = found.left_out
    assert image.path.name == "00.png"
    assert "Permission denied" in str(problem)
    assert found.dataset.counts() == {"blue": 12, "green": 12, "red": 11}


def test_a_picture_in_two_classes_is_left_out_of_both(class_folders: Path) -> None:
    shutil.copy(class_folders / "red" / "00.png", class_folders / "blue" / "copy.png")

    found = audit(scan(class_folders))

    assert {(image.path.name, str(problem)) for image, problem in found.left_out} == {
        ("00.png", "The same picture is in the class 'blue' as well."),
        ("copy.png", "The same picture is in the class 'red' as well."),
    }
    assert found.dataset.counts() == {"blue": 12, "green": 12, "red": 11}


def test_classes_of_the_same_pictures_are_refused(class_folders: Path) -> None:
    shutil.copytree(class_folders, class_folders.parent / "both" / "train")
    shutil.copytree(class_folders, class_folders.parent / "both" / "test")

    with pytest.raises(DatasetError, match="'test' has 0 different usable pictures"):
        audit(scan(class_folders.parent / "both"))


def refuse_to_open(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What chmod 000 does, but for root as well."""
    really_open = Path.open

    def open_or_refuse(path: Path, *args: Any, **kwargs: Any) -> Any:
        if path == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return really_open(path, *args, **kwargs)

    monkeypatch.setattr(Path, "open", open_or_refuse)
