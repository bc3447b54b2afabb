"""Reads the memory, the processor time and the children of processes from Linux's /proc."""

from __future__ import annotations

import os
import re
from pathlib import Path

from benchmarks.rows import Memory

_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")
_TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")


def memory(pid: int | None = None) -> Memory:
    """Resident memory of a process (default: this one), now and at its peak."""
    status = Path(f"/proc/{pid or 'self'}/status").read_text(encoding="utf-8")
    kilobytes = {name: int(value) for name, value in re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status, re.MULTILINE)}
    return Memory(resident_mb=kilobytes["VmRSS"] * 1.024e-3, peak_mb=kilobytes["VmHWM"] * 1.024e-3)


def resident_mb(pid: int) -> float:
    """As `memory`, without the peak."""
    return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE_BYTES / 10**6


def children(pid: int) -> list[int]:
    """Processes that this one has started and that still run."""
    threads = Path(f"/proc/{pid}/task").iterdir()
    return sorted(int(child) for thread in threads for child in (thread / "children").read_text().split())


def cpu_s(pid: int) -> float:
    """Processor time of a process and its threads, in seconds."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND  # utime and stime, see proc(5).


def forget_peak(pid: int) -> None:
    """Lets the peak of `memory` begin anew."""
    Path(f"/proc/{pid}/clear_refs").write_text("5", encoding="ascii")
