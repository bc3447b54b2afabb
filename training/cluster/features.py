"""Features that the machines of a Ray cluster compute.

network -> Ray's memory -> opened once in each process -> chunk of pictures -> their features

A process looks whether it would compute what the one that asks would: the code, the packages and the weights have to be
the same, and each picture's file. What is computed elsewhere may therefore be kept as if it had been computed here.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import ray

from recognizer.errors import InvalidImage
from training.cluster.one_core import compute_on_one_core
from training.cluster.tasks import MOST_RETRIES, results
from training.data.dataset import LabelledImage
from training.errors import DatasetError
from training.network.features import Chunk, Features, Floats, PortableFeatures, Shown


def compute(network: PortableFeatures, chunks: Sequence[Chunk]) -> Iterator[dict[bytes, Floats]]:
    """The features of each chunk by key, in the order in which they are ready.

    Raises:
        DatasetError: a picture is missing on a machine, or another one there.
        OtherCode: a machine would compute something else.
        ClusterFailed: Ray gave up.
    """
    held = [ray.put(network)]  # In a list Ray hands it on as it is, and each process fetches it once.
    for _, found in results(lambda chunk: _compute.remote(held, _absolute(chunk)), chunks):
        yield found


@dataclass(frozen=True)
class _SameFile(LabelledImage):
    """A picture whose file has to be, on this machine, the one that was meant."""

    def read(self) -> bytes:
        try:
            data = super().read()
        except InvalidImage as err:
            raise DatasetError(
                f"{self.path} cannot be opened on one of the machines. With --ray, the pictures have to be at the same"
                " path on all of them."
            ) from err
        if hashlib.sha256(data).hexdigest() != self.digest:
            raise DatasetError(f"{self.path} is another file on one of the machines. Copy the same one to all.")
        return data


def _absolute(chunk: Chunk) -> Chunk:
    return [(key, Shown(_same_file(shown.picture), shown.view)) for key, shown in chunk]


def _same_file(picture: LabelledImage) -> LabelledImage:
    return _SameFile(**{**asdict(picture), "path": Path.cwd() / picture.path})


@ray.remote(num_cpus=1, max_retries=MOST_RETRIES)  # type: ignore[untyped-decorator]  # Ray is not looked into.
def _compute(held: list[Any], chunk: Chunk) -> dict[bytes, Floats]:
    return _opened(held[0]).of_chunk(chunk)


@lru_cache(maxsize=1)
def _opened(reference: Any) -> Features:
    """The network, in this process, on the one core that the process has."""
    compute_on_one_core()
    network: PortableFeatures = ray.get(reference)
    return network.opened()
