"""Keeps one worker running beside the server: `python -m webui.jobs.supervisor`, started by gunicorn's master.

    master -> this, with a pipe -> manage work (a worker) -> one process for each job
    the worker ends -> another one, after a pause     the pipe closes, or SIGTERM -> the worker is stopped

It loads nothing of Django. Whatever way the server ends, its end of the pipe closes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

_WORKER = (sys.executable, "-m", "django", "work")
_PAUSE_S = 5.0
"""Before another worker is started; one that cannot run, for a database that is gone, is tried no oftener."""
_GRACE_S = 8.0


def start() -> subprocess.Popen[bytes]:
    """Starts the supervisor, as gunicorn's master does; `stop` ends it."""
    return subprocess.Popen(
        [sys.executable, "-m", "webui.jobs.supervisor"], stdin=subprocess.PIPE, start_new_session=True
    )


def stop(supervisor: subprocess.Popen[bytes]) -> None:
    """Ends the supervisor and its worker; the job that runs goes back into the queue."""
    if supervisor.stdin:
        supervisor.stdin.close()
    with suppress(subprocess.TimeoutExpired, ChildProcessError):
        supervisor.wait(_GRACE_S + 2)


def main() -> None:
    """Keeps a worker running until nobody wants one any more."""
    unwanted = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: unwanted.set())
    threading.Thread(target=_wait_for_the_end, args=(unwanted,), daemon=True).start()
    while not unwanted.is_set():
        worker = subprocess.Popen(_WORKER, stdin=subprocess.DEVNULL)  # noqa: S603 - a command of ours.
        while not unwanted.wait(0.5) and worker.poll() is None:
            pass
        _stop_worker(worker)
        unwanted.wait(_PAUSE_S)


def _wait_for_the_end(unwanted: threading.Event) -> None:
    with suppress(OSError):
        while os.read(0, 1024):
            pass
    unwanted.set()


def _stop_worker(worker: subprocess.Popen[bytes]) -> None:
    """The first SIGTERM ends a worker that waits, the second one that works, whose job then waits again."""
    deadline = time.monotonic() + _GRACE_S
    for pause_s in (0.5, _GRACE_S):
        if worker.poll() is None:
            worker.terminate()
            with suppress(subprocess.TimeoutExpired):
                worker.wait(min(pause_s, deadline - time.monotonic()))
    if worker.poll() is None:
        worker.kill()


if __name__ == "__main__":
    main()
