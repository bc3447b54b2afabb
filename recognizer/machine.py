"""The cores and the memory that this process really has: those of its container, not of the machine.

    cgroup v2  /sys/fs/cgroup/<group>/cpu.max, memory.max                          and of every group above it
    cgroup v1  /sys/fs/cgroup/{cpu,memory}/<group>/cpu.cfs_*_us, memory.limit_in_bytes

Sources: https://docs.kernel.org/admin-guide/cgroup-v2.html, https://docs.kernel.org/admin-guide/cgroup-v1/.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

_ROOT = Path("/")


def cores(root: Path = _ROOT) -> int:
    """Cores this process may keep busy, at least 1: its affinity, or its container's quota where that is less."""
    quotas = [_cpu_quota(group) for group in _groups(root, "cpu")]
    return max(1, min([_affinity(), *(math.ceil(quota) for quota in quotas if quota)]))


def memory_bytes(root: Path = _ROOT) -> int:
    """Memory this process may fill: the machine's, or its container's limit where that is less."""
    limits = [
        _number(group / name)
        for group in _groups(root, "memory")
        for name in ("memory.max", "memory.high", "memory.limit_in_bytes")
    ]
    return min([_physical_memory_bytes(), *(int(limit) for limit in limits if limit)])


def resident_bytes(process_id: int) -> int:
    """Memory that a process has now; 0 where that cannot be told."""
    try:
        pages = Path(f"/proc/{process_id}/statm").read_text(encoding="ascii").split()[1]
        return int(pages) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError, ValueError):
        return 0


def _affinity() -> int:
    if hasattr(os, "sched_getaffinity"):  # Linux.
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def _physical_memory_bytes() -> int:
    return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")


def _groups(root: Path, controller: str) -> Iterator[Path]:
    """The folders that limit this process: its own group and those above; a limit on any of them holds."""
    try:
        lines = (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines()
    except OSError:  # No Linux, or no /proc.
        return
    for line in lines:
        _, controllers, group = line.split(":", 2)
        mount = root / "sys/fs/cgroup"
        if controllers and controller not in controllers.split(","):
            continue
        path = PurePosixPath(group.lstrip("/"))
        for part in (path, *path.parents):
            yield (mount / controller if controllers else mount) / part


def _cpu_quota(group: Path) -> float | None:
    """Cores' worth of time that a group may use; None without a limit."""
    try:
        quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
        return int(quota) / int(period) or None
    except (OSError, ValueError, ZeroDivisionError):  # The file is missing, or says "max".
        pass
    quota_us, period_us = _number(group / "cpu.cfs_quota_us"), _number(group / "cpu.cfs_period_us")
    return quota_us / period_us if quota_us and period_us else None


def _number(file: Path) -> float | None:
    """A positive number out of a file; None where it is missing or says that there is no limit."""
    try:
        number = int(file.read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None
    return number if number > 0 else None
