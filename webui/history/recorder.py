"""Writes answers into the history in the background, so that no request waits for the database.

    a request -> keep() -> waiting entries -> thread: pictures to files, rows in one transaction for all that wait

Where more wait than there is room for, or the database or the disk fails, the log says so once, and pictures are
answered as before. What was promised by then is tried again; what comes meanwhile is not kept, and not promised.
"""

from __future__ import annotations

import logging
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from django.conf import settings
from django.db import DataError, Error, IntegrityError, connection, transaction
from django.utils import timezone
from PIL import Image

from recognizer import Prediction
from webui import services
from webui.accounts.identity import Caller
from webui.drift import counters
from webui.history import pictures
from webui.history.models import MAX_FILENAME, Answer
from webui.inference.classify import Classified

# Some seconds' worth of a busy process; their pictures take at most 100 MB.
_MAX_WAITING = 128
# Written together, a row costs a quarter: 0.2 ms instead of 0.8.
_GATHER_S = 0.2
# To open a connection anew costs more than to write a row: it is kept while there is something to write.
_IDLE_S = 10.0
_RETRY_S = 5.0
_MAX_TOP = 20
_CLOSE_TIMEOUT_S = 20.0
_FLUSH_TIMEOUT_S = 5.0

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Entry:
    """One answer to be written, with its picture."""

    answer: Answer
    picture: Image.Image


