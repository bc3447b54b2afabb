"""Runs a command at the lowest priority, watches its time and memory, and ends it with whoever started it.

    launch.py (in the new process): nice, few cores, ends with its parent -> the command
    here, twice a second: ended? | too long? | too much memory? | still wanted? -> terminate, then kill

Memory is what is resident, as Linux tells it; elsewhere only the time is watched.
"""

from __future__ import annotations

import enum
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from recognizer import machine

_LAUNCH = Path(__file__).with_name("launch.py")
_LOOK_EVERY_S = 0.5
_GRACE_S = 5.0
# A command that reads pictures needs none of these.
_SECRETS = ("DATABASE_URL", "MENAGERIE_SECRET_KEY", "MENAGERIE_METRICS_TOKEN")


@dataclass(frozen=True)
class Limits:
    """What a command may take."""

    seconds: float
    memory_bytes: int
    cores: int = 1
    nice: int = 19
    """How far it gives way to other processes, 0 to 19: not at all, or entirely."""
    grace_s: float = _GRACE_S
    """How long it may take to end by itself where it is not wanted any more."""


class Ended(enum.Enum):
    """How a command ended."""

    DONE = enum.auto()
    FAILED = enum.auto()
    TIME = enum.auto()
    MEMORY = enum.auto()
    TAKEN_AWAY = enum.auto()
    """Nobody wants it any more."""


def run(
    command: Sequence[str], log: Path, limits: Limits, is_wanted: Callable[[], bool], *, every_s: float = 2.0
) -> Ended:
    """Runs a command to its end, or to that of its limits. Whatever is raised here ends it, too.

    Args:
        command: program and arguments.
        log: file for what it prints.
        limits: of time and memory.
        is_wanted: asked every `every_s` seconds; False ends the command.
        every_s: seconds.
    """
    environment = {name: value for name, value in os.environ.items() if name not in _SECRETS}
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - a command of ours, without a shell.
            [sys.executable, str(_LAUNCH), str(os.getpid()), str(limits.cores), str(limits.nice), *command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env=environment,
            start_new_session=True,
        )
    grace_s = _GRACE_S
    try:
        ended = _watched(process, limits, is_wanted, every_s)
        grace_s = limits.grace_s if ended is Ended.TAKEN_AWAY else _GRACE_S
        return ended
    finally:
        _end(process, grace_s)


def _watched(process: subprocess.Popen[bytes], limits: Limits, is_wanted: Callable[[], bool], every_s: float) -> Ended:
    started = asked = time.monotonic()
    while True:
        with suppress(subprocess.TimeoutExpired):
            return Ended.DONE if process.wait(_LOOK_EVERY_S) == 0 else Ended.FAILED
        now = time.monotonic()
        if now - started > limits.seconds:
            return Ended.TIME
        if machine.resident_bytes(process.pid) > limits.memory_bytes:
            return Ended.MEMORY
        if now - asked >= every_s:
            asked = now
            if not is_wanted():
                return Ended.TAKEN_AWAY


def _end(process: subprocess.Popen[bytes], grace_s: float) -> None:
    """Asks the command and all that it started to end; makes them, if they do not."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with suppress(ProcessLookupError):  # Nobody is left in its group.
            os.killpg(process.pid, number)
        with suppress(subprocess.TimeoutExpired):
            process.wait(grace_s)
