"""gunicorn has the names that our worker builds on. The worker is not loaded here: without them it could not be."""

from __future__ import annotations

import inspect
import logging
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import gunicorn
import pytest
from gunicorn import arbiter
from gunicorn.config import Config
from gunicorn.workers import gthread

from tests.test_docs import first_column

NAMES = sorted(name for name in first_column("docs/server.md") if not name.startswith("webui/"))
CURE = (
    "The worker builds on it (docs/server.md): keep the release in requirements.txt, or change webui/server/worker.py."
)


class Socket:
    def setblocking(self, flag: bool) -> None:
        """Does not matter here."""


@pytest.fixture
def owners() -> Iterator[dict[str, Any]]:
    """What of gunicorn the tables speak of, by the word before the dot."""
    worker = gthread.ThreadWorker(0, 0, [], None, 30, Config(), logging.getLogger(__name__))
    yield {
        "gthread": gthread,
        "ThreadWorker": worker,
        "TConn": gthread.TConn(Config(), Socket(), None, None),
        "RequestParser": pkgutil.resolve_name("gunicorn.http.parser:RequestParser")(Config(), iter([]), None),
        "Unreader": pkgutil.resolve_name("gunicorn.http.unreader:Unreader"),
    }
    worker.tmp.close()


def test_gunicorn_has_every_name_that_the_worker_builds_on(owners: dict[str, Any]) -> None:
    split = [(name, *name.split(".")) for name in NAMES]
    gone = [name for name, owner, attribute in split if not hasattr(owners[owner], attribute)]

    assert NAMES
    assert not gone, f"gunicorn {gunicorn.__version__} has no {', '.join(gone)} any more. {CURE}"


def test_gunicorn_calls_every_method_that_the_worker_replaces() -> None:
    callers = inspect.getsource(gthread) + inspect.getsource(arbiter)
    methods = [name.partition(".")[2] for name in NAMES if name.startswith("ThreadWorker.")]

    uncalled = [name for name in methods if not re.search(rf"(self|worker_class)\.{name}\b", callers)]

    assert not uncalled, f"gunicorn {gunicorn.__version__} calls its worker's {', '.join(uncalled)} no more. {CURE}"
