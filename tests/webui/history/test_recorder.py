"""The recorder: answers are written behind the answer, and no trouble of the history reaches a request."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest
from django.db import IntegrityError, InterfaceError, OperationalError
from PIL import Image

from recognizer.images.decode import Picture
from recognizer.predictions import ClassScore, Prediction
from tests.recognizer.fakes import RED
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_user
from tests.webui.fakes import share, watched
from webui.accounts.identity import Caller
from webui.accounts.models import User
from webui.history import pictures, recorder
from webui.history.models import Answer
from webui.history.recorder import Entry, Recorder
from webui.inference.classify import Classified

MODEL = {"name": "animals", "version": "1", "digest": "sha256:0"}
VISITOR = Caller(visitor="f" * 32)
DEADLINE_S = 10
FIELDS: dict[str, Any] = {
    "width": 4,
    "height": 4,
    "model": "animals-1",
    "model_digest": "x",
    "label": "cat",
    "known": True,
    "score": 0.9,
    "top": [["cat", 0.9]],
}


class Database:
    """What entries are written to: notes each batch, waits while it is told to, and fails as it is told to."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []
        self.errors: list[Exception] = []
        self.may_write = threading.Event()
        self.may_write.set()
        self.is_writing = threading.Event()

    @property
    def written(self) -> list[str]:
        return [name for batch in self.batches for name in batch]

    def __call__(self, entries: Sequence[Entry]) -> None:
        self.is_writing.set()
        assert self.may_write.wait(DEADLINE_S)
        if self.errors:
            raise self.errors.pop(0)
        self.batches.append([entry.answer.filename for entry in entries])


@pytest.fixture
def database() -> Database:
    return Database()


@pytest.fixture
def writer(database: Database) -> Iterator[Recorder]:
    made = Recorder(database, max_waiting=3, gather_s=0, retry_s=0)
    yield made
    database.may_write.set()
    made.close()


@pytest.fixture
def log(caplog: pytest.LogCaptureFixture) -> Iterator[pytest.LogCaptureFixture]:
    logger = logging.getLogger("webui")
    logger.addHandler(caplog.handler)
    yield caplog
    logger.removeHandler(caplog.handler)


def until(condition: Callable[[], bool]) -> None:
    """Waits for what the thread is about to do."""
    deadline = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.001)


def entry(name: str = "a") -> Entry:
    return Entry(Answer(filename=name), Image.new("RGB", (1, 1)))


def item(name: str | None = "felix.jpg", size: tuple[int, int] = (60, 40)) -> Classified:
    top = (ClassScore("cat", 0.9), ClassScore("dog", 0.1))
    picture = Picture(Image.new("RGB", size, RED), *size)
    return Classified(name, Prediction(*size, known=True, top=top), picture)


def test_an_entry_is_written_behind_the_request(writer: Recorder, database: Database) -> None:
    database.may_write.clear()

    was_taken = writer.put(entry())

    assert (was_taken, database.batches) == (True, [])
    database.may_write.set()
    writer.flush()
    assert database.batches == [["a"]]


def test_what_waits_is_written_together(writer: Recorder, database: Database) -> None:
    database.may_write.clear()
    writer.put(entry("a"))
    assert database.is_writing.wait(DEADLINE_S)
    for name in "bcd":
        writer.put(entry(name))

    database.may_write.set()
    writer.flush()

    assert database.batches == [["a"], ["b", "c", "d"]]


def test_where_there_is_no_room_nobody_waits(
    writer: Recorder, database: Database, log: pytest.LogCaptureFixture
) -> None:
    database.may_write.clear()
    writer.put(entry())
    assert database.is_writing.wait(DEADLINE_S)

    taken = [writer.put(entry(name)) for name in "bcdef"]

    assert taken == [True, True, True, False, False]
    assert log.messages == ["The history cannot be written fast enough: some answers are not kept."]


def test_a_failing_database_is_logged_once_and_tried_again(
    writer: Recorder, database: Database, log: pytest.LogCaptureFixture
) -> None:
    database.errors = [OperationalError("it is gone"), OperationalError("it is gone")]

    assert writer.put(entry("a"))
    until(lambda: database.batches == [["a"]])

    assert writer.problem is None
    assert log.messages == ["Answers cannot be written into the history."]
    assert "it is gone" in log.text


