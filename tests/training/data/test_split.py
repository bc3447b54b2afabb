"""The split: by content, stratified, the same every time."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.training.conftest import COLOURS, draw
from training.data.dataset import Dataset, LabelledImage, scan
from training.data.earlier_split import HELD_BACK, TRAINING
from training.data.split import Split, by_content, by_group, folds, left_out
from training.errors import DatasetError


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


def test_a_group_stays_on_one_side() -> None:
    dataset, groups = grouped(*[(0, 0, 0)] * 6, *[(1,)] * 6, *[(0, 1)] * 8)

    for seed in range(20):
        parts = by_content(dataset, validation_fraction=0.25, seed=seed, groups=groups)

        assert not {groups[image] for image in parts.train} & {groups[image] for image in parts.validation}, seed
        assert {image.label for image in parts.validation} == {image.label for image in parts.train} == {0, 1}, seed


def test_groups_do_not_change_how_much_is_held_back() -> None:
    dataset, groups = grouped(*[(0, 0)] * 40, *[(1,)] * 40)

    for seed in range(20):
        parts = by_content(dataset, validation_fraction=0.25, seed=seed, groups=groups)

        assert Counter(image.label for image in parts.validation) == {0: 20, 1: 10}, seed


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


def test_a_burst_that_is_most_of_a_class_is_trained_on_whole_where_others_can_be_held_back() -> None:
    dataset, groups = grouped((0,) * 22, *[(0,)] * 18, *[(1,)] * 40)

    for seed in range(5):
        parts = by_content(dataset, validation_fraction=0.2, seed=seed, groups=groups)

        assert Counter(image.label for image in parts.validation) == {0: 8, 1: 8}
        assert not any(groups[image] == 0 for image in parts.validation)


@pytest.mark.parametrize(("size", "together"), [(32, True), (33, False)])
def test_a_burst_is_taken_apart_where_the_others_are_fewer_than_are_to_be_held_back(size: int, together: bool) -> None:
    dataset, groups = grouped((0,) * size, *[(0,)] * (40 - size), *[(1,)] * 40)

    parts = by_content(dataset, validation_fraction=0.2, seed=1, groups=groups)

    sides = {image in parts.validation for image in dataset.images if groups[image] == 0}
    assert (len(sides) == 1) is together
    assert sum(image.label == 0 for image in parts.validation) == 8


@pytest.mark.parametrize(("size", "together"), [(20, True), (21, False)])
def test_where_half_is_held_back_a_group_of_more_is_taken_apart(size: int, together: bool) -> None:
    dataset, groups = grouped((0,) * size, *[(0,)] * (40 - size), *[(1,)] * 40)

    parts = by_content(dataset, validation_fraction=0.5, seed=1, groups=groups)

    sides = {image in parts.validation for image in dataset.images if groups[image] == 0}
    assert (len(sides) == 1) is together


# Groups that somebody named


def sources(*named: tuple[str, str]) -> tuple[Dataset, dict[LabelledImage, str], dict[LabelledImage, int]]:
    """A data set, its groups and its copies; each entry is a group with the labels of its pictures."""
    entries = [(group, int(label)) for group, labels in named for label in labels]
    images = [LabelledImage(Path(f"{n}.jpg"), label, f"digest {n}") for n, (_, label) in enumerate(entries)]
    groups = {image: group for image, (group, _) in zip(images, entries, strict=True)}
    return Dataset(("a", "b"), tuple(images)), groups, {image: n for n, image in enumerate(images)}


def test_a_group_is_held_back_as_a_whole() -> None:
    dataset, groups, copies = sources(("farm", "0" * 20 + "1" * 20), ("town", "0" * 6 + "1" * 5), ("zoo", "01" * 30))

    parts = by_group(dataset, groups, copies=copies, fraction=0.15, seed=1)

    assert {groups[image] for image in parts.validation} == {"town"}
    assert {groups[image] for image in parts.train} == {"farm", "zoo"}


def test_a_class_of_a_single_group_is_held_back_picture_by_picture() -> None:
    dataset, groups, copies = sources(("farm", "0" * 20), ("town", "1" * 10), ("zoo", "1" * 30))

    parts = by_group(dataset, groups, copies=copies, fraction=0.25, seed=1)

    assert Counter(groups[image] for image in parts.validation) == {"farm": 5, "town": 10}


def test_near_copies_in_a_class_of_a_single_group_stay_together() -> None:
    dataset, groups, copies = sources(("farm", "0" * 20), ("town", "1" * 10), ("zoo", "1" * 30))
    copies = {image: number // 2 for image, number in copies.items()}

    parts = by_group(dataset, groups, copies=copies, fraction=0.25, seed=1)

    assert len(parts.train) + len(parts.validation) == len(dataset.images)  # None is on neither side.


def test_a_copy_of_a_picture_held_back_is_on_neither_side() -> None:
    dataset, groups, copies = sources(("farm", "01" * 20), ("town", "01" * 3))
    in_town = next(image for image in dataset.images if groups[image] == "town")
    twin = dataset.images[0]
    copies[twin] = copies[in_town]

    parts = by_group(dataset, groups, copies=copies, fraction=0.15, seed=1)

    assert in_town in parts.validation
    assert twin not in {*parts.train, *parts.validation}


def test_folds_hold_each_group_back_once() -> None:
    dataset, groups, copies = sources(*((f"source {n}", "0011") for n in range(7)))

    found = folds(dataset, groups, copies=copies, count=3, seed=1)

    held_back = [{groups[image] for image in parts.validation} for parts in found]
    assert sorted(len(names) for names in held_back) == [2, 2, 3]
    assert set().union(*held_back) == set(groups.values())
    assert all(
        not {groups[image] for image in parts.train} & names for parts, names in zip(found, held_back, strict=True)
    )


@pytest.mark.parametrize(
    ("named", "count", "message"),
    [
        ((("farm", "01"), ("town", "01")), 3, "at most as many folds as groups, 2"),
        (
            (("farm", "0" * 9), ("town", "1" * 5), ("zoo", "1" * 5)),
            2,
            "All pictures of 'a' would .* Take fewer folds",
        ),
        ((*((f"{n}", "01") for n in range(9)), ("more", "0")), 11, "as groups, 10"),
        (
            tuple((f"{n}{label}", label) for n in range(9) for label in "01"),
            10,
            "largest class has pictures, 9.* fewer",
        ),
        ((("farm", "01"), ("town", "01")), 1, "at least two folds"),
    ],
)
def test_folds_that_cannot_be_are_a_sentence(named: tuple[tuple[str, str], ...], count: int, message: str) -> None:
    dataset, groups, copies = sources(*named)

    with pytest.raises(DatasetError, match=message):
        folds(dataset, groups, copies=copies, count=count, seed=1)


def test_of_few_pictures_in_more_sources_as_many_folds_are_left_out_as_a_class_has_pictures() -> None:
    dataset, groups, copies = sources(("farm", "00"), ("home", "0"), ("zoo", "0"), ("yard", "11"), ("street", "11"))

    found = left_out(dataset, groups, copies=copies, seed=1)

    assert 2 <= len(found) <= 4
    assert sum(len(parts.validation) for parts in found) == len(dataset.images)


def test_a_single_picture_a_class_makes_no_folds() -> None:
    dataset, groups, copies = sources(("farm", "0"), ("town", "1"))

    with pytest.raises(DatasetError, match="at least two folds"):
        left_out(dataset, groups, copies=copies, seed=1)


def test_a_class_with_nothing_left_but_copies_of_what_is_held_back_is_a_sentence() -> None:
    dataset, groups, copies = sources(("farm", "0" * 20), ("town", "1" * 5), ("zoo", "1" * 9))
    copies = {image: -1 if image.label else copies[image] for image in dataset.images}

    with pytest.raises(DatasetError, match=r"All pictures of 'b' would be held back[^.]*other\. Divide the groups"):
        by_group(dataset, groups, copies=copies, fraction=0.25, seed=1)


def earlier(parts: Split) -> dict[str, str]:
    """How a split divided its pictures, as the table of an earlier training says it."""
    return {image.digest: HELD_BACK for image in parts.validation} | {image.digest: TRAINING for image in parts.train}


def before_and_after(folder: Path, *, added: int, removed: int) -> tuple[Split, Split]:
    """The splits of a folder before and after pictures were added to it and removed, the second with the first kept."""
    first = split(folder)
    for number, path in enumerate(sorted(folder.rglob("*.png"))):
        if number % 12 < removed:
            path.unlink()
    for name, colour in COLOURS.items():
        for number in range(added):
            draw(colour, seed=1000 + number).save(folder / name / f"new-{number}.png")
    return first, by_content(scan(folder), validation_fraction=0.25, seed=1, before=earlier(first))


def digests(pictures: Iterable[LabelledImage]) -> set[str]:
    return {image.digest for image in pictures}


@pytest.mark.parametrize(("added", "removed"), [(0, 0), (1, 0), (12, 0), (40, 0), (12, 3)])
def test_what_was_held_back_is_held_back_again_and_nothing_that_was_trained_on(
    class_folders: Path, added: int, removed: int
) -> None:
    first, second = before_and_after(class_folders, added=added, removed=removed)

    there = digests([*second.train, *second.validation])
    assert digests(first.validation) & there <= digests(second.validation)
    assert not digests(first.train) & digests(second.validation)
    share = round(0.25 * (12 + added - removed))
    assert Counter(image.label for image in second.validation) == {0: share, 1: share, 2: share}


@pytest.mark.parametrize(("fraction", "deleted"), [(0.1, 0), (0.25, 4), (0.25, 8)])
def test_what_was_held_back_is_not_trained_on_where_less_is_to_be_held_back_now(
    class_folders: Path, fraction: float, deleted: int
) -> None:
    first = split(class_folders)
    for label in range(3):
        for image in [image for image in first.train if image.label == label][:deleted]:
            image.path.unlink()

    second = by_content(scan(class_folders), validation_fraction=fraction, seed=1, before=earlier(first))

    assert digests(second.validation) == digests(first.validation)


def test_of_what_was_held_back_a_class_keeps_a_picture_to_train_on_where_no_others_are_left(
    class_folders: Path,
) -> None:
    first = split(class_folders)
    for image in first.train:
        image.path.unlink()

    second = by_content(scan(class_folders), validation_fraction=0.25, seed=1, before=earlier(first))

    assert Counter(image.label for image in second.validation) == {0: 2, 1: 2, 2: 2}
    assert Counter(image.label for image in second.train) == {0: 1, 1: 1, 2: 1}


def test_groups_that_were_held_back_are_not_trained_on_where_less_is_to_be_held_back_now() -> None:
    dataset, groups, copies = sources(*((f"source {n}", "0011") for n in range(10)))
    first = by_group(dataset, groups, copies=copies, fraction=0.4, seed=1)

    second = by_group(dataset, groups, copies=copies, fraction=0.1, seed=1, before=earlier(first))

    assert len({groups[image] for image in first.validation}) == 4
    assert second == first


def test_what_groups_held_back_beyond_the_share_is_held_back_without_groups_too() -> None:
    dataset, groups, copies = sources(*((f"source {n}", "0011" * 4) for n in range(4)))
    first = by_group(dataset, groups, copies=copies, fraction=0.1, seed=1)

    second = by_content(dataset, validation_fraction=0.1, seed=1, before=earlier(first))

    assert second == first


def test_where_too_few_are_left_some_that_were_trained_on_are_held_back(class_folders: Path) -> None:
    first = split(class_folders)
    parts = {image.digest: TRAINING for image in (*first.train, *first.validation)}

    second = by_content(scan(class_folders), validation_fraction=0.25, seed=1, before=parts)

    assert second == first


def test_a_copy_of_what_was_trained_on_comes_last_too() -> None:
    dataset, groups = grouped((0,), (0,), (0, 0), (1,), (1,), (1,))
    parts = {"digest 2 0": TRAINING, "digest 2 1": HELD_BACK}

    for seed in range(8):
        held_back = by_content(dataset, validation_fraction=0.5, seed=seed, groups=groups, before=parts).validation
        assert not any(groups[image] == 2 for image in held_back)


def test_groups_keep_their_side_too(class_folders: Path) -> None:
    data = scan(class_folders)
    named = {image: image.path.stem[0] for image in data.images}
    copies = {image: number for number, image in enumerate(data.images)}
    first = by_group(data, named, copies=copies, fraction=0.3, seed=1)

    for seed in range(5):
        assert by_group(data, named, copies=copies, fraction=0.3, seed=seed, before=earlier(first)) == first
