"""Activates a version in the background: it is opened, compiled and tried first, which takes seconds.

    start() -> Switch, running -> thread: registry.activate -> Switch, done | failed
    each server process follows by itself, see inference/model_watch.py

Going back to the previous version is the same as activating it by its name, so whoever confirmed one name gets just
that, whatever others have done meanwhile.
"""

from __future__ import annotations

import logging
from contextlib import suppress

from django.conf import settings
from django.contrib.admin.models import CHANGE, LogEntry
from django.db import DatabaseError

from recognizer.errors import MenagerieError, OperatorError
from recognizer.registry import activate, versions
from webui import background
from webui.accounts.models import ApiKey, User
from webui.background import Run
from webui.inference import served_model
from webui.versions.listing import Listed
from webui.versions.models import Outcome, Switch, SwitchKind

LOCK_TIMEOUT_S = 5.0
"""How long an activation from a command line is waited for."""

_logger = logging.getLogger(__name__)


class Pinned(OperatorError):
    """The setting `MENAGERIE_MODEL` says what is served, so nothing that is activated would be."""

    code = "model_is_set"
    title = "The model is set"


class Switcher:
    """The activations of one process."""

    def __init__(self, run: Run = background.run) -> None:
        self._run = run
        self._under_way: list[Switch] = []

    def start(self, version: Listed, by: User, *, key: ApiKey | None = None) -> Switch:
        """Begins to make a version active.

        Args:
            version: which one.
            by: whoever asks for it.
            key: the API key by which it is asked for; None on the page.

        Raises:
            Pinned: it would change nothing.
            SwitchRunning: another one is being tried.
        """
        if settings.ENVIRONMENT.model is not None:
            raise Pinned("MENAGERIE_MODEL is set: this server answers with that file, whatever is active.")
        before = versions.or_none(versions.active, settings.ENVIRONMENT.models)
        kind = SwitchKind.ROLLBACK if version.is_previous else SwitchKind.ACTIVATE
        switch = Switch.begin(kind, version.stem, before.stem if before else "", by)
        _log(switch, by, f" with the API key {key}" if key else "")
        self._run(lambda: self.carry_out(switch), name="switch")
        return switch

    def carry_out(self, switch: Switch) -> None:
        """Activates a version, and writes down what became of it."""
        self._under_way.append(switch)
        try:
            activate.activate(
                switch.version,
                settings.ENVIRONMENT.models,
                verify=served_model.open_as_set,
                lock_timeout_s=LOCK_TIMEOUT_S,
            )
        except (MenagerieError, OSError) as err:
            _finish(switch, Outcome.FAILED, str(err).replace(f"{settings.ENVIRONMENT.models}/", ""))
        except BaseException as err:  # Nobody else would tell whoever waits.
            _logger.exception("Activating %s failed.", switch.version)
            _finish(switch, Outcome.FAILED, f"{type(err).__name__}, see the server's log.")
        else:
            _finish(switch, Outcome.DONE)
        finally:
            self._under_way.remove(switch)

    def abandon(self) -> None:
        """Gives up what is under way: the process ends, and others need not wait for it."""
        for switch in self._under_way.copy():
            with suppress(DatabaseError):  # Then they wait.
                _finish(switch, Outcome.ABANDONED)


def _finish(switch: Switch, outcome: Outcome, problem: str = "") -> None:
    _logger.info("Activating %s: %s. %s", switch.version, outcome.value, problem)
    switch.finish(outcome, problem)


def _log(switch: Switch, by: User, how: str) -> None:
    """For the pages of the admin, beside what staff do there."""
    _logger.info("%s asked to %s %s%s (active: %s).", by, switch.kind, switch.version, how, switch.before or "none")
    LogEntry.objects.log_actions(
        by.pk, Switch.objects.filter(pk=switch.pk), CHANGE, f"{switch.kind} {switch.version}{how}", single_object=True
    )
