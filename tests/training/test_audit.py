"""The audit: broken pictures are left out, nonsense is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from training.audit import audit
from training.dataset import scan
from training.errors import DatasetError


def test_unreadable_pictures_are_listed_and_left_out(class_folders: Path) -> None:
    whole = (class_folders / "red" / "00.png").read_bytes()
    (class_folders / "red" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (class_folders / "blue" / "text.jpg").write_text("no picture", encoding="utf-8")

    found = audit(scan(class_folders))

    assert sorted(image.path.name for image, _ in found.unreadable) == ["cut.png", "text.jpg"]
    assert found.dataset.counts() == {"blue": 12, "green": 12, "red": 12}


def test_one_class_is_refused(class_folders: Path) -> None:
    shutil.rmtree(class_folders / "green")
    shutil.rmtree(class_folders / "red")

    with pytest.raises(DatasetError, match="only one class, 'blue'"):
        audit(scan(class_folders))


def test_a_class_whose_pictures_are_all_unreadable_is_refused(class_folders: Path) -> None:
    for path in (class_folders / "green").iterdir():
        path.write_bytes(b"")

    with pytest.raises(DatasetError, match="'green' has 0 different readable pictures"):
        audit(scan(class_folders))


def test_copies_of_one_picture_are_not_enough_for_a_class(class_folders: Path) -> None:
    for path in (class_folders / "green").glob("*.png"):
        path.write_bytes((class_folders / "green" / "00.png").read_bytes())

    with pytest.raises(DatasetError, match="'green' has 1 different readable pictures"):
        audit(scan(class_folders))
