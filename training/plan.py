"""The plan of a training, printed before it begins: what comes from where, what is trained and for how long."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from recognizer.terminal import printable
from training import progress
from training.audit.findings import FindingKind
from training.data.dataset import Dataset, LabelledImage
from training.job import Job
from training.progress import console

if TYPE_CHECKING:  # What inspects loads SciPy, which only training needs; the command line loads this.
    from training.audit.inspect import Audit


def tell(job: Job, audited: Audit) -> None:
    """Prints the plan of a job, a line for each part of the training."""
    first, *rest = lines(job)
    progress.tell(
        "pictures",
        training=len(job.parts.train),
        held_back=len(job.parts.validation),
        classes=job.class_names,
        left_out=len(audited.left_out),
    )
    for line in (first, *origins(audited.dataset), *doubts(audited.counts()), *unlike(audited), *rest):
        console.print(printable(line), soft_wrap=True, markup=False)


def origins(dataset: Dataset) -> Iterator[str]:
    """How many pictures each data folder gives, and how contradictions were settled; nothing for a single folder."""
    if len(dataset.folders) < 2:
        return
    of_folder: dict[Path | None, list[LabelledImage]] = {folder: [] for folder in dataset.folders}
    for image in dataset.images:
        of_folder[dataset.folder_of(image.path)].append(image)
    before: set[int] = set()
    for folder, images in of_folder.items():
        labels = {image.label for image in images}
        new = [dataset.class_names[label] for label in sorted(labels - before)]
        more = f", new classes: {', '.join(new)}" if before and new else ""
        yield f"  {folder}: {len(images):,}{more}" if images else f"  {folder}: no other pictures"
        before |= labels
    outranked = sum(entry.image.label != entry.by.label for entry in dataset.superseded)
    if outranked:
        pictures = "1 picture is" if outranked == 1 else f"{outranked:,} pictures are"
        yield f"  {pictures} in another class in a later folder, and that counts"


def doubts(counts: Mapping[FindingKind, int]) -> Iterator[str]:
    """The findings of the audit that a person should look at before the training goes on."""
    if doubtful := counts.get(FindingKind.NEAR_CONFLICT):
        yield f"  {doubtful:,} pictures look like copies of pictures in another class; the command audit shows them"


def unlike(audited: Audit) -> Iterator[str]:
    """Where pictures of other things, or of some classes, differ in what is no thing: the model would learn that."""
    for finding in audited.findings:
        if finding.kind in (FindingKind.UNKNOWN_DIFFERS, FindingKind.CLASSES_DIFFER):
            yield f"  {finding.detail} {finding.kind.advice}"


def lines(job: Job) -> Iterator[str]:
    """The plan: what is trained, on how many pictures, in which phases."""
    recipe, train, held_back = job.recipe, len(job.parts.train), len(job.parts.validation)
    yield (
        f"{train:,} pictures of {len(job.class_names)} classes to train {recipe.architecture} on, {held_back:,} held"
        " back."
    )
    phases = recipe.fine_tune.phases()
    if recipe.head.training == "probe":
        when = ", before and after the phases" if phases else ""
        yield f"  last layer: on features of {recipe.head.views} views of each picture{when}"
    if recipe.head.training == "triplet":
        yield f"  last layer: mean embeddings of {recipe.head.views} views of each picture, after the phases"
    steps = math.ceil(train / recipe.batch_size)
    for number, phase in enumerate(phases, start=1):
        yield (
            f"  phase {number}: {phase.unfreeze} and up, {phase.epochs} epochs of {steps} steps of"
            f" {recipe.batch_size} pictures, rate {phase.learning_rate:g}"
        )
    if recipe.time_budget_min:
        yield f"  all of it in {recipe.time_budget_min:g} minutes"
