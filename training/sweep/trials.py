"""Trials: a recipe with a seed is trained without the pictures of one fold, and answers those.

family: recipe, seed, pictures, folds -> its features, once -> a trial for each fold -> Result
"""

from __future__ import annotations

import hashlib
import json
import tempfile
import time
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import keras

from recognizer import files
from training.code_digest import code_digest
from training.cross_validation import judge_fold
from training.data.dataset import Dataset, LabelledImage
from training.data.split import Split
from training.evaluation.evaluate import Evaluation
from training.job import Job
from training.network.feature_cache import Cache
from training.network.starting_weights import path_of
from training.optim.precision import computing_in, dtype_policy
from training.pipeline import train_fold
from training.progress import silent
from training.sweep.results import RIGHT, UNREADABLE, WRONG, Result
from training.trainer.run import RunFolder, RunOptions
from training.trainer.trainer import compute_features

if TYPE_CHECKING:
    from training.trainer.run import Machines

_MADE_WITH = ("tensorflow", "keras", "numpy", "pillow", "scikit-learn")
_FILE_FREE = ("imagenet", "none")


@dataclass(frozen=True)
class Family:
    """The trainings that have the same features: a recipe with one seed, and all folds."""

    candidate: str
    """The name of its recipe in the comparison."""
    job: Job
    """All pictures; its parts are those of no fold."""
    folds: tuple[Split, ...]
    copies: Mapping[LabelledImage, int]

    def key(self, number: int) -> str:
        """Digest of all that decides about the result of a fold."""
        fold = [Dataset(self.job.class_names, part).digest() for part in (self.folds[number].train, _out(self, number))]
        copies = sorted(self.copies[image] for image in self.folds[number].train)
        return hashlib.sha256(json.dumps([self.made_by(), fold, copies]).encode()).hexdigest()[:32]

    def made_by(self) -> list[Any]:
        """The recipe, the starting weights, the code and the packages, here; on another machine they may differ."""
        recipe = self.job.recipe
        weights = recipe.weights if recipe.weights in _FILE_FREE else _digest(path_of(recipe.weights))
        versions = [version(name) for name in _MADE_WITH]
        return [recipe.model_dump(mode="json"), weights, dtype_policy(recipe.precision), code_digest(), versions]

    def compute_features(self, cache: Cache, machines: Machines | None) -> None:
        """Computes, for all folds together, what the last layer is fitted to."""
        with computing_in(dtype_policy(self.job.recipe.precision)):
            keras.utils.set_random_seed(self.job.recipe.seed)
            compute_features(self.job, options=RunOptions(cache=cache, machines=machines))


def run_trial(family: Family, number: int, cache: Cache) -> Result:
    """Trains without the pictures of a fold and judges the model on them, in this process."""
    started = time.process_time()
    train = partial(train_fold, options=RunOptions(cache=cache))
    with tempfile.TemporaryDirectory() as folder, computing_in(dtype_policy(family.job.recipe.precision)), silent():
        run = RunFolder(Path(folder))
        unseen, held_back = judge_fold(family.job, family.folds[number], copies=family.copies, run=run, train=train)
    return Result(_letters(family, number, unseen), held_back, round(time.process_time() - started, 2))


def without_parts(job: Job) -> Job:
    """A job whose features are all those of a training."""
    return replace(job, parts=Split(job.dataset.images, ()))


def _letters(family: Family, number: int, unseen: Evaluation) -> str:
    right = {picture.path: RIGHT if picture.is_right else WRONG for picture in unseen.answered}
    return "".join(right.get(image.path, UNREADABLE) for image in _out(family, number))


def _out(family: Family, number: int) -> tuple[LabelledImage, ...]:
    return tuple(sorted(family.folds[number].validation, key=lambda image: (image.digest, str(image.path))))


def _digest(path: Path) -> str:
    with files.open_plain(path) as file:  # Each time: a machine may get another active model.
        return hashlib.file_digest(file, "sha256").hexdigest()
