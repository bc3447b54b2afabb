from __future__ import annotations

import os
from pathlib import Path

import pytest

from recognizer import machine

GIB = 2**30


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a machine with 8 cores and 16 GiB."""
    monkeypatch.setattr(machine, "_affinity", lambda: 8)
    monkeypatch.setattr(machine, "_physical_memory_bytes", lambda: 16 * GIB)
    return tmp_path


ONE_GROUP = {"proc/self/cgroup": "0::/\n"}
GROUPS = {"proc/self/cgroup": "0::/pods/one\n"}
FIRST_VERSION = {"proc/self/cgroup": "4:memory:/docker/a\n1:cpu,cpuacct:/docker/a\n"}


@pytest.mark.parametrize(
    ("files", "cores", "memory_gib"),
    [
        pytest.param({}, 8, 16, id="no control groups"),
        pytest.param({**ONE_GROUP, "cpu.max": "200000 100000\n", "memory.max": f"{GIB}\n"}, 2, 1, id="a container"),
        pytest.param({**ONE_GROUP, "cpu.max": "50000 100000\n"}, 1, 16, id="part of a core counts as one"),
        pytest.param(
            {
                **GROUPS,
                "pods/one/cpu.max": "max 100000\n",
                "pods/cpu.max": "300000 100000\n",
                "pods/one/memory.max": "max\n",
            },
            *(3, 16),
            id="a limit on a group above",
        ),
        pytest.param(
            {
                **FIRST_VERSION,
                "cpu/docker/a/cpu.cfs_quota_us": "400000\n",
                "cpu/docker/a/cpu.cfs_period_us": "100000\n",
                "memory/docker/a/memory.limit_in_bytes": f"{2 * GIB}\n",
            },
            *(4, 2),
            id="the first version of control groups",
        ),
        *(
            pytest.param(
                {
                    "proc/self/cgroup": "0::/\n1:cpu:/\n4:memory:/\n",
                    **dict.fromkeys(("cpu.max", "memory.max", "cpu/cpu.cfs_quota_us"), text),
                    "memory/memory.limit_in_bytes": text,
                },
                *(8, 16),
                id=f"no limit: {text!r}",
            )
            for text in ("", "max", "-1", "nonsense", "0 0", "1 0")
        ),
    ],
)
def test_a_machine_is_as_large_as_its_control_groups_say(
    root: Path, files: dict[str, str], cores: int, memory_gib: int
) -> None:
    for name, text in files.items():
        path = root / (name if name.startswith("proc/") else f"sys/fs/cgroup/{name}")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    assert (machine.cores(root), machine.memory_bytes(root)) == (cores, memory_gib * GIB)


def test_of_the_real_machine_something_is_said() -> None:
    assert machine.cores() >= 1
    assert machine.memory_bytes() > 2**26


def test_memory_of_a_process_that_is_not_there_is_none() -> None:
    assert machine.resident_bytes(os.getpid()) > 2**20
    assert machine.resident_bytes(2**22 + 1) == 0
