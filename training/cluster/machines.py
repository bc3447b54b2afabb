"""The machines of the Ray cluster that this process is connected to, for whatever a training gives them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any

import ray

from training.cluster import features
from training.cluster.one_core import compute_on_one_core
from training.cluster.tasks import MOST_RETRIES, results
from training.network.features import Chunk, Floats, PortableFeatures
from training.trainer.shared_step import Batch, GradientsOf, PortableNetwork, ShareOfStep


class RayMachines:
    """The machines of a cluster."""

    def __init__(self) -> None:
        self._network: PortableNetwork | None = None
        self._held: list[Any] = []

    def compute(self, network: PortableFeatures, chunks: Sequence[Chunk]) -> Iterator[dict[bytes, Floats]]:
        """The features of each chunk by key, in the order in which they are ready; see `features.Machines`.

        Raises:
            DatasetError: a picture is missing on a machine, or another one there.
            OtherCode: a machine would compute something else.
            ClusterFailed: Ray gave up.
        """
        yield from features.compute(network, chunks)

    def cores(self) -> int:
        """Of all machines."""
        return int(ray.cluster_resources().get("CPU", 0))

    def shares_of_step(
        self, network: PortableNetwork, trained: Sequence[Floats], batches: Sequence[Batch], *, step: int
    ) -> list[ShareOfStep]:
        """What comes of each batch, in their order; see `StepMachines`.

        Raises:
            ClusterFailed: Ray gave up.
        """
        if self._network is not network:
            self._network, self._held = network, [ray.put(network)]
        values = ray.put(list(trained))
        found = results(
            lambda number: _gradients.remote(self._held, values, batches[number], step, number), range(len(batches))
        )
        return [share for _, share in sorted(found, key=lambda done: done[0])]


@ray.remote(num_cpus=1, max_retries=MOST_RETRIES)  # type: ignore[untyped-decorator]  # Ray is not looked into.
def _gradients(held: list[Any], trained: list[Floats], batch: Batch, step: int, number: int) -> ShareOfStep:
    return _opened(held[0])(trained, batch, step=step, number=number)


@lru_cache(maxsize=1)
def _opened(reference: Any) -> GradientsOf:
    """The network, in this process, on the one core that the process has."""
    compute_on_one_core()
    network: PortableNetwork = ray.get(reference)
    return network.opened()
