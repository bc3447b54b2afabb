"""Audits the pictures of a data set before any time is spent on training: the audit's table of contents.

files -> image_check, each decoded once -> findings about single pictures
                                        -> duplicates (same file, near duplicates) -> groups for the split
      -> what is left out of training   -> findings about classes
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path

import numpy as np

from recognizer import machine
from recognizer.errors import ImageError, InvalidImage, without_traceback
from training.audit import links
from training.audit.duplicates import ComparedImage, Duplicates, find_duplicates
from training.audit.findings import (
    NETWORK_SIDE_PX,
    Finding,
    FindingKind,
    image_findings,
    imbalance_findings,
    too_few_findings,
)
from training.audit.image_check import ImageCheck, Quality, UnusableImage, check_image
from training.audit.summary import Summary, summarize
from training.audit.unlike import differences, differences_of_classes
from training.data.dataset import NO_LABEL, Dataset, LabelledImage, Superseded
from training.errors import DatasetError
from training.progress import track


@dataclass(frozen=True)
class Audit:
    """The result of an audit: which pictures can be trained on, and everything remarkable about them."""

    dataset: Dataset
    """The pictures that can be trained on."""
    left_out: tuple[tuple[LabelledImage, ImageError], ...]
    """The pictures that cannot be trained on, and why."""
    findings: tuple[Finding, ...]
    """All findings, the gravest kinds first."""
    groups: Mapping[LabelledImage, int]
    """A number for each usable picture; copies and near duplicates, which belong on one side of a split, share it."""
    summary: Summary
    qualities: Mapping[LabelledImage, Quality] = field(default_factory=dict)
    """How bright and how sharp each usable picture is."""

    def counts(self) -> dict[FindingKind, int]:
        """How many pictures (or classes) there are findings about, by the finding's kind, the gravest first."""
        found = {kind: [finding for finding in self.findings if finding.kind is kind] for kind in FindingKind}
        return {kind: sum(finding.count for finding in same) for kind, same in found.items() if same}

    def surplus(self) -> dict[Path, FindingKind]:
        """The files that should not be trained on, each with the gravest reason; of copies, one is not among them."""
        reasons: dict[Path, FindingKind] = {}
        for finding in self.findings:
            reasons |= {path: finding.kind for path in finding.surplus if path not in reasons}
        return reasons


_MOST_UNKNOWN = 300

_Checks = Mapping[LabelledImage, ImageCheck | UnusableImage]


def audit(dataset: Dataset, unknown: Sequence[Path] = ()) -> Audit:
    """Audits a data set that is to be trained on, and pictures of other things, see `inspect`.

    Raises:
        DatasetError: fewer than two classes, or a class with too few different readable pictures to
            hold one back for validation.
    """
    found = inspect(dataset, unknown=unknown)
    for finding in found.findings:
        if finding.kind is FindingKind.TOO_FEW:
            raise DatasetError(finding.detail)
    return found


def inspect(dataset: Dataset, against: Sequence[LabelledImage] = (), unknown: Sequence[Path] = ()) -> Audit:
    """Decodes every picture once, and leaves out of training those that cannot be read or stand in several classes.

    Args:
        dataset: the pictures to train on.
        against: pictures of test folders, which should not be among them; their labels do not matter.
        unknown: pictures of other things, which should differ in what they show alone; some of them are looked at.
    """
    everything = (*dataset.images, *against)
    checks = _check_all(everything)
    readable = {image: result for image, result in checks.items() if isinstance(result, ImageCheck)}
    compared = find_duplicates(_compared_images(dataset, readable))
    left_out = _unusable(dataset, checks) | _contradictions(dataset, compared)
    usable = replace(dataset, images=tuple(image for image in dataset.images if image not in left_out))
    of_training = {image: readable[image] for image in dataset.images if image in readable}
    found = _findings(dataset, usable, checks, of_training, compared, _look_at(unknown))
    return Audit(
        dataset=usable,
        left_out=tuple(left_out.items()),
        findings=_movable(found, dataset, against),
        groups={image: compared.clusters[image.digest] for image in usable.images},
        summary=summarize(dataset.counts(), usable.counts(), [result.facts for result in of_training.values()]),
        qualities={image: readable[image].quality for image in usable.images},
    )


def near_copies(files: Sequence[Path]) -> tuple[int, ...]:
    """A number for each picture file, which copies and near copies share; one that cannot be read has its own."""
    images = [LabelledImage(path, NO_LABEL, str(number)) for number, path in enumerate(files)]
    checks = _check_all(images)
    readable = {image: result for image, result in checks.items() if isinstance(result, ImageCheck)}
    clusters = find_duplicates(_compared_images(Dataset((), ()), readable)).clusters
    return tuple(clusters.get(image.digest, len(images) + number) for number, image in enumerate(images))


def _check_all(files: Sequence[LabelledImage]) -> _Checks:
    with ThreadPoolExecutor(machine.cores()) as pool:
        results = pool.map(_check, files)
        return dict(track(zip(files, results, strict=True), "Reading", total=len(files)))