def test_a_second_failure_after_a_success_is_logged_again(
    writer: Recorder, database: Database, log: pytest.LogCaptureFixture
) -> None:
    for written in (1, 2):
        database.errors = [OSError("disk full")]
        writer.put(entry())
        until(lambda written=written: len(database.batches) == written)

    assert len(log.messages) == 2


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OperationalError("database is locked"), "database is locked"),
        (OSError(28, "No space left on device", "/srv/secret"), "No space left on device"),
        (InterfaceError(), "InterfaceError"),
    ],
)
def test_while_nothing_can_be_written_nothing_is_promised_and_what_was_is_kept(
    database: Database, error: Exception, reason: str
) -> None:
    database.errors = [error]
    failing = Recorder(database, gather_s=0, retry_s=DEADLINE_S)
    assert failing.put(entry("promised"))
    until(lambda: failing.problem is not None)

    taken = failing.put(entry("later"))
    failing.flush(timeout_s=DEADLINE_S)  # Does not wait for what cannot be.

    assert (taken, failing.problem) == (False, f"Answers are not kept: {reason}.")
    failing.close()
    assert database.written == ["promised"]


def test_the_end_of_the_process_does_not_wait_for_a_database_that_is_gone(database: Database) -> None:
    database.errors = [OperationalError("it is gone")] * 9
    failing = Recorder(database, gather_s=0, retry_s=DEADLINE_S)
    failing.put(entry())
    until(lambda: failing.problem is not None)

    failing.close()

    assert database.batches == []
    assert len(database.errors) == 7


def test_a_fault_of_one_answer_is_not_tried_again(writer: Recorder, database: Database) -> None:
    database.errors = [ValueError("no such mode")]
    writer.put(entry("a"))
    writer.flush()

    assert writer.put(entry("b"))
    writer.flush()

    assert database.batches == [["b"]]


@pytest.mark.usefixtures("data_folder")
def test_while_the_database_cannot_be_used_no_answer_has_an_id(settings_of: SettingsOf, writer: Recorder) -> None:
    settings_of(keep_days=1)
    share(recorder=writer, database=watched("The database cannot be used: it is gone."))

    assert recorder.keep(VISITOR, MODEL, [item()]) == [None]


def test_one_entry_that_cannot_be_written_does_not_hurt_the_others(writer: Recorder, database: Database) -> None:
    database.may_write.clear()
    writer.put(entry("a"))
    assert database.is_writing.wait(DEADLINE_S)
    for name in "bcd":
        writer.put(entry(name))
    no_such_account = IntegrityError("no such account")
    database.errors = [no_such_account, no_such_account, no_such_account]  # a alone; the batch of three; b alone.

    database.may_write.set()
    writer.flush()

    assert database.batches == [["c"], ["d"]]


def test_closing_writes_what_waits(writer: Recorder, database: Database) -> None:
    database.may_write.clear()
    for name in "abc":
        writer.put(entry(name))
    database.may_write.set()

    writer.close()

    assert database.written == ["a", "b", "c"]


def test_after_closing_nothing_is_taken_and_nobody_waits(writer: Recorder, database: Database) -> None:
    writer.put(entry("a"))
    writer.close()

    assert writer.put(entry("b")) is False
    writer.flush()
    writer.close()
    assert database.batches == [["a"]]


def test_closing_does_not_wait_for_a_database_that_hangs(writer: Recorder, database: Database) -> None:
    database.may_write.clear()
    writer.put(entry())

    writer.close(timeout_s=0.01)

    assert database.batches == []


