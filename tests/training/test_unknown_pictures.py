"""Pictures of other things, and what kinds of things they are."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.errors import DatasetError
from training.unknown_pictures import halves, scan


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_kinds_are_told_by_the_name_before_the_number_or_else_by_the_folder(tmp_path: Path) -> None:
    touch(*(tmp_path / "other" / "animal" / f"red-fox-{n:03}.jpg" for n in range(8)))
    touch(tmp_path / "other" / "ship" / "IMG_0001.png", tmp_path / "other" / "picture.webp")

    found = scan(tmp_path / "other")

    assert {(picture.folder, picture.kind) for picture in found} == {
        ("animal", "red-fox"),
        ("ship", "ship"),
        ("other", "other"),
    }
    assert len(found) == 10


def test_too_few_pictures_are_refused(tmp_path: Path) -> None:
    touch(*(tmp_path / "few" / f"fox-{n}.jpg" for n in range(9)), tmp_path / "few" / "notes.txt")

    with pytest.raises(DatasetError, match=r"at least 10 readable pictures in .*few\. Received: 9"):
        scan(tmp_path / "few")


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no folder .*nowhere"):
        scan(tmp_path / "nowhere")


def test_half_of_the_kinds_of_each_folder_is_drawn_whole() -> None:
    folders = np.repeat(["a", "b"], [40, 20])
    kinds = np.array([f"kind {n % 4}" for n in range(60)])

    drawn = halves(folders, kinds, np.random.default_rng(1))

    for folder, pictures in (("a", 40), ("b", 20)):
        inside = folders == folder
        assert drawn[inside].sum() == pictures // 2
        assert not set(kinds[inside & drawn]) & set(kinds[inside & ~drawn])


def test_of_a_single_kind_half_of_the_pictures_is_drawn() -> None:
    drawn = halves(np.repeat("a", 10), np.repeat("fox", 10), np.random.default_rng(1))

    assert drawn.sum() == 5


def test_other_draws_give_other_halves() -> None:
    folders, kinds = np.repeat("a", 20), np.array([f"kind {n}" for n in range(20)])

    one, other = (halves(folders, kinds, np.random.default_rng(seed)) for seed in (1, 2))

    assert (one != other).any()
