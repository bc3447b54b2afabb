"""Removes once an hour what the history may not keep any longer.

    older than MENAGERIE_KEEP_DAYS -> gone; pictures of more than MENAGERIE_KEEP_GB -> the oldest answers go
    pictures without an answer -> gone

An accepted correction is kept for training, with its answer, until somebody deletes it.
"""

from __future__ import annotations

import logging
import threading
import time
import uuid
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.conf import settings
from django.db import connection
from django.db.models import Q, Sum
from django.utils import timezone

from webui.config.shared_storage import StorageError
from webui.history import pictures
from webui.history.models import Answer, Answers, State
from webui.history.removal import delete, empty_the_log_of_changes

EVERY_S = 3600.0
# Not while the model is being opened.
_FIRST_AFTER_S = 60.0
_CHUNK = 500
# A picture is written before its row; one that is younger than this may still be waiting for it.
_ORPHAN_AGE_S = 600

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Removed:
    """How much a run removed, or would remove."""

    too_old: int
    over_the_limit: int
    orphans: int
    """Pictures without an answer."""


def enforce(*, dry_run: bool = False) -> Removed:
    """Removes everything that the settings do not allow to be kept; a dry run only counts it.

    Several processes may do so at the same time.
    """
    oldest = timezone.now() - timedelta(days=settings.ENVIRONMENT.keep_days)
    written_before_s = time.time() - _ORPHAN_AGE_S
    too_old = _removable().filter(created__lt=oldest)
    surplus = _surplus(oldest)
    orphans = list(_orphans(written_before_s))
    if dry_run:
        return Removed(too_old.count(), len(surplus), len(orphans))
    pictures.remove(orphans)
    pictures.remove_drafts_before(written_before_s)
    return Removed(delete(too_old), _delete(surplus), len(orphans))


class Upkeep:
    """The thread that enforces the retention once an hour, whether somebody uses the server or not."""

    def __init__(self, *enforce: Callable[[], object]) -> None:
        """Prepares; `start` begins. Each of the functions removes what it may not keep."""
        self._enforce = enforce
        self._stopped = threading.Event()
        self._failing = False

    def start(self) -> None:
        """Starts the thread."""
        threading.Thread(target=self.run, name="history-upkeep", daemon=True).start()

    def stop(self) -> None:
        """Ends the thread after the run that is under way."""
        self._stopped.set()

    def run(self, *, first_after_s: float = _FIRST_AFTER_S, every_s: float = EVERY_S) -> None:
        """Enforces the retention again and again until `stop`."""
        pause_s = first_after_s
        while not self._stopped.wait(pause_s):
            self.once()
            pause_s = every_s

    def once(self) -> None:
        """Enforces the retention now; where that fails, the log says so the first time."""
        try:
            for remove in self._enforce:
                remove()
            empty_the_log_of_changes()
            self._failing = False
        except Exception:  # The edge of a thread: the next hour may be better.
            if not self._failing:
                _logger.exception("What the history may not keep any longer could not be removed.")
            self._failing = True
        finally:
            connection.close()


def _removable() -> Answers:
    return Answer.objects.exclude(correction__state=State.ACCEPTED)


def _surplus(oldest: datetime) -> list[uuid.UUID]:
    """The oldest answers whose pictures are more than may be kept, without those that are too old anyway."""
    staying = Answer.objects.filter(Q(created__gte=oldest) | Q(correction__state=State.ACCEPTED))
    excess = (staying.aggregate(total=Sum("picture_bytes"))["total"] or 0) - settings.ENVIRONMENT.keep_gb * 2**30
    oldest_first = _removable().filter(created__gte=oldest).order_by("created")
    found: list[uuid.UUID] = []
    if excess > 0:
        for answer_id, size in oldest_first.values_list("id", "picture_bytes").iterator():
            found.append(answer_id)
            excess -= size
            if excess <= 0:
                break
    return found


def _orphans(written_before_s: float) -> Iterator[uuid.UUID]:
    try:
        kept = list(pictures.kept_before(written_before_s))
    except StorageError as err:  # The answers go all the same, and the next hour finds their pictures.
        _logger.warning("Pictures without an answer cannot be looked for: %s", err.strerror)
        return
    for chunk in _chunks(kept):
        yield from set(chunk) - set(Answer.objects.filter(id__in=chunk).values_list("id", flat=True))


def _delete(answer_ids: Sequence[uuid.UUID]) -> int:
    """Deletes answers, but for those that have been accepted since they were chosen."""
    return sum(delete(_removable().filter(id__in=chunk)) for chunk in _chunks(answer_ids))


def _chunks(answer_ids: Sequence[uuid.UUID]) -> Iterator[Sequence[uuid.UUID]]:
    for start in range(0, len(answer_ids), _CHUNK):
        yield answer_ids[start : start + _CHUNK]
