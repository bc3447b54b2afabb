"""A model is compiled once, in a process of its own that may hang, crash or babble without harm to whoever asked."""

from __future__ import annotations

import fcntl
import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from queue import Queue

import pytest

from recognizer.engines import on_demand
from recognizer.engines.on_demand import compile_once
from recognizer.errors import ArtifactError

ROOT = Path(__file__).resolve().parents[3]
LONG_S = 60.0

Interpreter = Callable[[str], Path]


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    path = tmp_path / "models" / "animals-1.h5"
    path.parent.mkdir()
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def interpreter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Interpreter:
    """Puts a shell script in the place of Python; returns the file that it writes its arguments to, call by call."""

    def install(body: str) -> Path:
        script, calls = tmp_path / "python", tmp_path / "calls"
        script.write_text(f'#!/bin/sh\necho "$@" >> {calls}\n{body}\n')
        script.chmod(0o755)
        monkeypatch.setattr(sys, "executable", str(script))
        calls.touch()
        return calls

    return install


def compile_it(model: Path, *, step_limit_s: float = LONG_S) -> list[str]:
    """Compiles a model; returns the steps that were reported."""
    steps: list[str] = []
    compile_once(model, report=steps.append, is_done=lambda: False, step_limit_s=step_limit_s)
    return steps


def failure(model: Path, *, step_limit_s: float = LONG_S) -> str:
    with pytest.raises(ArtifactError) as caught:
        compile_it(model, step_limit_s=step_limit_s)
    return str(caught.value)


def say(**message: object) -> str:
    return f"echo '{json.dumps(message)}'"


# Words


def test_steps_are_reported_as_they_come(model: Path, interpreter: Interpreter) -> None:
    interpreter(f"{say(step='reading')}\n{say(step='converting')}\n{say(parity={})}")

    steps = compile_it(model)

    assert steps[0].startswith("Compiling animals-1.h5 for this machine, once")
    assert steps[1:] == ["animals-1.h5: reading ...", "animals-1.h5: converting ..."]


def test_the_command_is_our_own(model: Path, interpreter: Interpreter) -> None:
    calls = interpreter("")

    compile_it(model)

    assert calls.read_text() == f"-m recognizer compile {model} --json --step-limit 60\n"


def test_the_error_that_it_names_is_raised(model: Path, interpreter: Interpreter) -> None:
    interpreter(f"{say(step='reading')}\n{say(error='This is no model.')}\nexit 1")

    assert failure(model) == "This is no model."


def test_an_error_that_it_names_counts_whatever_comes_after_it(model: Path, interpreter: Interpreter) -> None:
    interpreter(f"{say(error='This is no model.')}\n{say(step='reading')}")

    assert failure(model) == "This is no model."


@pytest.mark.parametrize("code", [1, 2, 137])
def test_an_end_without_a_word_is_a_sentence(model: Path, interpreter: Interpreter, code: int) -> None:
    interpreter(f"exit {code}")

    assert f"animals-1.h5 could not be compiled: the process ended with exit code {code}." in failure(model)


@pytest.mark.parametrize("name", ["SEGV", "KILL", "ABRT"])
def test_a_crash_is_a_sentence(model: Path, interpreter: Interpreter, name: str) -> None:
    number = getattr(signal, f"SIG{name}").value
    interpreter(f"{say(step='reading')}\nulimit -c 0\nkill -{name} $$")

    assert f"the process ended with signal {number}. The file may be damaged" in failure(model)


@pytest.mark.parametrize(
    "line",
    [
        "INFO:nncf: 100 %%",
        "",
        "[1, 2]",
        "7",
        "null",
        '{"step": 7}',
        '{"error": null}',
        '{"step": "x"',
        "[" * 100_000,
        "\\377\\376",
    ],
    ids=lambda line: repr(line[:14]),
)
def test_what_libraries_print_is_passed_over(model: Path, interpreter: Interpreter, line: str) -> None:
    interpreter(f"printf '{line}\\n'\n{say(step='converting')}")

    assert compile_it(model)[1:] == ["animals-1.h5: converting ..."]


def test_a_last_line_may_come_without_an_end(model: Path, interpreter: Interpreter) -> None:
    interpreter(f"{say(step='converting')}\nprintf 'bye'")

    assert len(compile_it(model)) == 2


def test_a_line_that_does_not_end_is_not_collected_for_ever(model: Path, interpreter: Interpreter) -> None:
    interpreter("exec tr '\\0' x < /dev/zero")

    assert "a line without an end" in failure(model)


# Time


@pytest.mark.parametrize(
    "body",
    ["exec sleep 600", f"{say(step='reading')}\nexec sleep 600", "exec >&-\nexec sleep 600"],
    ids=["at once", "later", "with its mouth shut"],
)
def test_a_step_that_takes_too_long_is_stopped(model: Path, interpreter: Interpreter, body: str) -> None:
    interpreter(body)

    assert "a step took longer than 0.3 s. The file may be damaged." in failure(model, step_limit_s=0.3)


def test_many_short_steps_may_take_longer_than_one(model: Path, interpreter: Interpreter) -> None:
    interpreter("\n".join(f"{say(step=str(number))}\nsleep 0.2" for number in range(6)))

    assert len(compile_it(model, step_limit_s=0.8)) == 7


def children() -> set[str]:
    """The processes that this one has started and not yet waited for; a library may have some of its own."""
    return set(Path(f"/proc/self/task/{threading.get_native_id()}/children").read_text().split())


