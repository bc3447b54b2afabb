"""Runs one contender in a process of its own and hands what it finds to the parent, a JSON object a line.

parent: measure(name) -> python -m benchmarks.contender_process NAME PLAN -> {"step": ...} | {"row": ...}
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import TextIO

from benchmarks.plan import Plan
from benchmarks.rows import Row


class NotRunError(Exception):
    """The contender could not be measured on this machine; the text says why."""


def measure(name: str, plan: Plan) -> Iterator[str | Row]:
    """What is being measured, and what was found, as it comes.

    Raises:
        NotRunError: the contender failed, before its first row or later.
    """
    log = plan.path / "logs" / f"{name}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    command = [sys.executable, "-m", "benchmarks.contender_process", name, plan.to_json()]
    with log.open("wb") as errors, subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as process:
        for line in process.stdout or ():
            event = json.loads(line)
            yield event["step"] if "step" in event else Row.from_dict(event["row"])
    if process.returncode:
        raise NotRunError(_reason(log.read_text(encoding="utf-8", errors="replace")))


def _reason(log: str) -> str:
    """The last line of a traceback."""
    lines = [line.strip() for line in log.splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it ended without a word"


def _main(name: str, plan: Plan) -> None:
    from benchmarks.contenders import CONTENDERS

    events = _standard_output_for_ourselves()

    def say(event: dict[str, object]) -> None:
        print(json.dumps(event), file=events, flush=True)

    for row in CONTENDERS[name](plan, lambda text: say({"step": text})):
        say({"row": row.to_dict()})


def _standard_output_for_ourselves() -> TextIO:
    """What libraries print goes to the log from here on."""
    ours = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    return ours


if __name__ == "__main__":
    _main(sys.argv[1], Plan.from_json(sys.argv[2]))
