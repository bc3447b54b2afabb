"""The objects that a server process has one of each: made together, and handed out by `current()`.

    apps.py: made_by(wiring.make) -> the first current(): make() -> Services; the model begins to open
    a test: use(Services(...))

Each gunicorn process makes its own, after the fork.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # Their modules stand above this one, and ask it for the objects.
    from webui.accounts.first_run import StaffCheck
    from webui.accounts.identity import KeyUse
    from webui.accounts.rate_limits import RateLimits
    from webui.explain.workbench import Workbench
    from webui.history.database_watch import DatabaseWatch
    from webui.history.recorder import Recorder
    from webui.inference.admission import Admission
    from webui.inference.model_watch import ModelWatch
    from webui.inference.served_model import ServedModel
    from webui.tracing.spans import Tracing
    from webui.versions.comparing import Guest
    from webui.versions.following import Follower
    from webui.versions.listing import Listing
    from webui.versions.switching import Switcher


@dataclass(frozen=True)
class Services:
    """The shared objects of one process. All of them are safe to share between threads."""

    admission: Admission
    """The slots for requests that decode and compute."""
    model: ServedModel
    model_watch: ModelWatch
    """Opens `model`, and again when another file should be served."""
    recorder: Recorder
    """Writes the history."""
    database: DatabaseWatch
    """Whether the database can be used."""
    rate_limits: RateLimits
    workbench: Workbench
    """What is known of the pictures that somebody looks into."""
    key_use: KeyUse
    """When each API key was last used."""
    staff_check: StaffCheck
    """Whether there are staff accounts."""
    listing: Listing
    """What is known of the model files."""
    guest: Guest
    """The recognizer of a version that is compared with the one that serves."""
    switcher: Switcher
    """Activates versions."""
    follower: Follower
    """Keeps the model files like those of other servers."""
    tracing: Tracing
    """What OpenTelemetry is told."""
    is_stopping: Callable[[], bool]
    """Whether the process has been asked to stop."""


_make: Callable[[], Services] | None = None
_current: Services | None = None
_lock = threading.Lock()


def made_by(make: Callable[[], Services]) -> None:
    """Registers the function that makes the objects; called when Django starts."""
    global _make  # noqa: PLW0603 - the one place where objects of the whole process are kept.
    _make = make


def current() -> Services:
    """The objects of this process. The first call makes them, and begins to open the model in the background.

    Raises:
        RuntimeError: Django has not been set up.
    """
    global _current  # noqa: PLW0603 - as above.
    with _lock:
        if _current is None:
            if _make is None:
                raise RuntimeError("Expected django.setup() before the first use of services.current().")
            _current = _make()
            _current.model_watch.start()
        return _current


def use(services: Services | None) -> None:
    """Makes these objects the process's own; None: the next call of `current` makes new ones."""
    global _current  # noqa: PLW0603 - as above.
    with _lock:
        _current = services


def close() -> None:
    """Writes what waits for the history, and gives up an activation; called when the process is about to end."""
    if _current is not None:
        _current.recorder.close()
        _current.switcher.abandon()
