"""Trials of a comparison of recipes that the machines of a Ray cluster do.

family and its features -> Ray's memory, once -> a task for each fold -> Result
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from typing import Any

import numpy as np
import ray

from training.cluster.one_core import compute_on_one_core
from training.cluster.tasks import MOST_RETRIES, results
from training.errors import OtherCode
from training.network.feature_cache import FeaturesInMemory, user_cache
from training.sweep.results import Result
from training.sweep.run import Trial
from training.sweep.trials import Family, run_trial


def on_cluster(trials: Iterable[Trial]) -> Iterator[tuple[Trial, Result]]:
    """Does trials on the machines that this process is connected to, in the order in which they are ready.

    Raises:
        OtherCode: a machine would compute something else.
        ClusterFailed: Ray gave up.
    """
    yield from results(_Starting(), trials)


class _Starting:
    """Starts trials; what those of a family share is handed to Ray once, and let go with the last of them."""

    def __init__(self) -> None:
        self._family: Family | None = None
        self._held: list[Any] = []

    def __call__(self, trial: Trial) -> Any:
        family, number, cache = trial
        if self._family is not family:
            keys = list(cache.rows)
            rows = np.stack([cache.rows[key] for key in keys]) if keys else np.empty((0, 0), np.float32)
            self._family = family
            self._held = [ray.put((family, family.made_by())), ray.put((keys, rows))]
        return _run.remote(self._held, number)


@ray.remote(num_cpus=1, max_retries=MOST_RETRIES)  # type: ignore[untyped-decorator]  # Ray is not looked into.
def _run(held: list[Any], number: int) -> Result:
    compute_on_one_core()
    keys, rows = ray.get(held[1])
    cache = FeaturesInMemory(dict(zip(keys, rows, strict=True)), behind=user_cache())
    return run_trial(_family(held[0]), number, cache)


@lru_cache(maxsize=1)
def _family(reference: Any) -> Family:
    family: Family
    family, made_by = ray.get(reference)
    if family.made_by() != made_by:
        raise OtherCode(
            "One of the machines would train otherwise: it has another Menagerie, other packages, other starting"
            " weights, or a processor with other arithmetic (--set precision=float32). Make them the same."
        )
    return family
