"""`classify --ray` with Ray itself: a cluster of one core that the command starts, and the shipped model."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.dataset
import pytest

from tests.recognizer.cluster.shard_files import shard
from tests.recognizer.fakes import BLUE, GREEN, RED, plain

ROOT = Path(__file__).resolve().parents[2]

pytestmark = pytest.mark.slow


@pytest.fixture
def rays_folder() -> Iterator[str]:
    """A folder with a short name: Ray's sockets in it have paths of at most 107 bytes."""
    with TemporaryDirectory(prefix="ray-", dir="/tmp") as folder:
        yield folder


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    """Five pictures in a folder, one of them broken; four in a shard, one with a bad name; and an empty shard."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    for number in range(4):
        (folder / f"{number}.png").write_bytes(plain((RED, GREEN, BLUE)[number % 3]))
    (folder / "broken.jpg").write_bytes(plain(RED)[:50])
    members = [(f"{number}.png", plain(GREEN)) for number in range(3)]
    (folder / "0.tar").write_bytes(shard([*members, ("../3.png", plain(RED))]))
    (folder / "1.tar").write_bytes(shard([]))
    return folder


def test_each_picture_of_folders_and_shards_has_one_row_after_two_runs(
    pictures: Path, tmp_path: Path, rays_folder: str
) -> None:
    pytest.importorskip("ray", reason="needs the extra ray")
    out = tmp_path / "out"
    command = [sys.executable, "-m", "recognizer", "classify", str(pictures), "--ray", "--out", str(out)]
    environment = os.environ | {"RAY_TMPDIR": rays_folder, "PYTHONWARNINGS": "default"}
    environment.pop("RAY_ADDRESS", None)

    for _ in range(2):
        done = subprocess.run(
            ["taskset", "-c", str(min(os.sched_getaffinity(0))), *command],
            cwd=ROOT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr

    rows = {row["path"]: row for row in pyarrow.dataset.dataset(out).to_table().to_pylist()}
    assert pyarrow.dataset.dataset(out).count_rows() == len(rows)
    errors = {Path(path).relative_to(pictures).as_posix(): row["error"] for path, row in rows.items() if row["error"]}
    assert errors == {"broken.jpg": "invalid_image", "0.tar/../3.png": "unsafe_member", "1.tar": "invalid_shard"}
    assert len(rows) == 4 + 1 + 4 + 1
    assert {row["model"] for row in rows.values()} == {(ROOT / "models" / "ACTIVE").read_text(encoding="utf-8").strip()}
