"""How much disk space batches take: of one person, of all, and what is left of the disk."""

from __future__ import annotations

import shutil
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from django.conf import settings

from webui.accounts.identity import Caller
from webui.batches.command import KIND
from webui.config import data_folder
from webui.jobs import folder, queue
from webui.jobs.models import Job
from webui.problems import StorageFull, TooManyBatches

# The database, the history and the log need some, too.
_LEFT_FREE_BYTES = 256 * 2**20


@dataclass(frozen=True)
class Room:
    """The room for what somebody sends."""

    caller: Caller

    def refuse_without(self, coming_bytes: int = 0) -> None:
        """Refuses where there is no room for so many bytes more.

        Raises:
            TooManyBatches: the caller's own batches take too much, or too many of them are not done.
            QueueFull: those of all, see `queue.py`.
            StorageFull: they, or others, take too much of the disk.
        """
        most = settings.ENVIRONMENT.batches_bytes
        try:
            queue.refuse_too_many(self.caller)
        except queue.TooManyOfOne as err:
            raise TooManyBatches(f"{err} Wait until one is done, or delete one.") from err
        own = Job.objects.belonging_to(self.caller).filter(kind=KIND).values_list("id", flat=True)
        if bytes_of(own) + coming_bytes > most // 2:
            raise TooManyBatches(
                f"Your batches may take {most // 2**21:,} MB, half of MENAGERIE_BATCHES_GB, and this one would be too"
                " much. Wait until one is done, or delete one."
            )
        if bytes_of(folder.kept()) + coming_bytes > most:
            raise StorageFull(
                f"All batches together may take {most // 2**20:,} MB (MENAGERIE_BATCHES_GB), and this one would be too"
                " much. Try again later."
            )
        data_folder.make(folder.root())
        if shutil.disk_usage(folder.root()).free < coming_bytes + _LEFT_FREE_BYTES:
            raise StorageFull("The server's disk has no room for it. Its operator has to know.")


def bytes_of(jobs: Iterable[uuid.UUID]) -> int:
    """What the folders of jobs take, in bytes."""
    total = 0
    for job_id in jobs:
        with suppress(OSError):  # It is gone meanwhile.
            total += sum(each.stat().st_size for each in folder.path_of(job_id).iterdir())
    return total
