"""What is removed, and what stays."""

from __future__ import annotations

import os
import sqlite3
import time
import uuid
from contextlib import closing
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from PIL import Image

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction, make_user
from webui.history import pictures, retention
from webui.history.models import Answer, Correction, State
from webui.history.removal import delete
from webui.history.retention import Removed, Upkeep

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def thirty_days(settings_of: SettingsOf) -> None:
    settings_of(keep_days=30)


@pytest.fixture(autouse=True)
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test's transaction commits counts as committed at once."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call: call())


def orphan(*, age_s: float) -> uuid.UUID:
    answer_id = uuid.uuid4()
    pictures.save(answer_id, Image.new("RGB", (8, 8)))
    written = time.time() - age_s
    os.utime(pictures.path_of(answer_id), (written, written))
    return answer_id


def test_what_is_too_old_goes_with_its_picture() -> None:
    old, young = make_answer(age_days=31), make_answer(age_days=29)

    removed = retention.enforce()

    assert removed == Removed(too_old=1, over_the_limit=0, orphans=0)
    assert list(Answer.objects.all()) == [young]
    assert [pictures.path_of(answer.id).exists() for answer in (old, young)] == [False, True]


def test_at_0_days_everything_goes(settings_of: SettingsOf) -> None:
    settings_of(keep_days=0)
    make_answer()

    assert retention.enforce().too_old == 1


@pytest.mark.parametrize(("state", "stays"), [(State.ACCEPTED, True), (State.PENDING, False), (State.REJECTED, False)])
def test_accepted_corrections_stay(state: State, *, stays: bool) -> None:
    answer = make_answer(age_days=400)
    make_correction(answer, state=state)

    retention.enforce()

    assert Answer.objects.exists() is stays
    assert pictures.path_of(answer.id).exists() is stays


def test_over_the_limit_the_oldest_go(settings_of: SettingsOf) -> None:
    settings_of(keep_gb=1)
    ages = [5, 4, 3, 2, 1]
    answers = [make_answer(age_days=age) for age in ages]
    Answer.objects.update(picture_bytes=2**30 // 3)
    make_correction(answers[0], state=State.ACCEPTED)

    removed = retention.enforce()

    assert removed.over_the_limit == 2
    assert set(Answer.objects.all()) == {answers[0], answers[3], answers[4]}


def test_below_the_limit_nothing_goes() -> None:
    make_answer()

    assert retention.enforce() == Removed(0, 0, 0)


def test_pictures_without_an_answer_go_once_none_can_come() -> None:
    old, young, kept = orphan(age_s=3600), orphan(age_s=5), make_answer()

    removed = retention.enforce()

    assert removed.orphans == 1
    assert [pictures.path_of(one).exists() for one in (old, young, kept.id)] == [False, True, True]


def test_more_than_one_chunk_goes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("webui.history.removal._CHUNK", 2)
    for _ in range(5):
        make_answer(age_days=31)

    assert retention.enforce().too_old == 5


def test_a_dry_run_removes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    make_answer(age_days=31)
    left = orphan(age_s=3600)

    call_command("enforce_retention", "--dry-run")

    assert capsys.readouterr().out == "Would remove 1 too old, 0 over the limit, 1 pictures without an answer.\n"
    assert Answer.objects.exists()
    assert pictures.path_of(left).exists()


def test_the_command_says_what_it_removed(capsys: pytest.CaptureFixture[str]) -> None:
    make_answer(age_days=31)

    call_command("enforce_retention")

    assert capsys.readouterr().out == "Removed 1 too old, 0 over the limit, 0 pictures without an answer.\n"


def test_a_deleted_account_takes_its_pictures_along() -> None:
    account = make_user("mia")
    answer = make_answer(user=account)

    account.delete()

    assert not pictures.path_of(answer.id).exists()


class Enforcer:
    def __init__(self, *, fails: bool = False) -> None:
        self.runs = 0
        self.fails = fails
        self.upkeep = Upkeep(self)

    def __call__(self) -> Removed:
        self.runs += 1
        if self.runs == 3:
            self.upkeep.stop()
        if self.fails:
            raise OSError("disk gone")
        return Removed(0, 0, 0)


def test_the_server_enforces_it_again_and_again() -> None:
    enforcer = Enforcer()

    enforcer.upkeep.run(first_after_s=0, every_s=0)

    assert enforcer.runs == 3


def test_a_run_that_fails_does_not_end_the_upkeep() -> None:
    enforcer = Enforcer(fails=True)

    enforcer.upkeep.run(first_after_s=0, every_s=0)

    assert enforcer.runs == 3


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_deleted_answer_stays_in_the_files_of_the_database(thirty_days: None) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has vacuum for that.")
    file = Path(connection.settings_dict["NAME"])

    def found() -> list[str]:
        return [path.name for path in file.parent.glob(f"{file.name}*") if b"felix-the-secret" in path.read_bytes()]

    with closing(sqlite3.connect(file)) as other:  # While others have it open, its log of changes stays.
        other.execute("SELECT count(*) FROM history_answer").fetchall()
        delete(Answer.objects.filter(pk=make_answer(filename="felix-the-secret.jpg").pk))
        before = found()

        Upkeep(retention.enforce).once()

        assert before == [f"{file.name}-wal"]
        assert found() == []


@pytest.mark.usefixtures("kept")
def test_an_answer_that_is_accepted_while_the_upkeep_works_stays(
    monkeypatch: pytest.MonkeyPatch, settings_of: SettingsOf
) -> None:
    settings_of(keep_days=30, keep_gb=0)
    answer = make_answer()
    correction = make_correction(answer)

    def accepted_meanwhile(_written_before_s: float) -> list[uuid.UUID]:
        Correction.objects.filter(pk=correction.pk).update(state=State.ACCEPTED)
        return []

    monkeypatch.setattr(retention.pictures, "kept_before", accepted_meanwhile)

    retention.enforce()

    assert Answer.objects.filter(pk=answer.pk).exists()
