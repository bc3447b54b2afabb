"""`training fit --ray` with Ray itself: machines of one core each, one of which goes away in the middle."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from recognizer import architectures
from tests.training.conftest import draw_class_folders
from training.config import Augmentation
from training.data.dataset import scan

if TYPE_CHECKING:
    from training.network.features import Chunk, Floats, PortableFeatures

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A head without a core, and a machine with one."""
    pytest.importorskip("ray", reason="needs the extra ray")
    from ray.cluster_utils import Cluster

    with TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:  # Ray's sockets have paths of at most 107 bytes.
        monkeypatch.setenv("RAY_TMPDIR", folder)
        monkeypatch.setenv("RAY_BACKEND_LOG_LEVEL", "fatal")
        machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        try:
            yield machines
        finally:
            machines.shutdown()


def test_a_machine_that_goes_away_loses_nothing(
    cluster: Any, tiny_architecture: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import keras

    from recognizer.cluster.connection import connected
    from training.cluster.features import RayMachines
    from training.data.batches import Variation
    from training.network import features

    monkeypatch.setattr(features, "_BATCH", 4)
    pictures = scan(draw_class_folders(tmp_path / "colours")).images
    preprocessing = architectures.get(tiny_architecture).preprocessing
    variation = Variation(Augmentation(), seed=1)
    network = architectures.build(tiny_architecture, 3)
    here = features.Features(network, preprocessing, variation=variation).of(pictures, views=2)
    policy = keras.config.dtype_policy().name
    first = cluster.add_node(num_cpus=1)

    class Watched(RayMachines):
        def compute(self, network: PortableFeatures, chunks: Sequence[Chunk]) -> Iterator[dict[bytes, Floats]]:
            for number, found in enumerate(super().compute(network, chunks)):
                if number == 1:
                    cluster.add_node(num_cpus=1)
                    cluster.remove_node(first, allow_graceful=False)
                yield found

    with connected(cluster.address):
        there = features.Features(network, preprocessing, None, None, variation, Watched()).of(pictures, views=2)

    np.testing.assert_allclose(there, here, atol=1e-6)
    assert keras.config.dtype_policy().name == policy
