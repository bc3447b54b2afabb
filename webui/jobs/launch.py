"""Begins a job's process: `python launch.py PARENT CORES NICE COMMAND ...`, at a low priority, to end with its parent.

A file of its own that imports nothing of ours: what it sets lasts through `exec`, and the command knows nothing of it.
"""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from contextlib import suppress

# Where Linux groups processes by session, as most desktops do, `nice` counts inside a session alone, and this one is a
# session of its own: sched(7), "The autogroup feature".
_AUTOGROUP = "/proc/self/autogroup"
_SET_PARENT_DEATH_SIGNAL = 1  # PR_SET_PDEATHSIG of Linux's prctl(2).


def main(parent: int, cores: int, nice: int, command: list[str]) -> None:
    """Becomes the command, on so many of the cores that this process may use, and as nice to others, 0 to 19."""
    os.nice(max(0, nice - os.nice(0)))  # Whoever started it may have given way already.
    with suppress(OSError), open(_AUTOGROUP, "w", encoding="ascii") as autogroup:  # noqa: PTH123 - it imports little.
        autogroup.write(str(nice))
    with suppress(OSError, AttributeError):  # No Linux.
        os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[-cores:])
    with suppress(OSError, AttributeError):  # No Linux.
        ctypes.CDLL(None).prctl(_SET_PARENT_DEATH_SIGNAL, signal.SIGKILL)
    if os.getppid() != parent:  # It died before that.
        sys.exit(1)
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted.


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4:])
