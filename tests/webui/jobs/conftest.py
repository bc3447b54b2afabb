"""Jobs of a kind that does what a test says."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from webui.accounts.identity import Caller
from webui.jobs import kinds, queue
from webui.jobs.models import Job

Submit = Callable[..., Job]
Does = Callable[[str], None]


@pytest.fixture
def does(monkeypatch: pytest.MonkeyPatch) -> Does:
    """Says in Python what jobs of the kind `test` do; `out` is their folder."""

    def set_command(code: str) -> None:
        script = f"import json, sys, time\nfrom pathlib import Path\nout = Path(sys.argv[-1])\n{code}\n"

        def command(job: Job, folder: Path) -> list[str]:
            path = folder / "script.py"
            path.write_text(script)
            return ["cProfile", "-o", os.devnull, str(path), str(folder)]  # It runs a script.

        monkeypatch.setitem(kinds._kinds, "test", kinds.Kind(command))

    set_command("pass")
    return set_command


@pytest.fixture
def submit(db: None, does: Does) -> Submit:
    """Puts a job into the queue, of a visitor of the name that is given."""

    def put(visitor: str = "ann", kind: str = "test") -> Job:
        return queue.submit(kind, Caller(visitor=visitor), lambda job: None)

    return put
