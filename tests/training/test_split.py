"""The split: by content, stratified, the same every time."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

import pytest

from training.dataset import Dataset, LabelledImage, scan
from training.split import Split, by_content


def split(folder: Path, *, fraction: float = 0.25, seed: int = 1) -> Split:
    return by_content(scan(folder), validation_fraction=fraction, seed=seed)


def test_every_class_gives_the_same_share(class_folders: Path) -> None:
    parts = split(class_folders)

    assert Counter(image.label for image in parts.validation) == {0: 3, 1: 3, 2: 3}
    assert Counter(image.label for image in parts.train) == {0: 9, 1: 9, 2: 9}


def test_the_same_command_gives_the_same_split(class_folders: Path) -> None:
    assert split(class_folders) == split(class_folders)


def test_another_seed_gives_another_split(class_folders: Path) -> None:
    assert split(class_folders, seed=1) != split(class_folders, seed=2)


def test_names_do_not_matter(class_folders: Path) -> None:
    before = {image.digest for image in split(class_folders).validation}
    for number, path in enumerate(sorted((class_folders / "red").iterdir(), reverse=True)):
        path.rename(path.with_name(f"other-{number}.png"))

    assert {image.digest for image in split(class_folders).validation} == before


def test_copies_of_a_picture_stay_on_one_side(class_folders: Path) -> None:
    for path in sorted((class_folders / "red").iterdir()):
        shutil.copy(path, path.with_name(f"copy-{path.name}"))

    parts = split(class_folders)

    assert not {image.digest for image in parts.train} & {image.digest for image in parts.validation}


def test_both_sides_get_a_picture_of_every_class_however_small_the_share(class_folders: Path) -> None:
    assert {image.label for image in split(class_folders, fraction=0.001).validation} == {0, 1, 2}
    assert {image.label for image in split(class_folders, fraction=0.999).train} == {0, 1, 2}


def grouped(*groups: tuple[int, ...]) -> tuple[Dataset, dict[LabelledImage, int]]:
    """A data set of so many groups; each tuple holds the labels of a group's pictures."""
    pictures = [
        (LabelledImage(Path(f"{group}-{number}.jpg"), label, f"digest {group} {number}"), group)
        for group, labels in enumerate(groups)
        for number, label in enumerate(labels)
    ]
    return Dataset(("a", "b"), tuple(picture for picture, _ in pictures)), dict(pictures)


@pytest.mark.parametrize("seed", range(20))
def test_a_group_stays_on_one_side(seed: int) -> None:
    dataset, groups = grouped(*[(0, 0, 0)] * 6, *[(1,)] * 6, *[(0, 1)] * 8)

    parts = by_content(dataset, validation_fraction=0.25, seed=seed, groups=groups)

    assert not {groups[image] for image in parts.train} & {groups[image] for image in parts.validation}
    assert {image.label for image in parts.validation} == {image.label for image in parts.train} == {0, 1}


@pytest.mark.parametrize("seed", range(20))
def test_groups_do_not_change_how_much_is_held_back(seed: int) -> None:
    dataset, groups = grouped(*[(0, 0)] * 40, *[(1,)] * 40)

    parts = by_content(dataset, validation_fraction=0.25, seed=seed, groups=groups)

    assert Counter(image.label for image in parts.validation) == {0: 20, 1: 10}


def test_groups_of_one_change_nothing(class_folders: Path) -> None:
    dataset = scan(class_folders)
    alone = {image: number for number, image in enumerate(dataset.images)}

    assert by_content(dataset, validation_fraction=0.25, seed=1, groups=alone) == split(class_folders)


def test_a_group_larger_than_its_share_is_held_back_where_all_are() -> None:
    dataset, groups = grouped(*[(0,) * 5] * 4, *[(1,)] * 10)

    parts = by_content(dataset, validation_fraction=0.1, seed=1, groups=groups)

    assert Counter(image.label for image in parts.validation) == {0: 5, 1: 1}


def test_a_group_that_is_most_of_a_class_is_taken_apart() -> None:
    dataset, groups = grouped((0,) * 20, *[(1,)] * 20)

    parts = by_content(dataset, validation_fraction=0.25, seed=1, groups=groups)

    assert Counter(image.label for image in parts.validation) == {0: 5, 1: 5}
