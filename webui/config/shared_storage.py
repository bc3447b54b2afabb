"""Hands out the storage that several servers share, and says how it fails; its library is loaded where there is one."""

from __future__ import annotations

from typing import TYPE_CHECKING, cast

from django.core.files.storage import storages

from recognizer.errors import OperatorError

if TYPE_CHECKING:  # It loads boto3, which only those have who want a storage.
    from webui.config.object_storage import ObjectStorage

ALIAS = "objects"
"""Of the storage in Django's STORAGES."""


class StorageError(OSError):
    """The storage cannot be asked, or refuses. `strerror` is a sentence that names neither address nor key."""

    def __init__(self, number: int, sentence: str, *, cure: str = "") -> None:
        super().__init__(number, sentence)
        self.cure = cure
        """What its operator can do, which may name settings and addresses."""


class StorageUnusable(OperatorError):
    """The storage that MENAGERIE_STORAGE names cannot be used."""

    code = "storage_unusable"
    title = "The storage cannot be used"


def current() -> ObjectStorage | None:
    """The storage of this process; None where MENAGERIE_STORAGE names none."""
    return cast("ObjectStorage", storages[ALIAS]) if ALIAS in storages.backends else None
