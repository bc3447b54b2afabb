"""Training with Ray itself: machines of one core each, one of which goes away in the middle."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from recognizer.cluster.head import ClusterFailed
from tests.training.conftest import draw_class_folders
from training.cli import main

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

RECIPE = """
architecture = "simple_cnn"
weights = "none"
validation_fraction = 0.25
head.views = 2
fine_tune.unfreeze = ["conv1"]
fine_tune.epochs = [0]
fine_tune.learning_rate = [0.02]
"""


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    """A head without a core, and a machine with one."""
    pytest.importorskip("ray", reason="needs the extra ray")
    from ray.cluster_utils import Cluster

    # Ray's sockets have paths of at most 107 bytes.
    with TemporaryDirectory(prefix="ray-", dir="/tmp") as folder, pytest.MonkeyPatch.context() as patch:
        patch.setenv("RAY_TMPDIR", folder)
        patch.setenv("RAY_BACKEND_LOG_LEVEL", "fatal")
        machines = Cluster(initialize_head=True, head_node_args={"num_cpus": 0, "include_dashboard": False})
        machines.add_node(num_cpus=1)
        try:
            yield machines
        finally:
            machines.shutdown()


def test_recipes_are_compared_there_as_here(
    cluster: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    draw_class_folders(tmp_path / "colours")
    (tmp_path / "mine.toml").write_text(RECIPE)
    pictures = ["--data", str(tmp_path / "colours"), "--groups", r"(\d)\.png$", "--folds", "2", "--seeds", "1"]
    told = []
    best = ["--out", str(tmp_path / "best-1.h5")]
    for place, more in (("here", []), ("there", ["--ray", cluster.address, *best])):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / place))
        recipe = ["--recipe", str(tmp_path / "mine.toml"), "--keep", str(tmp_path / place / "keep")]
        assert main(["sweep", *pictures, *recipe, "--json", *more]) == 0
        told.append(json.loads(capsys.readouterr().out))

    here, there = ([fold["answers"] for fold in each["recipes"][0]["trainings"][0]] for each in told)
    assert here == there
    assert (tmp_path / "there" / "menagerie" / "features.sqlite3").exists()
    assert (tmp_path / "best-1.h5").exists()


def test_a_machine_that_goes_away_loses_nothing_and_what_kills_each_process_ends_the_run(cluster: Any) -> None:
    import ray

    from recognizer.cluster.connection import connected
    from training.cluster.tasks import results

    @ray.remote(num_cpus=1, max_retries=1)
    def squared(number: int) -> int:
        return number**2 if number >= 0 else os._exit(1)

    first = cluster.add_node(num_cpus=1)
    found = []
    with connected(cluster.address):
        for done in results(squared.remote, range(60)):
            found.append(done)
            if len(found) == 20:
                cluster.remove_node(first, allow_graceful=False)
        with pytest.raises(ClusterFailed):
            list(results(squared.remote, [-1]))

    assert sorted(found) == [(number, number**2) for number in range(60)]
