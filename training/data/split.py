"""Splits a data set into pictures to train on and pictures held back: by content, by group, or fold by fold.

divide -> by_content | by_group -> Split;  folds -> a Split for each fold
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np

from training.config import Recipe
from training.data.dataset import Dataset, LabelledImage
from training.data.earlier_split import HELD_BACK, TRAINING, EarlierSplit
from training.data.groups import Grouping, Groups, read_groups
from training.data.sources import find_sources
from training.errors import DatasetError
from training.progress import console

_FOLDS = 5
_RANKS = {HELD_BACK: 0, TRAINING: 2}
_RANK_OF_NEW = 1


@dataclass(frozen=True)
class Split:
    """Two disjoint parts of a data set: pictures to train on, and pictures held back."""

    train: tuple[LabelledImage, ...]
    validation: tuple[LabelledImage, ...]


@dataclass(frozen=True)
class Sources:
    """Where pictures come from."""

    groups: Groups
    """The group of each picture: its source, animal, camera or day."""
    left_out: tuple[Split, ...]
    """Folds of the pictures, for what is fitted anew without training the network; () where the groups make none."""


@dataclass(frozen=True)
class Partition:
    """How a data set is divided for a training run."""

    parts: Split
    sources: Sources | None
    """None where nobody has named any, and they are not plain to see."""


def divide(
    dataset: Dataset,
    grouping: Grouping | None,
    recipe: Recipe,
    *,
    copies: Mapping[LabelledImage, int],
    before: EarlierSplit | None = None,
) -> Partition:
    """Divides usable pictures into those to train on and those held back.

    Args:
        dataset: the pictures.
        grouping: how they are grouped; None: by their sources, where those are plain to see, else by content.
        recipe: says how much is held back, and the seed.
        copies: a number for each picture that copies and near duplicates share; they stay on one side.
        before: how an earlier training was divided: what was held back is so again, also where that is more than is to
            be held back now, as long as each class keeps something to train on; what was trained on comes last.

    Raises:
        DatasetError: the groups cannot be read, or a picture has none.
    """
    fraction, seed = recipe.validation_fraction, recipe.seed
    named = read_groups(grouping.pattern_or_file, dataset) if grouping else find_sources(dataset)
    if named is not None:
        try:
            parts = by_group(dataset, named, copies=copies, fraction=fraction, seed=seed, before=before)
            return Partition(parts, leave_out(dataset, named, copies=copies, seed=seed))
        except DatasetError as err:
            if grouping:
                raise
            console.print(f"The sources are passed over: {err}", soft_wrap=True, markup=False)
    parts = by_content(dataset, validation_fraction=fraction, seed=seed, groups=copies, before=before)
    return Partition(parts, None)


def leave_out(dataset: Dataset, named: Groups, *, copies: Mapping[LabelledImage, int], seed: int) -> Sources:
    """The sources of pictures with the folds that leave each out once; says so where they make none."""
    try:
        return Sources(named, left_out(dataset, named, copies=copies, seed=seed))
    except DatasetError:
        console.print(
            "The groups are too few, or too alike, to be left out in turn: from when on a picture is none of the"
            " classes is set on other pictures of the same groups.",
            soft_wrap=True,
        )
        return Sources(named, ())


def left_out(dataset: Dataset, named: Groups, *, copies: Mapping[LabelledImage, int], seed: int) -> tuple[Split, ...]:
    """Folds that hold each group back once, few enough to fit a rejection anew in each.

    Raises:
        DatasetError: the groups make no such folds.
    """
    count = min(_FOLDS, len(set(named.values())), _largest_class(dataset))
    return tuple(folds(dataset, named, copies=copies, count=count, seed=seed))


def by_content(
    dataset: Dataset,
    *,
    validation_fraction: float,
    seed: int,
    groups: Mapping[LabelledImage, int] | None = None,
    before: EarlierSplit | None = None,
) -> Split:
    """Splits a data set by content: each class in the same proportion, at least one different picture on either side.

    The order of the files' digests decides, not their names or the order of the folder: copies of one
    file stay together, and a picture keeps its side when others are added around it, but for the few
    at the border.

    Args:
        dataset: what to split.
        validation_fraction: share of each class that is held back.
        seed: another one gives another split.
        groups: a number for each picture; those with the same number stay together, too. What is more than half of a
            class stays in the training then, unless the others are fewer than the share that is held back.
        before: how an earlier training was divided, see `divide`.
    """
    keys = _keys(dataset, groups or {}, validation_fraction)
    held_back = _held_back(_sizes(dataset, keys), validation_fraction, seed, _ranks(keys, before or {}))
    return Split(
        train=tuple(image for image in dataset.images if keys[image] not in held_back),
        validation=tuple(image for image in dataset.images if keys[image] in held_back),
    )


def by_group(
    dataset: Dataset,
    groups: Mapping[LabelledImage, str],
    *,
    copies: Mapping[LabelledImage, int],
    fraction: float,
    seed: int,
    before: EarlierSplit | None = None,
) -> Split:
    """Splits a data set by group: holds back all pictures of a group, or none; a class of one group by content.

    Of such a class, copies and near copies stay together, as in `by_content`.

    Args:
        dataset: what to split.
        groups: the group of each picture.
        copies: a number for each picture, see `held_apart`.
        fraction: share of each class that is held back, as near as the groups allow.
        seed: another one gives another split.
        before: how an earlier training was divided, see `divide`.

    Raises:
        DatasetError: a class would have nothing left to train on, for its other pictures are copies of those held back.
    """
    sizes = _sizes(dataset, groups)
    totals = _total(sizes.values())
    whole_classes = {group for group, size in sizes.items() if any(size[label] == totals[label] for label in size)}
    contents = _keys(dataset, copies, fraction)
    keys = {image: contents[image] if groups[image] in whole_classes else groups[image] for image in dataset.images}
    held_back = _held_back(_sizes(dataset, keys), fraction, seed, _ranks(keys, before or {}))
    parts = held_apart(dataset, {image for image in dataset.images if keys[image] in held_back}, copies)
    _refuse_lost_classes(dataset, parts, "Divide the groups further.")
    return parts


def folds(
    dataset: Dataset, groups: Mapping[LabelledImage, str], *, copies: Mapping[LabelledImage, int], count: int, seed: int
) -> list[Split]:
    """The folds of a cross-validation, which hold each group back once; about as many of each class every time.

    Raises:
        DatasetError: fewer than two folds, fewer groups than folds, no class with a picture for each fold, or a class
            whose pictures would all be held back at once.
    """
    from sklearn.model_selection import StratifiedGroupKFold  # Here: it takes a second to load.

    names = sorted(set(groups.values()))
    if len(names) < count:
        raise DatasetError(f"Expected at most as many folds as groups, {len(names)}. Received: folds={count}")
    if count < 2:
        raise DatasetError(f"Expected at least two folds, and pictures for them. Received: folds={count}")
    if (most := _largest_class(dataset)) < count:
        raise DatasetError(
            f"Expected at most as many folds as the largest class has pictures, {most}. Received: folds={count}. Take"
            " fewer folds, or add pictures."
        )
    number = {name: index for index, name in enumerate(names)}
    labels = np.array([image.label for image in dataset.images])
    group_numbers = np.array([number[groups[image]] for image in dataset.images])
    divided = StratifiedGroupKFold(count, shuffle=True, random_state=seed).split(labels, labels, group_numbers)
    found = [held_apart(dataset, {dataset.images[index] for index in indices}, copies) for _, indices in divided]
    for parts in found:
        _refuse_lost_classes(dataset, parts, "Take fewer folds, or divide the groups further.")
    return [parts for parts in found if parts.validation]


def _largest_class(dataset: Dataset) -> int:
    """How many pictures the largest class has: of more folds, some would have no picture of any class."""
    return max(Counter(image.label for image in dataset.images).values())


def held_apart(dataset: Dataset, held_back: set[LabelledImage], copies: Mapping[LabelledImage, int]) -> Split:
    """A split that trains on everything but the pictures held back and what shows the same.

    Args:
        dataset: all pictures.
        held_back: those to validate with.
        copies: a number for each picture that copies and near duplicates share. A copy of a picture held back is on
            neither side.
    """
    seen = {copies[image] for image in held_back}
    return Split(
        train=tuple(image for image in dataset.images if image not in held_back and copies[image] not in seen),
        validation=tuple(image for image in dataset.images if image in held_back),
    )


def _refuse_lost_classes(dataset: Dataset, parts: Split, cure: str) -> None:
    left = {image.label for image in parts.train}
    for label, name in enumerate(dataset.class_names):
        if label not in left:
            raise DatasetError(
                f"All pictures of {name!r} would be held back at once, for they are in too few groups, or copies of"
                f" each other. {cure}"
            )


_Sizes = dict[str, Counter[int]]
"""Different pictures of each class that stay together under a key."""


def _keys(dataset: Dataset, groups: Mapping[LabelledImage, int], fraction: float) -> dict[LabelledImage, str]:
    """What stays together has the same key: the smallest digest of its group, or the digest of its own."""
    members: dict[int, set[str]] = defaultdict(set)
    for image in dataset.images:
        if image in groups:
            members[groups[image]].add(image.digest)
    smallest = {group: min(digests) for group, digests in members.items()}
    keys = {image: smallest[groups[image]] if image in groups else image.digest for image in dataset.images}
    too_large = _leaving_too_few(_sizes(dataset, keys), fraction)
    return {image: image.digest if key in too_large else key for image, key in keys.items()}


def _sizes(dataset: Dataset, keys: Mapping[LabelledImage, str]) -> _Sizes:
    sizes: _Sizes = defaultdict(Counter)
    for key, label, _ in {(keys[image], image.label, image.digest) for image in dataset.images}:
        sizes[key][label] += 1
    return sizes


def _leaving_too_few(sizes: _Sizes, fraction: float) -> set[str]:
    """Keys of more than half of a class, beside which there are fewer pictures than are to be held back of it.

    A single digest is never too large: one that is all of its class cannot be split anyway.
    """
    totals = _total(sizes.values())
    shares = _shares(totals, fraction)

    def leaves_too_few(n: int, label: int) -> bool:
        return 2 * n > totals[label] and totals[label] - n < shares[label]

    return {key for key, size in sizes.items() if any(leaves_too_few(n, label) for label, n in size.items())}


def _shares(totals: Counter[int], fraction: float) -> dict[int, int]:
    """How many different pictures of each class are to be held back: one at least, and never all of it."""
    return {label: min(max(round(n * fraction), 1), n - 1) for label, n in totals.items()}


def _ranks(keys: Mapping[LabelledImage, str], before: EarlierSplit) -> dict[str, int]:
    """Which keys are held back first: with pictures that were before, then new ones, then any that was trained on."""
    ranks: dict[str, int] = {}
    for image, key in keys.items():
        if image.digest in before:
            ranks[key] = max(ranks.get(key, 0), _RANKS[before[image.digest]])
    return ranks


def _held_back(sizes: _Sizes, fraction: float, seed: int, ranks: Mapping[str, int]) -> set[str]:
    """Keys in an order that only ranks, seed and digests give, as far as each fits into the share of its classes.

    Those that were held back before need not fit: a class only has to keep something to train on.
    """

    def place(key: str) -> tuple[int, bytes]:
        return ranks.get(key, _RANK_OF_NEW), hashlib.sha256(f"{seed}:{key}".encode()).digest()

    ordered = sorted(sizes, key=place)
    totals = _total(sizes.values())
    shares = _shares(totals, fraction)
    held_back: set[str] = set()
    held: Counter[int] = Counter()
    for key in ordered:
        was_held_back = ranks.get(key, _RANK_OF_NEW) == _RANKS[HELD_BACK]
        most = {label: total - 1 for label, total in totals.items()} if was_held_back else shares
        if all(held[label] + n <= most[label] for label, n in sizes[key].items()):
            held_back.add(key)
            held += sizes[key]
    for label in totals:
        if not held[label]:  # Every group of the class is larger than its share.
            leaves_some = (k for k in ordered if all(held[other] + n < totals[other] for other, n in sizes[k].items()))
            smallest = min((k for k in leaves_some if sizes[k][label]), key=lambda k: sizes[k][label], default=None)
            if smallest is not None:
                held_back.add(smallest)
                held += sizes[smallest]
    return held_back


def _total(sizes: Iterable[Counter[int]]) -> Counter[int]:
    return sum(sizes, Counter())
