from __future__ import annotations

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


def write(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)


def test_without_control_groups_all_of_the_machine_is_ours(root: Path) -> None:
    assert (machine.cores(root), machine.memory_bytes(root)) == (8, 16 * GIB)


def test_a_containers_limits_hold(root: Path) -> None:
    write(
        root,
        {
            "proc/self/cgroup": "0::/\n",
            "sys/fs/cgroup/cpu.max": "200000 100000\n",
            "sys/fs/cgroup/memory.max": f"{GIB}\n",
        },
    )

    assert (machine.cores(root), machine.memory_bytes(root)) == (2, GIB)


def test_a_limit_on_a_group_above_holds_too(root: Path) -> None:
    write(
        root,
        {
            "proc/self/cgroup": "0::/pods/one\n",
            "sys/fs/cgroup/pods/one/cpu.max": "max 100000\n",
            "sys/fs/cgroup/pods/cpu.max": "300000 100000\n",
            "sys/fs/cgroup/pods/one/memory.max": "max\n",
        },
    )

    assert (machine.cores(root), machine.memory_bytes(root)) == (3, 16 * GIB)


def test_part_of_a_core_counts_as_one(root: Path) -> None:
    write(root, {"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/cpu.max": "50000 100000\n"})

    assert machine.cores(root) == 1


def test_the_first_version_of_control_groups_is_read_too(root: Path) -> None:
    write(
        root,
        {
            "proc/self/cgroup": "4:memory:/docker/a\n1:cpu,cpuacct:/docker/a\n",
            "sys/fs/cgroup/cpu/docker/a/cpu.cfs_quota_us": "400000\n",
            "sys/fs/cgroup/cpu/docker/a/cpu.cfs_period_us": "100000\n",
            "sys/fs/cgroup/memory/docker/a/memory.limit_in_bytes": f"{2 * GIB}\n",
        },
    )

    assert (machine.cores(root), machine.memory_bytes(root)) == (4, 2 * GIB)


@pytest.mark.parametrize("text", ["", "max", "-1", "nonsense", "0 0", "1 0"])
def test_what_is_no_limit_is_passed_over(root: Path, text: str) -> None:
    write(
        root,
        {
            "proc/self/cgroup": "0::/\n1:cpu:/\n4:memory:/\n",
            "sys/fs/cgroup/cpu.max": text,
            "sys/fs/cgroup/memory.max": text,
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": text,
            "sys/fs/cgroup/memory/memory.limit_in_bytes": text,
        },
    )

    assert (machine.cores(root), machine.memory_bytes(root)) == (8, 16 * GIB)


def test_of_the_real_machine_something_is_said() -> None:
    assert machine.cores() >= 1
    assert machine.memory_bytes() > 2**26
