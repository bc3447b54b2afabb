"""Pictures of other things, and what kinds of things they are."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from training.data import unknown_images
from training.data.dataset import scan
from training.data.unknown_images import find_enough_unknown, find_unknown, halves
from training.errors import DatasetError


def touch(*paths: Path) -> None:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")


def test_kinds_are_told_by_the_name_before_the_number_or_else_by_the_folder(tmp_path: Path) -> None:
    touch(*(tmp_path / "other" / "animal" / f"red-fox-{n:03}.jpg" for n in range(8)))
    touch(tmp_path / "other" / "ship" / "IMG_0001.png", tmp_path / "other" / "picture.webp")

    found = find_enough_unknown([tmp_path / "other"], ())

    assert {(picture.folder, picture.kind) for picture in found} == {
        ("animal", "red-fox"),
        ("ship", "ship"),
        ("other", "other"),
    }
    assert len(found) == 10


def test_names_that_are_not_utf_8_are_spelled_out_for_they_go_into_the_model_file(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path / "other") + b"/f\xfcchse"))
    touch(*(folder / f"{n}.jpg" for n in range(10)))

    found = find_enough_unknown([tmp_path / "other"], ())

    assert {(picture.folder, picture.kind) for picture in found} == {("f\\udcfcchse", "f\\udcfcchse")}


@pytest.mark.parametrize(("most", "folders"), [(12, {f"species {n}" for n in range(12)}), (11, {"plants"})])
def test_more_folders_than_a_model_file_tells_apart_are_counted_as_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, most: int, folders: set[str]
) -> None:
    monkeypatch.setattr(unknown_images, "MAX_FOLDERS", most)
    touch(*(tmp_path / "plants" / f"species {n}" / "leaves" / "red-leaf.jpg" for n in range(6)))
    touch(*(tmp_path / "plants" / f"species {n}" / "IMG_1.jpg" for n in range(6, 12)))
    said: list[str] = []

    found = find_enough_unknown([tmp_path / "plants"], (), said.append)

    assert {picture.folder for picture in found} == folders
    assert {picture.kind for picture in found} == {"leaves", *(f"species {n}" for n in range(6, 12))}
    assert any("12 folders" in sentence for sentence in said) is (most == 11)


def test_too_few_pictures_are_refused(tmp_path: Path) -> None:
    touch(*(tmp_path / "few" / f"fox-{n}.jpg" for n in range(9)), tmp_path / "few" / "notes.txt")

    with pytest.raises(DatasetError, match=r"at least 10 readable pictures of other things in .*few\. Received: 9"):
        find_enough_unknown([tmp_path / "few"], ())


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(DatasetError, match=r"no folder .*nowhere"):
        find_enough_unknown([tmp_path / "nowhere"], ())


def test_pictures_of_several_folders_are_taken_together(tmp_path: Path) -> None:
    touch(*(tmp_path / "others" / "animal" / f"fox-{n}.jpg" for n in range(8)))
    touch(*(tmp_path / "export" / "unknown" / f"{n}a.jpg" for n in range(2)))

    found = find_enough_unknown([tmp_path / "others", tmp_path / "export" / "unknown"], ())

    assert {(picture.folder, picture.kind) for picture in found} == {("animal", "fox"), ("unknown", "unknown")}


def test_an_empty_folder_beside_another_is_passed_over_with_a_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    touch(*(tmp_path / "others" / f"fox-{n}.jpg" for n in range(10)))
    (tmp_path / "none").mkdir()

    found = find_enough_unknown([tmp_path / "others", tmp_path / "none"], ())

    assert len(found) == 10
    assert f"no pictures of other things in {tmp_path / 'none'}: it is passed over" in capsys.readouterr().err


def test_an_empty_folder_alone_is_refused_with_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()

    with pytest.raises(DatasetError, match=r"Received: 0\. Until there are more, leave --unknown out"):
        find_enough_unknown([tmp_path / "none"], ())


def test_the_same_folder_twice_is_refused(tmp_path: Path) -> None:
    touch(*(tmp_path / "others" / f"fox-{n}.jpg" for n in range(10)))

    with pytest.raises(DatasetError, match="Give each folder of pictures once"):
        find_enough_unknown([tmp_path / "others", tmp_path / "others"], ())


def test_what_has_become_a_class_is_none_of_other_things(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    touch(*(tmp_path / "others" / f"{kind}-{n}.jpg" for kind in ("fox", "goose") for n in range(10)))

    found = find_enough_unknown([tmp_path / "others"], ("cat", "goose"))

    assert {picture.kind for picture in found} == {"fox"}
    assert "Pictures of goose in" in capsys.readouterr().err


def test_the_same_file_as_one_of_a_class_is_none_of_other_things(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    classes = [tmp_path / "data" / name / "1.jpg" for name in ("cat", "dog")]
    foxes = [tmp_path / "others" / f"fox-{number}.jpg" for number in range(3)]
    touch(*classes, *foxes)
    for path in (*classes, *foxes):
        path.write_bytes(str(path).encode())
    shutil.copy(tmp_path / "data" / "cat" / "1.jpg", tmp_path / "others" / "fox-3.jpg")
    (tmp_path / "others" / "fox-4.jpg").symlink_to(tmp_path / "data" / "dog" / "1.jpg")

    found = find_unknown([tmp_path / "others"], ("cat", "dog"), classes=scan(tmp_path / "data"))

    assert [picture.path for picture in found] == foxes
    copies = f"{tmp_path}/others/fox-3.jpg, {tmp_path}/others/fox-4.jpg"
    assert f"Passed over among other things: 2 pictures that are of a class, too: {copies}." in capsys.readouterr().err


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


def test_of_a_single_kind_near_copies_stay_together() -> None:
    copies = np.arange(20) // 4

    drawn = halves(np.repeat("a", 20), np.repeat("fox", 20), np.random.default_rng(1), copies=copies)

    assert drawn.sum() == 8
    assert not set(copies[drawn]) & set(copies[~drawn])


def test_of_a_single_kind_that_is_one_burst_half_of_the_frames_is_drawn() -> None:
    once = np.zeros(10, np.int64)

    assert halves(np.repeat("a", 10), np.repeat("fox", 10), np.random.default_rng(1), copies=once).sum() == 5


def test_of_folders_of_a_single_picture_half_is_drawn() -> None:
    alone = np.array([f"kind {n}" for n in range(10)])
    folders = np.concatenate([alone, np.repeat("a", 8)])
    kinds = np.concatenate([alone, np.repeat("fox", 8)])

    drawn = halves(folders, kinds, np.random.default_rng(1), copies=np.arange(18))

    assert drawn[:10].sum() == 5
    assert drawn[10:].sum() == 4


@pytest.mark.parametrize("sizes", [(1, 1), (2,), (1, 2), (1, 1, 1)])
def test_of_two_pictures_or_more_some_are_drawn_and_some_are_not(sizes: tuple[int, ...]) -> None:
    folders = np.repeat([f"folder {n}" for n in range(len(sizes))], sizes)

    drawn = halves(folders, folders, np.random.default_rng(1), copies=np.zeros(len(folders), np.int64))

    assert 0 < drawn.sum() < len(folders)


def test_other_draws_give_other_halves() -> None:
    folders, kinds = np.repeat("a", 20), np.array([f"kind {n}" for n in range(20)])

    one, other = (halves(folders, kinds, np.random.default_rng(seed)) for seed in (1, 2))

    assert (one != other).any()