class Recorder:
    """The queue of answers that wait to be written in one process, and the thread that writes them. Thread-safe."""

    def __init__(
        self,
        write: Callable[[Sequence[Entry]], None],
        *,
        max_waiting: int = _MAX_WAITING,
        gather_s: float = _GATHER_S,
        retry_s: float = _RETRY_S,
    ) -> None:
        """Prepares; the first entry starts the thread, thus after a fork.

        Args:
            write: keeps entries, or raises.
            max_waiting: entries that wait at the same time.
            gather_s: how long the first of them waits for others to be written with it, in seconds.
            retry_s: how long after a failure of the database or the disk it is tried again, in seconds.
        """
        self._retry_s = retry_s
        self._write = write
        self._max_waiting = max_waiting
        self._gather_s = gather_s
        self._changed = threading.Condition()
        self._waiting: list[Entry] = []
        self._is_writing = False
        self._closed = False
        self._thread: threading.Thread | None = None
        self._trouble = ""
        """What the log has said last, until something could be written."""
        self.problem: str | None = None
        """Why answers are not kept at this moment; None where they are."""

    def put(self, entry: Entry) -> bool:
        """Queues an entry to be written soon; False where it is not kept. Never waits."""
        with self._changed:
            if self._closed or self.problem:
                return False
            if len(self._waiting) >= self._max_waiting:
                self._complain("The history cannot be written fast enough: some answers are not kept.")
                return False
            self._waiting.append(entry)
            self._changed.notify_all()
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="history", daemon=True)
                self._thread.start()
            return True

    def flush(self, timeout_s: float = _FLUSH_TIMEOUT_S) -> None:
        """Waits until the queue is empty and written, at most `timeout_s` seconds; not while nothing can be."""
        with self._changed:
            self._changed.wait_for(
                lambda: self.problem or (not self._waiting and not self._is_writing),
                timeout_s,
            )

    def close(self, timeout_s: float = _CLOSE_TIMEOUT_S) -> None:
        """Writes what waits, and ends the thread. What comes later is not kept."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()
        if self._thread is not None:
            self._thread.join(timeout_s)

    def _run(self) -> None:
        while entries := self._next():
            self._keep(entries)
        connection.close()

    def _next(self) -> list[Entry]:
        """All that wait, as soon as there are some; none once it is closed."""
        with self._changed:
            self._is_writing = False
            self._changed.notify_all()
            while not self._changed.wait_for(lambda: self._waiting or self._closed, _IDLE_S):
                connection.close()
            self._changed.wait_for(lambda: self._closed or len(self._waiting) >= self._max_waiting, self._gather_s)
            entries, self._waiting = self._waiting, []
            self._is_writing = bool(entries)
            return entries

    def _keep(self, entries: Sequence[Entry]) -> None:
        try:
            with services.current().tracing.span("history", answers=len(entries)):
                self._write(entries)
            self._trouble, self.problem = "", None
        except (IntegrityError, DataError) as err:
            self._keep_one_by_one(entries, err)
        except (Error, OSError) as err:
            self._complain("Answers cannot be written into the history.", err)
            connection.close()
            self._try_again(entries, err)
        except Exception as err:  # noqa: BLE001 - the edge: whoever is answered next must not suffer for it.
            self._complain("Answers cannot be written into the history.", err)
            connection.close()  # The next one may work.

    def _try_again(self, entries: Sequence[Entry], error: Exception) -> None:
        """Puts entries back, to be written when that is possible; not at the end of the process."""
        with self._changed:
            self.problem = f"Answers are not kept: {_reason(error)}."
            if not self._closed:
                self._waiting = [*entries, *self._waiting]
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._closed, self._retry_s)

    def _keep_one_by_one(self, entries: Sequence[Entry], error: Exception) -> None:
        """One of them is at fault, such as that of an account that has just been deleted; the others are not."""
        if len(entries) == 1:
            _logger.warning("An answer cannot be written into the history: %s", error)
            return
        for entry in entries:
            self._keep([entry])

    def _complain(self, trouble: str, error: Exception | None = None) -> None:
        if trouble != self._trouble:  # Once, not for each picture.
            _logger.error(trouble, exc_info=error)
        self._trouble = trouble


def keep(caller: Caller, model: dict[str, str], classified: Sequence[Classified]) -> list[str | None]:
    """Writes answers into the history soon, if the settings want a history.

    Args:
        caller: whose pictures they are.
        model: see `Recognizer.model_info`.
        classified: the pictures and what became of them.

    Returns:
        For each picture the id of its answer; None where it is not kept, such as for one that could not be read.
    """
    if settings.ENVIRONMENT.keep_days == 0:
        return [None] * len(classified)
    recorder = services.current().recorder
    if services.current().database.problem:
        return [None] * len(classified)
    entries = [_entry(caller, model, item) for item in classified]
    return [str(entry.answer.id) if entry and recorder.put(entry) else None for entry in entries]


def write(entries: Sequence[Entry]) -> None:
    """Writes entries to disk and database, all or none.

    Pictures first: a row without its picture would show a hole, a picture without its row is swept up. Where the
    database was cut off it is not known whether there is one, and the next time it is written, if need be.

    Raises:
        OSError, DatabaseError: they cannot be written.
    """
    answers = [entry.answer for entry in entries]
    sizes = pictures.save_all([(entry.answer.id, entry.picture) for entry in entries])
    for answer, size_bytes in zip(answers, sizes, strict=True):
        answer.picture_bytes = size_bytes
    try:
        _insert(answers)
    except (IntegrityError, DataError):
        found = Answer.objects.filter(id__in=[answer.id for answer in answers])
        written = set(found.values_list("id", flat=True))
        if written:
            _insert([answer for answer in answers if answer.id not in written])
            return
        if len(answers) == 1:  # It is at fault itself, and not tried again.
            pictures.remove([answers[0].id])
        raise


def _insert(answers: Sequence[Answer]) -> None:
    with transaction.atomic():
        Answer.objects.bulk_create(answers)
        counters.add(answers)


def _entry(caller: Caller, model: dict[str, str], item: Classified) -> Entry | None:
    if item.picture is None or not isinstance(item.outcome, Prediction):
        return None
    return Entry(_answer(caller, model, item.filename, item.outcome), pictures.shrunk(item.picture.rgb))


def _answer(caller: Caller, model: dict[str, str], filename: str | None, prediction: Prediction) -> Answer:
    best = prediction.top[0]
    return Answer(
        id=uuid.uuid4(),
        created=timezone.now(),
        user_id=caller.user.pk if caller.user else None,
        visitor=caller.visitor,
        filename=_readable(filename or "")[:MAX_FILENAME],
        width=prediction.width,
        height=prediction.height,
        model=f"{model['name']}-{model['version']}",
        model_digest=model["digest"],
        label=best.label,
        known=prediction.known,
        score=best.score,
        familiarity=prediction.ood_score,
        likeness=prediction.likeness,
        passes=prediction.passes,
        top=[[entry.label, entry.score] for entry in prediction.top[:_MAX_TOP]],
    )


def _reason(error: Exception) -> str:
    """Why something cannot be written, without the names of files."""
    return (error.strerror if isinstance(error, OSError) else "") or str(error).strip() or type(error).__name__


def _readable(name: str) -> str:
    """Without what cannot be seen: PostgreSQL refuses NUL, and others turn the direction of the text round."""
    return "".join(letter for letter in name if letter.isprintable())