def test_a_process_that_was_stopped_is_gone(model: Path, interpreter: Interpreter) -> None:
    interpreter("exec sleep 60")
    before = children()

    failure(model, step_limit_s=0.3)

    assert children() <= before


@pytest.mark.parametrize("stop", [KeyboardInterrupt, SystemExit, ZeroDivisionError])
def test_whoever_gives_up_waiting_leaves_no_process_behind(
    model: Path, interpreter: Interpreter, stop: type[BaseException]
) -> None:
    interpreter(f"{say(step='reading')}\nexec sleep 60")
    before = children()

    def report(step: str) -> None:
        if "reading" in step:
            raise stop

    with pytest.raises(stop):
        compile_once(model, report=report, is_done=lambda: False, step_limit_s=LONG_S)

    assert children() <= before


def test_without_an_interpreter_there_is_a_sentence(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "executable", str(tmp_path / "nowhere"))

    assert "animals-1.h5 could not be compiled" in failure(model)


# Names


@pytest.mark.parametrize("name", ["a b-1.h5", "-rf.h5", "$(touch x)-1.h5", "ä\n-1.h5", os.fsdecode(b"\xff-1.h5")])
def test_any_file_name_is_one_argument(tmp_path: Path, interpreter: Interpreter, name: str) -> None:
    model = tmp_path / name
    model.write_bytes(b"weights")
    calls = interpreter("")

    compile_it(model)

    assert os.fsencode(model) in calls.read_bytes()


def test_a_link_is_compiled_under_its_own_name(
    model: Path, tmp_path: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "served-1.h5").symlink_to(model)
    calls = interpreter("")
    monkeypatch.chdir(tmp_path)

    compile_it(Path("served-1.h5"))

    assert f" {tmp_path / 'served-1.h5'} " in calls.read_text()


# Once


def test_nothing_is_done_where_all_is_done(model: Path, interpreter: Interpreter) -> None:
    calls = interpreter("")

    compile_once(model, report=print, is_done=lambda: True)

    assert calls.read_text() == ""


def test_whoever_waited_asks_again_whether_all_is_done(model: Path, interpreter: Interpreter, tmp_path: Path) -> None:
    done = tmp_path / "done"
    calls = interpreter(f"sleep 0.5; touch {done}")

    callers = [threading.Thread(target=lambda: compile_once(model, report=len, is_done=done.exists)) for _ in range(4)]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()

    assert len(calls.read_text().splitlines()) == 1


def test_two_models_are_compiled_side_by_side(model: Path, interpreter: Interpreter) -> None:
    other = model.with_name("animals-2.h5")
    other.write_bytes(b"weights")
    calls = interpreter("")

    with on_demand._our_turn(model, len, LONG_S):
        compile_it(other)

    assert len(calls.read_text().splitlines()) == 1


def lock_file(model: Path) -> Path:
    return model.with_name(".animals-1.compiled.lock")


HOLD = (
    "import fcntl, sys; f = open(sys.argv[1], 'w'); fcntl.flock(f, fcntl.LOCK_EX); print('held', flush=True); input()"
)


def test_another_process_is_waited_for(model: Path, interpreter: Interpreter, tmp_path: Path) -> None:
    done, steps = tmp_path / "done", Queue[str]()
    command = [sys.executable, "-c", HOLD, str(lock_file(model))]
    calls = interpreter("")

    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        caller = threading.Thread(target=lambda: compile_once(model, report=steps.put, is_done=done.exists))
        caller.start()
        waiting = steps.get(timeout=10)
        done.touch()
        holder.communicate("\n")
        caller.join(10)

    assert waiting == "Waiting for another process that compiles animals-1.h5."
    assert not caller.is_alive()
    assert calls.read_text() == ""


def test_a_lock_that_is_held_for_ages_is_passed_over(model: Path, interpreter: Interpreter) -> None:
    calls = interpreter("")

    with lock_file(model).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        compile_it(model, step_limit_s=0.2)

    assert len(calls.read_text().splitlines()) == 1


@pytest.mark.parametrize("kind", ["folder", "link", "dangling link", "pipe"])
def test_a_lock_that_cannot_be_had_is_passed_over(
    model: Path, interpreter: Interpreter, tmp_path: Path, kind: str
) -> None:
    calls = interpreter("")
    precious = tmp_path / "precious"
    precious.write_bytes(b"words")
    make = {
        "folder": lambda path: path.mkdir(),
        "link": lambda path: path.symlink_to(precious),
        "dangling link": lambda path: path.symlink_to(tmp_path / "nowhere"),
        "pipe": os.mkfifo,
    }
    make[kind](lock_file(model))

    compile_it(model)

    assert len(calls.read_text().splitlines()) == 1
    assert precious.read_bytes() == b"words"
    assert not (tmp_path / "nowhere").exists()


def test_everyone_may_use_the_lock(model: Path, interpreter: Interpreter) -> None:
    interpreter("")

    compile_it(model)

    assert lock_file(model).stat().st_mode & 0o777 == 0o666


def test_the_lock_is_free_again_after_a_failure(model: Path, interpreter: Interpreter) -> None:
    interpreter("exit 1")
    failure(model)

    with lock_file(model).open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_where_no_graph_can_be_written_nothing_is_started(
    model: Path, interpreter: Interpreter, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls = interpreter("")
    monkeypatch.setattr(os, "access", lambda path, mode: False)

    assert "has no place" in failure(model)
    assert calls.read_text() == ""
