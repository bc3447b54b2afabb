"""Cross-validation by groups: how a recipe does on groups that it has not seen, with one training for each fold.

fold -> train on the other groups -> right answers on the groups left out
                                  -> right answers on pictures held back of the groups trained on
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from recognizer import Recognizer
from recognizer.model_file import results
from recognizer.model_file.results import Counted, Results
from recognizer.terminal import percent
from training.data import split
from training.data.dataset import Dataset, LabelledImage
from training.data.groups import Groups
from training.data.split import Split
from training.evaluation import new_source
from training.evaluation.by_source import shares_of
from training.evaluation.confidence_intervals import Share
from training.evaluation.evaluate import Evaluation, evaluate
from training.export import model_file
from training.job import Job
from training.progress import console
from training.trainer.run import RunFolder
from training.trainer.trainer import Trained

Train = Callable[[Job, RunFolder], Trained]
"""Trains the job of a fold, keeping its steps in a folder."""


@dataclass(frozen=True)
class Fold:
    """One training of a cross-validation, and how its model did."""

    groups: tuple[str, ...]
    """The names of the groups that were left out."""
    left_out: Share
    """Right answers on pictures of the groups left out."""
    held_back: Share
    """Right answers on pictures held back of the groups trained on."""
    each: tuple[Share, ...] = ()
    """Right answers on each of the groups left out."""


@dataclass(frozen=True)
class CrossValidation:
    """The results of all folds."""

    folds: tuple[Fold, ...]

    @property
    def left_out(self) -> Share:
        """Right answers on groups that were not trained on."""
        return _together([fold.left_out for fold in self.folds])

    @property
    def held_back(self) -> Share:
        """Right answers on pictures of the groups that were trained on."""
        return _together([fold.held_back for fold in self.folds])

    @property
    def each(self) -> list[Share]:
        """Right answers on each group, none of which was trained on when it was judged."""
        return [share for fold in self.folds for share in fold.each]

    def sentence(self) -> str:
        """The result in a plain sentence, for people who never trained a network."""
        unseen, seen = self.left_out, self.held_back
        return (
            f"On groups that it was not trained on, {percent(unseen.value)} of {unseen.whole} pictures were right; on"
            f" pictures held back of the groups that it was trained on, {percent(seen.value)}. {self._from_elsewhere()}"
        )

    def _from_elsewhere(self) -> str:
        """Not the interval of the pictures: those of a group are alike, and a new group is one more of them."""
        expected = new_source.expected(self.each)
        if expected is None:
            return "Expect about the first of pictures from elsewhere; how much groups differ is not known."
        return new_source.sentence(expected, None)

    def record(self) -> results.CrossValidation:
        """As the model file has it, without the groups' names: a model is passed on, names of sources are not."""
        return results.CrossValidation(
            accuracy_on_groups_left_out=self.left_out.value,
            accuracy_on_groups_trained_on=self.held_back.value,
            folds=tuple(
                results.Fold(
                    groups=len(fold.groups),
                    left_out=Counted(**asdict(fold.left_out)),
                    held_back=Counted(**asdict(fold.held_back)),
                )
                for fold in self.folds
            ),
        )


def cross_validate(
    job: Job,
    groups: Groups,
    *,
    copies: Mapping[LabelledImage, int],
    count: int,
    run: RunFolder,
    train: Train,
) -> CrossValidation:
    """Trains and judges a model for each of `count` folds; a fold that was done before is taken over.

    Raises:
        DatasetError: the groups make no such folds.
    """
    folds = split.folds(job.dataset, groups, copies=copies, count=count, seed=job.recipe.seed)
    found = []
    for number, fold in enumerate(folds, start=1):
        names = tuple(sorted({groups[image] for image in fold.validation}))
        console.print(f"\nFold {number} of {len(folds)}, without: {_some(names)}", soft_wrap=True, markup=False)

        def work(inner: RunFolder, fold: Split = fold) -> dict[str, Any]:
            unseen, held_back = judge_fold(job, fold, copies=copies, run=inner, train=train)
            sources = {image.path: groups[image] for image in fold.validation}
            each = shares_of((sources[picture.path] for picture in unseen.answered), unseen.right)
            return {
                "left_out": asdict(unseen.correct),
                "held_back": asdict(held_back),
                "each": [asdict(share) for share in each],
            }

        what = Dataset(job.class_names, fold.validation).digest().removeprefix("sha256:")[:8]
        result = run.part(f"fold-{number}-of-{len(folds)}-{what}", work)
        each = tuple(Share(**share) for share in result.get("each", ()))  # Folds of before have none.
        found.append(Fold(names, Share(**result["left_out"]), Share(**result["held_back"]), each))
        console.print(f"  right: {_counted(found[-1].left_out)} left out, {_counted(found[-1].held_back)} held back")
    return CrossValidation(tuple(found))


def judge_fold(
    job: Job, fold: Split, *, copies: Mapping[LabelledImage, int], run: RunFolder, train: Train
) -> tuple[Evaluation, Share]:
    """Trains a model without the pictures that a fold leaves out.

    Returns:
        Its answers to those, and the share of right ones of pictures held back of the groups trained on.
    """
    own = replace(job, parts=_parts(job, fold, copies))
    return _judge(train(own, run), own, Dataset(job.class_names, fold.validation))


def _parts(job: Job, fold: Split, copies: Mapping[LabelledImage, int]) -> Split:
    rest, recipe = Dataset(job.class_names, fold.train), job.recipe
    return split.by_content(rest, validation_fraction=recipe.validation_fraction, seed=recipe.seed, groups=copies)


def _judge(trained: Trained, job: Job, left_out: Dataset) -> tuple[Evaluation, Share]:
    """Answers to pictures left out, and the share right of those held back; of a model file that is thrown away."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder, "fold-1.h5")
        held_back = model_file.export(trained.weights, out, job, provenance={}, results=Results())
        unseen = evaluate(Recognizer.open_reference(out), left_out)
    return unseen, held_back.correct


def _together(shares: Sequence[Share]) -> Share:
    return Share(sum(share.part for share in shares), sum(share.whole for share in shares))


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")


def _counted(share: Share) -> str:
    return f"{percent(share.value)} of {share.whole}"
