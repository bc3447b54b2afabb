"""Runs the trials of a comparison that are not kept yet, and keeps what comes of each in a file of its own.

folders -> audit -> folds -> families -> kept? else features, trial -> <digest of all that decides>.json
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from recognizer import files
from training.audit import inspect
from training.data import split
from training.data.dataset import scan, tell
from training.data.groups import read_groups
from training.data.sources import find_sources
from training.errors import DatasetError
from training.job import Job
from training.network import feature_cache
from training.network.feature_cache import FeaturesInMemory
from training.network.starting_weights import refuse_unfit
from training.pipeline import preprocessing_of
from training.progress import console
from training.sweep.candidates import Candidate
from training.sweep.results import Result
from training.sweep.trials import Family, run_trial, without_parts
from training.trainer import checkpoint
from training.trainer.time_estimate import minutes

if TYPE_CHECKING:
    from training.trainer.run import Machines

Trial = tuple[Family, int, FeaturesInMemory]
"""A family, the number of a fold, and the features of the family."""
Results = Callable[[Iterable[Trial]], Iterator[tuple[Trial, Result]]]
"""Does trials, and gives what came of each, in the order in which they are ready."""

_NO_FILES = ("model", "imagenet", "none")
_MAX_JSON_BYTES = 64 * 2**20


@dataclass(frozen=True)
class Sweep:
    """What is compared on which pictures."""

    families: tuple[Family, ...]
    groups: int
    """Groups that are left out in turn."""


def one_after_another(trials: Iterable[Trial]) -> Iterator[tuple[Trial, Result]]:
    """Does trials in this process."""
    for trial in trials:
        yield trial, run_trial(*trial)


def prepare(
    folders: Sequence[Path], candidates: Sequence[Candidate], *, groups: str | None, seeds: int, folds: int
) -> Sweep:
    """Looks at the pictures once, and divides them into the folds that all recipes are judged on.

    Args:
        folders: the data folders.
        candidates: the recipes.
        groups: which pictures belong together; None: those of one source, where sources are plain to see.
        seeds: trainings of a recipe on the same pictures, which differ in chance alone: its own seed, and those after.
        folds: how often groups are left out.

    Raises:
        DatasetError: the pictures cannot be used, or nobody knows which belong together.
        RecipeError, WeightsError: a recipe cannot be used.
    """
    for candidate in candidates:
        refuse_unfit(candidate.recipe.architecture, candidate.recipe.weights)
    sizes = [preprocessing_of(candidate.recipe) for candidate in candidates]
    pictures = scan(*(folder.absolute() for folder in folders))
    tell(pictures)
    audited = inspect.audit(pictures, [])
    named = read_groups(groups, audited.dataset) if groups else find_sources(audited.dataset)
    if named is None:
        raise DatasetError("Say which pictures belong together, so that they can be left out: --groups.")
    first = candidates[0].recipe.seed
    parts = tuple(split.folds(audited.dataset, named, copies=audited.groups, count=folds, seed=first))
    families = tuple(
        Family(
            candidate.name,
            without_parts(_job(candidate, seed, Job(audited.dataset, parts[0], candidate.recipe, size, named))),
            parts,
            audited.groups,
        )
        for candidate, size in zip(candidates, sizes, strict=True)
        for seed in range(candidate.recipe.seed, candidate.recipe.seed + seeds)
    )
    return Sweep(families, len(set(named.values())))


def run(
    sweep: Sweep, keep: Path, *, machines: Machines | None = None, results: Results = one_after_another
) -> dict[tuple[str, int, int], Result]:
    """Does what is not kept in the folder `keep`, and says how far it is, a line a training.

    Returns:
        By recipe, seed and number of the fold, how its model did.
    """
    found = {}
    left = []
    for family in sweep.families:
        for number in range(len(family.folds)):
            kept = _read(_place(keep, family, number))
            if kept is None:
                left.append((family, number))
            else:
                found[_name(family, number)] = kept
    told = _Progress(len(found), len(found) + len(left))
    for (family, number, _), result in results(_with_features(left, machines)):
        checkpoint.write_text(_place(keep, family, number), json.dumps(result.to_dict()))
        found[_name(family, number)] = result
        told.tell(family, number, result)
    return found


def _job(candidate: Candidate, seed: int, job: Job) -> Job:
    weights = candidate.recipe.weights
    if weights not in _NO_FILES:
        weights = str(Path(weights).absolute())  # Another machine's process stands elsewhere.
    return replace(job, recipe=candidate.recipe.model_copy(update={"seed": seed, "weights": weights}))


def _with_features(left: Sequence[tuple[Family, int]], machines: Machines | None) -> Iterator[Trial]:
    """Each trial with the features of its family, which are computed before the first of them, and then let go."""
    before, cache = None, FeaturesInMemory()
    for family, number in left:
        if family is not before:
            before, cache = family, FeaturesInMemory(behind=feature_cache.user_cache())
            family.compute_features(cache, machines)
        yield family, number, cache


def _name(family: Family, number: int) -> tuple[str, int, int]:
    return family.candidate, family.job.recipe.seed, number


def _place(keep: Path, family: Family, number: int) -> Path:
    return keep / f"{family.key(number)}.json"


def _read(path: Path) -> Result | None:
    """What is kept of a trial; None where nothing is, or something else: it is done again."""
    with suppress(OSError, ValueError, TypeError, LookupError, AttributeError, RecursionError):
        return Result.from_dict(json.loads(files.read_whole(path, _MAX_JSON_BYTES)))
    return None


class _Progress:
    """Says how far it is."""

    def __init__(self, kept: int, total: int) -> None:
        self._kept, self._done, self._total = kept, kept, total
        self._started = time.monotonic()
        if kept:
            console.print(f"{kept} of {total} trainings are kept from before.")

    def tell(self, family: Family, number: int, result: Result) -> None:
        self._done += 1
        left_s = (time.monotonic() - self._started) / (self._done - self._kept) * (self._total - self._done)
        right = result.left_out
        console.print(
            f"Training {self._done} of {self._total}: {family.candidate}, seed {family.job.recipe.seed}, fold"
            f" {number + 1}: {right.part} of {right.whole} left out are right, {result.cpu_s:.0f} CPU seconds;"
            f" about {minutes(left_s)} left",
            soft_wrap=True,
            markup=False,
        )
