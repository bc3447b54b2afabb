"""Deletes answers and with each its picture, be it deleted here, in the admin or with an account.

an answer is deleted -> that is committed -> its picture is removed; SQLite's log of changes is emptied by the upkeep
"""

from __future__ import annotations

import functools
from typing import Any

from django.db import connection, transaction
from django.db.models.signals import post_delete
from django.dispatch import receiver

from webui.history import pictures
from webui.history.models import Answer, Answers

_CHUNK = 500


def delete(answers: Answers) -> int:
    """Deletes answers with their corrections and pictures, some at a time; returns how many."""
    deleted = 0
    while ids := list(answers.order_by().values_list("id", flat=True)[:_CHUNK]):
        Answer.objects.filter(id__in=ids).delete()
        deleted += len(ids)
    return deleted


def empty_the_log_of_changes() -> None:
    """Empties SQLite's WAL, in which what has been deleted would stay until it is written over; PostgreSQL has vacuum.

    Readers are waited for, as long as for any write; where they do not end, the next hour may be better.
    """
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


@receiver(post_delete, sender=Answer)
def _remove_picture(instance: Answer, **_: Any) -> None:
    transaction.on_commit(functools.partial(pictures.remove, [instance.id]))
