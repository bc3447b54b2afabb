"""Keeps the models folder of a server like those of the others: versions, and which of them is active.

    twice a second, one process of a server: rows of the database <-> the models folder
        a row that is new or has changed        -> its files are fetched
        a version that is new or has changed    -> its files are put into the storage, and its row is written
        another server has activated a version  -> ACTIVE; the model watch opens it
        somebody has activated one here         -> the row of the active version

What changed at both ends is what the row says. A file beside it notes what was the same the last time. What fails for
one version holds up no other. A server by itself has no rows, and nothing of this runs.
"""

from __future__ import annotations

import atexit
import json
import logging
import shutil
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection
from django.db.models import F, Q
from filelock import FileLock, Timeout

from recognizer import files
from recognizer.errors import CallerError, MenagerieError
from recognizer.registry import activate, versions
from webui import background
from webui.background import Run
from webui.config import shared_storage
from webui.versions import model_objects
from webui.versions.model_objects import DRAFTS, Signature
from webui.versions.models import SharedActive, SharedModel

if TYPE_CHECKING:  # It loads boto3, which only those have who want a storage.
    from webui.config.object_storage import ObjectStorage

INTERVAL_S = 0.5
_LOCK_TIMEOUT_S = 5.0
_LOCK, _NOTES = ".shared.lock", ".shared.json"
_MAX_NOTES_BYTES = 16 * 2**20

_logger = logging.getLogger(__name__)


class InUse(CallerError):
    """The version is one that answers, or that a rollback goes to."""

    code = "in_use"
    title = "The version is in use"


@dataclass
class Notes:
    """What was the same here and in the database, the last time."""

    revisions: dict[str, int] = field(default_factory=dict)
    """Of the rows, by stem."""
    signatures: dict[str, Signature] = field(default_factory=dict)
    """Of the files, by stem."""
    active_revision: int = 0
    pointers: list[str] = field(default_factory=lambda: ["", ""])
    """Stems of the active version and the one before."""


class Follower:
    """The thread of a process that keeps the models folder like those of other servers."""

    def __init__(self, *, interval_s: float = INTERVAL_S, run: Run = background.run) -> None:
        """Prepares; `start` begins."""
        self._interval_s = interval_s
        self._run = run
        self._stopped = threading.Event()
        self._seen: dict[str, Signature] = {}
        self.problem: str | None = None
        """Why this server's models may not be those of the others; None where they are."""

    def start(self) -> None:
        """Begins, where there may be other servers."""
        if settings.ENVIRONMENT.is_one_of_several:
            atexit.register(self.stop)
            self._run(self.run, name="follow-models")

    def stop(self) -> None:
        """Ends it after the look that is under way."""
        self._stopped.set()

    def run(self) -> None:
        """Looks again and again until `stop`."""
        while not self._stopped.wait(self._interval_s):
            storage = shared_storage.current()
            if storage is not None:
                self.look(storage)

    def look(self, storage: ObjectStorage, *, is_first: bool = False) -> None:
        """Looks once; where that fails, `problem` and the log say why.

        Args:
            storage: what the servers share.
            is_first: before the server starts: what lies here need not have settled, and is not waited for.
        """
        folder = settings.ENVIRONMENT.models
        try:
            with FileLock(folder / _LOCK, timeout=0, mode=0o666):
                problems = _Look(folder, storage, self._seen, is_first=is_first).at_all()
            self._tell(_sentence(_together(problems)) if problems else None)
        except Timeout:  # Another process of this server is at it.
            return
        except (MenagerieError, OSError, DatabaseError) as err:
            self._tell(_sentence(_reason(err)))
        except Exception as err:  # The edge of a thread.
            _logger.exception("Following the models of other servers failed.")
            self._tell(_sentence(f"{type(err).__name__}, see the log."))
        finally:
            if not connection.in_atomic_block:
                connection.close()

    def _tell(self, problem: str | None) -> None:
        if problem and problem != self.problem:
            _logger.error("%s", problem)
        self.problem = problem


