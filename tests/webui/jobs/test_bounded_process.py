"""A job's process: lowest priority, bounded time and memory, and an end with whoever started it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from webui.jobs import bounded_process
from webui.jobs.bounded_process import Ended, Limits

pytestmark = pytest.mark.slow

PLENTY = Limits(seconds=60, memory_bytes=2**32)


def run(code: str, log: Path, limits: Limits = PLENTY, *, is_wanted: bool = True) -> Ended:
    return bounded_process.run([sys.executable, "-c", code], log, limits, lambda: is_wanted, every_s=0.1)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which cores a process may use")
def test_it_runs_at_the_lowest_priority_on_one_core_without_our_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://user:password@host/name")
    monkeypatch.setenv("MENAGERIE_SECRET_KEY", "secret")

    ended = run(
        "import os; print(os.nice(0), os.environ.keys() & {'DATABASE_URL', 'MENAGERIE_SECRET_KEY'},"
        " len(os.sched_getaffinity(0)))",
        tmp_path / "log",
    )

    assert ended is Ended.DONE
    assert (tmp_path / "log").read_text() == "19 set() 1\n"


def test_it_gives_way_as_far_as_is_wanted(tmp_path: Path) -> None:
    before = os.nice(0)

    for nice in (before, 19):
        assert run("import os; print(os.nice(0))", tmp_path / "log", Limits(60, 2**32, nice=nice)) is Ended.DONE
        assert (tmp_path / "log").read_text() == f"{nice}\n"


@pytest.mark.skipif(not Path("/proc/self/autogroup").exists(), reason="this kernel groups no sessions")
def test_its_session_has_the_lowest_priority_too(tmp_path: Path) -> None:
    run("print(open('/proc/self/autogroup').read())", tmp_path / "log")

    assert "nice 19" in (tmp_path / "log").read_text()


def test_what_it_prints_when_it_fails_is_in_the_log(tmp_path: Path) -> None:
    assert run("raise SystemExit('no such picture')", tmp_path / "log") is Ended.FAILED
    assert (tmp_path / "log").read_text() == "no such picture\n"


def test_it_ends_where_it_takes_too_long_too_much_or_nobody_wants_it(tmp_path: Path) -> None:
    forever, greedy = "import time; time.sleep(600)", "import time; x = bytearray(2**28); time.sleep(600)"

    assert run(forever, tmp_path / "log", Limits(seconds=0.1, memory_bytes=2**32)) is Ended.TIME
    assert run(greedy, tmp_path / "log", Limits(seconds=600, memory_bytes=2**27)) is Ended.MEMORY
    assert run(forever, tmp_path / "log", is_wanted=False) is Ended.TAKEN_AWAY


def test_one_that_does_not_want_to_end_is_made_to_with_all_that_it_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_process, "_GRACE_S", 1.0)
    stubborn = (
        "import os, signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); os.fork();"
        "print(os.getpid(), flush=True); time.sleep(60)"
    )

    log = tmp_path / "log"

    def is_wanted() -> bool:
        return log.read_text().count("\n") < 2  # Until both are there.

    command = [sys.executable, "-c", stubborn]
    assert bounded_process.run(command, log, Limits(60, 2**32), is_wanted, every_s=0.1) is Ended.TAKEN_AWAY

    processes = [int(line) for line in (tmp_path / "log").read_text().split()]
    assert len(processes) == 2
    assert all(gone(process) for process in processes)


def test_what_a_command_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    leaves = (
        "import os, signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "child = os.fork()\n"
        "if child: print(child)\n"
        "else: time.sleep(60)\n"
    )

    assert run(leaves, tmp_path / "log") is Ended.DONE

    assert gone(int((tmp_path / "log").read_text()))


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a process that its parent has died")
def test_it_ends_with_a_worker_that_is_killed(tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; import sys; from webui.jobs.bounded_process import run, Limits;"
        "job = 'import os, time; print(os.getpid(), flush=True); time.sleep(60)';"
        f"run([sys.executable, '-c', job], Path({str(tmp_path / 'log')!r}), Limits(60, 2**32), lambda: True)"
    )
    worker = subprocess.Popen([sys.executable, "-c", code])
    process = first_number(tmp_path / "log")

    worker.kill()
    worker.wait()

    assert gone(process)


def first_number(log: Path) -> int:
    deadline = time.monotonic() + 30
    while not (log.exists() and log.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.05)
    return int(log.read_text())


def is_running(process: int) -> bool:
    """Whether it is there, and no zombie that somebody else has to bury."""
    try:
        return " Z " not in Path(f"/proc/{process}/stat").read_text()
    except OSError:
        return False


def gone(process: int) -> bool:
    deadline = time.monotonic() + 10
    while is_running(process) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not is_running(process)


def test_what_nobody_wants_any_more_may_keep_what_is_done_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bounded_process, "_GRACE_S", 0.1)
    (tmp_path / "late.py").write_text(
        "import signal, sys, time\n"
        "from pathlib import Path\n"
        "here = Path(__file__).parent\n"
        "signal.signal(signal.SIGTERM, lambda *_: (time.sleep(1), (here / 'kept').touch(), sys.exit()))\n"
        "(here / 'ready').touch()\n"
        "time.sleep(60)\n"
    )
    command = [sys.executable, str(tmp_path / "late.py")]
    limits = Limits(60, 2**32, grace_s=30)

    ended = bounded_process.run(
        command, tmp_path / "log", limits, lambda: not (tmp_path / "ready").exists(), every_s=0.1
    )

    assert ended is Ended.TAKEN_AWAY
    assert (tmp_path / "kept").exists()
