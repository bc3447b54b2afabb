"""The split: by content, stratified, the same every time."""

from __future__ import annotations

import shutil
from collections import Counter
from pathlib import Path

from training.dataset import scan
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