class _Look:
    """One look at the folder and the database."""

    def __init__(self, folder: Path, storage: ObjectStorage, seen: dict[str, Signature], *, is_first: bool) -> None:
        self._folder = folder
        self._storage = storage
        self._seen = seen
        self._is_first = is_first
        self._notes = _read(folder / _NOTES)
        self._before = asdict(self._notes)
        self._problems: dict[str, str] = {}

    def at_all(self) -> Mapping[str, str]:
        """Compares versions, then which is active; returns why that failed, by the stems of those where it did."""
        for drafts in self._folder.glob(f"{DRAFTS}*/"):  # Left by a process that was killed: we have the lock.
            shutil.rmtree(drafts, ignore_errors=True)
        try:
            self._take_over()
            self._hand_over()
            self._agree_on_the_active()
        finally:
            if asdict(self._notes) != self._before:
                files.write_whole(self._folder / _NOTES, json.dumps(asdict(self._notes)).encode())
        return self._problems

    @contextmanager
    def _by_itself(self, stem: str) -> Iterator[None]:
        """Keeps what fails for this version from the others; the first reason is told."""
        try:
            yield
        except (MenagerieError, OSError) as err:
            self._problems.setdefault(stem, _reason(err))

    def _take_over(self) -> None:
        for row in SharedModel.objects.defer("files").order_by("pk"):
            if self._notes.revisions.get(row.stem) != row.revision:
                with self._by_itself(row.stem):
                    self._take(row)

    def _take(self, row: SharedModel) -> None:
        if row.removed:
            self._remove(row)
        else:
            model_objects.fetch(self._storage, self._folder, row.stem, row.files)
            _logger.info("%s is here now, as on the other servers.", row.stem)
        self._note(row.stem, row.revision)

    def _remove(self, row: SharedModel) -> None:
        active = versions.or_none(versions.active, self._folder)
        is_changed = self._notes.signatures.get(row.stem) != model_objects.signature_of(self._folder, row.stem)
        if not is_changed and (active is None or active.stem != row.stem):
            model_objects.remove(self._folder, row.stem)

    def _hand_over(self) -> None:
        for path in versions.model_files(self._folder):
            if path.stem not in self._problems:
                with self._by_itself(path.stem):
                    self._hand(path.stem)

    def _hand(self, stem: str) -> None:
        signature = model_objects.signature_of(self._folder, stem)
        if signature == self._notes.signatures.get(stem):
            return
        has_settled, self._seen[stem] = self._seen.get(stem) == signature, signature
        if has_settled or self._is_first:
            self._publish(stem)

    def _publish(self, stem: str) -> None:
        model_objects.countersign(self._folder, stem)
        row = SharedModel.objects.filter(pk=stem).first()
        found = model_objects.publish(self._storage, self._folder, stem, row.files if row and not row.removed else {})
        digest = found.get(f"{stem}.h5", "")
        if row is None:
            with suppress(IntegrityError):  # Another server was faster; the next look sees its row.
                SharedModel.objects.create(stem=stem, digest=digest, files=found)
                self._note(stem, 1)
        elif row.digest != digest and not row.removed:
            self._put_back(row)
        else:
            together = found if row.removed else {**row.files, **found}
            same = SharedModel.objects.filter(pk=stem, revision=row.revision)
            if same.update(digest=digest, files=together, removed=False, revision=F("revision") + 1):
                self._note(stem, row.revision + 1)

    def _put_back(self, row: SharedModel) -> None:
        """The name stands for another file on all servers: that one answers here, too."""
        model_objects.fetch(self._storage, self._folder, row.stem, row.files)
        self._note(row.stem, row.revision)
        _logger.error(
            "%s was put into the models folder, but on the other servers it is another file: give it another version.",
            row.stem,
        )

    def _note(self, stem: str, revision: int) -> None:
        self._notes.revisions[stem] = revision
        self._notes.signatures[stem] = model_objects.signature_of(self._folder, stem)

    def _agree_on_the_active(self) -> None:
        row = SharedActive.objects.filter(pk=1).first()
        here = [_stem(versions.active, self._folder), _stem(versions.previous, self._folder)]
        if row is None:
            if here[0] and here[0] in self._notes.revisions:
                row, is_ours = SharedActive.objects.get_or_create(
                    pk=1, defaults={"active": here[0], "previous": here[1]}
                )
                if is_ours:
                    self._notes.active_revision, self._notes.pointers = row.revision, here
        elif row.revision != self._notes.active_revision:
            with self._by_itself(row.active):
                self._follow(row, here)
        elif here != self._notes.pointers and here[0] in self._notes.revisions:
            same = SharedActive.objects.filter(pk=1, revision=row.revision)
            if same.update(active=here[0], previous=here[1], revision=F("revision") + 1):
                self._notes.active_revision, self._notes.pointers = row.revision + 1, here

    def _follow(self, row: SharedActive, here: list[str]) -> None:
        wanted = [row.active, row.previous]
        shared = SharedModel.objects.filter(pk=row.active).first()
        if shared is None or not model_objects.is_here(self._folder, row.active, shared.digest):
            raise model_objects.NotWhatWasSent(f"{row.active} is active on the other servers, and is not here.")
        if here != wanted:
            activate.follow(row.active, row.previous, self._folder, lock_timeout_s=_LOCK_TIMEOUT_S)
        self._notes.active_revision, self._notes.pointers = row.revision, wanted


def forget(storage: ObjectStorage, stem: str) -> bool:
    """Removes a version from all servers, and from the storage; False where they share none of this name.

    Raises:
        InUse: it is active, or was before.
        OSError: the storage cannot be asked; the servers remove it all the same.
    """
    row = SharedModel.objects.filter(pk=stem, removed=False).first()
    if row is None:
        return False
    if SharedActive.objects.filter(Q(active=stem) | Q(previous=stem)).exists():
        raise InUse(f"{stem} is active, or was before, and is what a rollback goes to. Activate others first.")
    SharedModel.objects.filter(pk=stem).update(removed=True, revision=F("revision") + 1)
    used = {content for other in SharedModel.objects.filter(removed=False) for content in other.files.values()}
    for content in set(row.files.values()) - used:
        storage.remove(model_objects.object_of(content))
    return True


def _stem(which: Callable[[Path], Path | None], folder: Path) -> str:
    path = versions.or_none(which, folder)
    return path.stem if path else ""


def _read(path: Path) -> Notes:
    """The notes; none where there are none, or they are damaged: then the rows count."""
    try:
        return Notes(**json.loads(files.read_whole(path, _MAX_NOTES_BYTES)))
    except (OSError, ValueError, TypeError):
        return Notes()


def _sentence(reason: str) -> str:
    return f"The models of this server may not be those of the others: {reason}"


def _together(problems: Mapping[str, str]) -> str:
    """One text of the reasons by stem, each once: a storage that is away is the same for all."""
    stems: defaultdict[str, list[str]] = defaultdict(list)
    for stem, reason in problems.items():
        stems[reason].append(stem)
    return " ".join(f"{', '.join(some)}: {reason.rstrip('.')}." for reason, some in stems.items())


def _reason(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else "") or str(error).strip()