def test_many_threads_lose_nothing(database: Database) -> None:
    shared = Recorder(database, max_waiting=1000, gather_s=0)
    names = {f"{thread}-{number}" for thread in range(8) for number in range(25)}

    def put_all(thread: int) -> None:
        for number in range(25):
            shared.put(entry(f"{thread}-{number}"))

    threads = [threading.Thread(target=put_all, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    shared.close()

    assert sorted(database.written) == sorted(names)


def test_nothing_is_kept_at_0_days(settings_of: SettingsOf, writer: Recorder, database: Database) -> None:
    settings_of(keep_days=0)
    share(recorder=writer)

    ids = recorder.keep(VISITOR, MODEL, [item()])

    writer.flush()
    assert (ids, database.batches) == ([None], [])


def test_an_answer_that_is_not_kept_has_no_id(settings_of: SettingsOf, writer: Recorder) -> None:
    settings_of(keep_days=1)
    writer.close()
    share(recorder=writer)

    ids = recorder.keep(VISITOR, MODEL, [item()])

    assert ids == [None]


def test_an_answer_is_kept_as_it_was_given(kept: None, member: User) -> None:
    given = item()
    assert isinstance(given.outcome, Prediction)
    looked_at_twice = replace(given, outcome=replace(given.outcome, likeness=0.7, passes=2))

    [answer_id] = recorder.keep(Caller(user=member), MODEL, [looked_at_twice])

    answer = Answer.objects.get(id=answer_id)
    assert (answer.user, answer.visitor, answer.model, answer.model_digest) == (member, "", "animals-1", "sha256:0")
    assert (answer.label, answer.known, answer.score, answer.top) == ("cat", True, 0.9, [["cat", 0.9], ["dog", 0.1]])
    assert (answer.filename, answer.width, answer.height) == ("felix.jpg", 60, 40)
    assert (answer.likeness, answer.passes) == (0.7, 2)
    assert answer.picture_bytes == pictures.path_of(answer.id).stat().st_size


@pytest.mark.parametrize(
    ("sent", "kept_name"),
    [(None, ""), ("a\0b.jpg", "ab.jpg"), ("\u202egpj.exe", "gpj.exe"), ("猫.jpg", "猫.jpg"), ("x" * 300, "x" * 200)],
)
def test_file_names_are_made_readable(kept: None, sent: str | None, kept_name: str) -> None:
    [answer_id] = recorder.keep(VISITOR, MODEL, [item(sent)])

    assert Answer.objects.get(id=answer_id).filename == kept_name


@pytest.mark.django_db
def test_what_cannot_be_written_at_once_keeps_its_picture_for_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args: Any) -> None:
        raise OperationalError("it is gone")

    monkeypatch.setattr(Answer.objects, "bulk_create", fail)
    answer = Answer()

    with pytest.raises(OperationalError):
        recorder.write([Entry(answer, Image.new("RGB", (4, 4)))])

    assert pictures.path_of(answer.id).exists()  # It is swept up where there is no row in the end.


@pytest.mark.django_db(transaction=True)
def test_answers_of_an_account_that_is_deleted_meanwhile_are_dropped_and_others_kept(settings_of: SettingsOf) -> None:
    settings_of(keep_days=30)
    gone = make_user("gone")
    caller = Caller(user=User(pk=gone.pk + 1000))
    real = Recorder(recorder.write)
    share(recorder=real)

    [lost] = recorder.keep(caller, MODEL, [item()])
    [found] = recorder.keep(VISITOR, MODEL, [item()])
    real.close()

    assert [str(answer.id) for answer in Answer.objects.all()] == [found]
    assert not any(lost in str(path) for path in pictures.folder().rglob("*"))


@pytest.mark.django_db
def test_an_answer_that_was_written_before_the_database_was_cut_off_keeps_its_picture(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before, after = make_answer(), Entry(Answer(**FIELDS), Image.new("RGB", (4, 4)))
    again = Entry(Answer(id=before.id, **FIELDS), Image.new("RGB", (4, 4)))

    recorder.write([again, after])

    assert set(Answer.objects.values_list("id", flat=True)) == {before.id, after.answer.id}
    assert all(pictures.read(each) is not None for each in (before.id, after.answer.id))


@pytest.mark.django_db
def test_one_that_cannot_be_written_costs_no_picture_of_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    removed: list[Any] = []
    monkeypatch.setattr(pictures, "remove", removed.extend)
    good, bad = (Entry(Answer(**FIELDS, filename=name), Image.new("RGB", (4, 4))) for name in ("good", "bad"))
    create = Answer.objects.bulk_create

    def refuse_the_bad(answers: list[Answer]) -> object:
        if any(answer.filename == "bad" for answer in answers):
            raise IntegrityError("its account is gone")
        return create(answers)

    monkeypatch.setattr(Answer.objects, "bulk_create", refuse_the_bad)

    Recorder(recorder.write, gather_s=0, retry_s=0)._keep([good, bad])

    assert [answer.filename for answer in Answer.objects.all()] == ["good"]
    assert pictures.read(good.answer.id) is not None
    assert removed == [bad.answer.id]  # In an object storage, others that were removed late would be the new ones.
