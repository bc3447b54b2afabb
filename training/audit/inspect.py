"""Looks at all pictures before any time is spent on them: the table of contents of the audit.

files -> examination, each decoded once -> picture_findings
                                        -> duplicates (same file, near_duplicates) -> groups for the split
      -> what is left out of training   -> class_findings
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from recognizer import machine
from recognizer.errors import ImageError, InvalidImage
from training.audit import duplicates
from training.audit import findings as class_findings
from training.audit import findings as picture_findings
from training.audit.duplicates import Duplicates, Shown
from training.audit.findings import Finding, Kind
from training.audit.image_check import Examined, Unusable, examine
from training.audit.summary import Summary, summarize
from training.data.dataset import Dataset, LabelledImage, Superseded
from training.errors import DatasetError
from training.progress import track


@dataclass(frozen=True)
class Audit:
    """What was found."""

    dataset: Dataset
    """The pictures that can be used."""
    left_out: tuple[tuple[LabelledImage, ImageError], ...]
    """The pictures that cannot, and why."""
    findings: tuple[Finding, ...]
    """Everything remarkable, the gravest kinds first."""
    groups: Mapping[LabelledImage, int]
    """A number for each usable picture; copies and near duplicates, which belong on one side of a split, share it."""
    summary: Summary

    def counts(self) -> dict[Kind, int]:
        """Pictures (or classes) that something was found about, by its kind, the gravest first."""
        found = {kind: [finding for finding in self.findings if finding.kind is kind] for kind in Kind}
        return {kind: sum(finding.count for finding in same) for kind, same in found.items() if same}

    def surplus(self) -> dict[Path, Kind]:
        """The files that should not be trained on, each with the gravest reason; of copies, one is not among them."""
        reasons: dict[Path, Kind] = {}
        for finding in self.findings:
            reasons |= {path: finding.kind for path in finding.surplus if path not in reasons}
        return reasons


def audit(dataset: Dataset) -> Audit:
    """Inspects a data set that is to be trained on.

    Raises:
        DatasetError: fewer than two classes, or a class with too few different readable pictures to
            hold one back for validation.
    """
    found = inspect(dataset)
    for finding in found.findings:
        if finding.kind is Kind.TOO_FEW:
            raise DatasetError(finding.detail)
    return found


def inspect(dataset: Dataset, against: Sequence[LabelledImage] = ()) -> Audit:
    """Decodes every picture once, and leaves out of training those that cannot be read or stand in several classes.

    Args:
        dataset: the pictures to train on.
        against: pictures of test folders, which should not be among them; their labels do not matter.
    """
    everything = (*dataset.images, *against)
    seen = _seen(everything)
    examined = {image: result for image, result in seen.items() if isinstance(result, Examined)}
    compared = duplicates.find(_shown(dataset, examined))
    left_out = _unusable(dataset, seen) | _contradictions(dataset, compared)
    usable = replace(dataset, images=tuple(image for image in dataset.images if image not in left_out))
    of_training = {image: examined[image] for image in dataset.images if image in examined}
    return Audit(
        dataset=usable,
        left_out=tuple(left_out.items()),
        findings=_findings(dataset, usable, seen, of_training, compared),
        groups={image: compared.heaps[image.digest] for image in usable.images},
        summary=summarize(dataset.counts(), usable.counts(), [result.facts for result in of_training.values()]),
    )


def _seen(files: Sequence[LabelledImage]) -> dict[LabelledImage, Examined | Unusable]:
    with ThreadPoolExecutor(machine.cores()) as pool:
        results = pool.map(_examine, files)
        return dict(track(zip(files, results, strict=True), "Reading", total=len(files)))


def _examine(image: LabelledImage) -> Examined | Unusable:
    try:
        return examine(image.read())
    except ImageError as err:  # It cannot be opened.
        return Unusable(err, is_cut_off=False)


def _shown(dataset: Dataset, examined: Mapping[LabelledImage, Examined]) -> list[Shown]:
    training = frozenset(dataset.images)
    return [
        Shown(
            path=image.path,
            place=dataset.class_names[image.label] if image in training else None,
            digest=image.digest,
            pixels=result.facts.width * result.facts.height,
            thumbnail=result.thumbnail,
        )
        for image, result in examined.items()
    ]


def _unusable(dataset: Dataset, seen: Mapping[LabelledImage, Examined | Unusable]) -> dict[LabelledImage, ImageError]:
    results = ((image, seen[image]) for image in dataset.images)
    return {image: result.error for image, result in results if isinstance(result, Unusable)}


def _contradictions(dataset: Dataset, compared: Duplicates) -> dict[LabelledImage, ImageError]:
    """Nothing can be learned from them, and a split by content could take all pictures of a class to one side."""
    conflicts = (finding for finding in compared.findings if finding.kind is Kind.CONFLICT)
    in_conflict = {path: finding for finding in conflicts for path in finding.surplus}
    return {
        image: InvalidImage(in_conflict[image.path].detail) for image in dataset.images if image.path in in_conflict
    }


def _findings(
    dataset: Dataset,
    usable: Dataset,
    seen: Mapping[LabelledImage, Examined | Unusable],
    examined: Mapping[LabelledImage, Examined],
    compared: Duplicates,
) -> tuple[Finding, ...]:
    found = [*class_findings.refusals(usable), *class_findings.imbalance(usable), *compared.findings]
    found += [_superseded(dataset, entry) for entry in dataset.superseded]
    for image in dataset.images:
        result = seen[image]
        if isinstance(result, Unusable):
            kind = Kind.TRUNCATED if result.is_cut_off else Kind.UNREADABLE
            found.append(Finding(kind, (image.path,), str(result.error), surplus=(image.path,)))
    tiny_px = _tiny_px(examined)
    for image, picture in examined.items():
        found += picture_findings.findings(image.path, picture, tiny_px=tiny_px)
    found += [Finding(Kind.PASSED_OVER, (entry.path,), entry.reason) for entry in dataset.passed_over]
    order = {kind: place for place, kind in enumerate(Kind)}
    return tuple(sorted(found, key=lambda finding: (order[finding.kind], finding.files)))


def _superseded(dataset: Dataset, entry: Superseded) -> Finding:
    here, there = (dataset.class_names[image.label] for image in (entry.image, entry.by))
    detail = f"In {here!r} of {dataset.folder_of(entry.image.path)}, in {there!r} of {dataset.folder_of(entry.by.path)}"
    kind = Kind.COPY if here == there else Kind.OUTRANKED
    return Finding(kind, (entry.by.path, entry.image.path), f"{detail}.", surplus=(entry.image.path,))


def _tiny_px(examined: Mapping[LabelledImage, Examined]) -> float:
    """Half of what a network takes; where all pictures are small, as digits are, half of the usual size."""
    short_sides = [min(picture.facts.width, picture.facts.height) for picture in examined.values()]
    usual = float(np.median(short_sides)) if short_sides else 0.0
    return min(picture_findings.NETWORK_SIDE_PX, usual) / 2