def _check(image: LabelledImage) -> ImageCheck | UnusableImage:
    try:
        return check_image(image.read())
    except ImageError as err:  # It cannot be opened.
        return UnusableImage(without_traceback(err), is_cut_off=False)


def _look_at(unknown: Sequence[Path]) -> list[ImageCheck]:
    chosen = random.Random(0).sample(unknown, min(len(unknown), _MOST_UNKNOWN))  # noqa: S311 - no secret is drawn.
    checks = _check_all([LabelledImage(path, NO_LABEL, "") for path in chosen]).values() if chosen else ()
    return [check for check in checks if isinstance(check, ImageCheck)]


def _compared_images(dataset: Dataset, readable: Mapping[LabelledImage, ImageCheck]) -> list[ComparedImage]:
    training = frozenset(dataset.images)
    return [
        ComparedImage(
            path=image.path,
            class_name=dataset.class_names[image.label] if image in training else None,
            digest=image.digest,
            pixels=result.facts.width * result.facts.height,
            thumbnail=result.thumbnail,
        )
        for image, result in readable.items()
    ]


def _unusable(dataset: Dataset, checks: _Checks) -> dict[LabelledImage, ImageError]:
    results = ((image, checks[image]) for image in dataset.images)
    return {image: result.error for image, result in results if isinstance(result, UnusableImage)}


def _contradictions(dataset: Dataset, compared: Duplicates) -> dict[LabelledImage, ImageError]:
    """Nothing can be learned from them, and a split by content could take all pictures of a class to one side."""
    conflicts = (finding for finding in compared.findings if finding.kind is FindingKind.CONFLICT)
    in_conflict = {path: finding for finding in conflicts for path in finding.surplus}
    return {
        image: InvalidImage(in_conflict[image.path].detail) for image in dataset.images if image.path in in_conflict
    }


def _findings(
    dataset: Dataset,
    usable: Dataset,
    checks: _Checks,
    readable: Mapping[LabelledImage, ImageCheck],
    compared: Duplicates,
    unknown: Sequence[ImageCheck],
) -> tuple[Finding, ...]:
    found = [
        *differences(list(readable.values()), unknown),
        *differences_of_classes(_by_class(dataset, readable)),
        *too_few_findings(usable),
        *imbalance_findings(usable),
        *compared.findings,
    ]
    found += [_superseded(dataset, entry) for entry in dataset.superseded]
    for image in dataset.images:
        result = checks[image]
        if isinstance(result, UnusableImage):
            kind = FindingKind.TRUNCATED if result.is_cut_off else FindingKind.UNREADABLE
            found.append(Finding(kind, (image.path,), str(result.error), surplus=(image.path,)))
    tiny_px = _tiny_px(readable)
    for image, picture in readable.items():
        found += image_findings(image.path, picture, tiny_px=tiny_px)
    found += [
        Finding(FindingKind.PASSED_OVER, (entry.path,), entry.reason)
        for entry in dataset.passed_over
        if entry.is_picture
    ]
    order = {kind: rank for rank, kind in enumerate(FindingKind)}
    return tuple(sorted(found, key=lambda finding: (order[finding.kind], finding.files)))


def _movable(findings: Sequence[Finding], dataset: Dataset, against: Sequence[LabelledImage]) -> tuple[Finding, ...]:
    """The findings, without what another picture is a link to among their surplus."""
    images = (*dataset.images, *(entry.image for entry in dataset.superseded), *against)
    surplus = chain.from_iterable(finding.surplus for finding in findings)
    free = links.movable(surplus, (image.path for image in images))
    return tuple(replace(f, surplus=tuple(path for path in f.surplus if path in free)) for f in findings)


def _by_class(dataset: Dataset, readable: Mapping[LabelledImage, ImageCheck]) -> dict[str, list[ImageCheck]]:
    found: dict[str, list[ImageCheck]] = {name: [] for name in dataset.class_names}
    for image, check in readable.items():
        found[dataset.class_names[image.label]].append(check)
    return found


def _superseded(dataset: Dataset, entry: Superseded) -> Finding:
    here, there = (dataset.class_names[image.label] for image in (entry.image, entry.by))
    detail = f"In {here!r} of {dataset.folder_of(entry.image.path)}, in {there!r} of {dataset.folder_of(entry.by.path)}"
    kind = FindingKind.COPY if here == there else FindingKind.OUTRANKED
    return Finding(kind, (entry.by.path, entry.image.path), f"{detail}.", surplus=(entry.image.path,))


def _tiny_px(readable: Mapping[LabelledImage, ImageCheck]) -> float:
    """Half of what a network takes; where all pictures are small, as digits are, half of the usual size."""
    short_sides = [min(picture.facts.width, picture.facts.height) for picture in readable.values()]
    usual = float(np.median(short_sides)) if short_sides else 0.0
    return min(NETWORK_SIDE_PX, usual) / 2
