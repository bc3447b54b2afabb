"""Jobs and their files go when they are too old, and files with their job."""

from __future__ import annotations

import os
import time
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.webui.conftest import SettingsOf
from tests.webui.jobs.conftest import Submit
from webui.jobs import folder, kinds, lease, retention, worker_sign
from webui.jobs.models import Job, State


def age(job: Job, days: float) -> None:
    Job.objects.filter(id=job.id).update(created=timezone.now() - timedelta(days=days))


def test_a_job_goes_with_the_history_but_not_within_a_day(submit: Submit, settings_of: SettingsOf) -> None:
    settings_of(keep_days=0)
    old, young = submit("ann"), submit("ben")
    age(old, 1.1), age(young, 0.9)

    retention.enforce()

    assert list(Job.objects.all()) == [young]


def test_a_job_of_a_kind_that_is_kept_stays(
    submit: Submit, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(keep_days=0)
    monkeypatch.setitem(kinds._kinds, "kept", kinds.Kind(lambda job, path: [], is_kept=True))
    kept, other = submit("ann", "kept"), submit("ann")
    age(kept, 400), age(other, 400)

    retention.enforce()

    assert list(Job.objects.all()) == [kept]


@pytest.mark.django_db(transaction=True)
def test_its_files_go_with_it(submit: Submit) -> None:
    job, other = submit("ann"), submit("ben")
    for one in (job, other):
        (folder.make(one.id) / "dream.jpg").write_bytes(b"a dream")

    job.delete()

    assert list(folder.kept()) == [other.id]


@pytest.mark.django_db
def test_a_folder_without_a_job_goes_after_a_while_and_nothing_else() -> None:
    old, young, arriving = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    for job_id in (old, young, arriving):
        folder.make(job_id)
    (folder.root() / "note.txt").touch()
    (folder.path_of(arriving) / "upload").touch()
    for job_id in (old, arriving):
        os.utime(folder.path_of(job_id), (time.time() - 3600,) * 2)

    retention.enforce()

    assert set(folder.kept()) == {young, arriving}
    assert (folder.root() / "note.txt").exists()


def test_rows_of_the_queue_go_after_a_day_unless_they_wait_or_are_worked_on(submit: Submit) -> None:
    for person in ("ann", "ben", "eve"):
        submit(person)
    done, works = Job.objects.order_by("created")[:2]
    lease.end(lease.take(str(done.id)) or done, State.DONE)
    lease.take(str(works.id))
    of = {row.args_kwargs["args"][0]: DBTaskResult.objects.filter(pk=row.pk) for row in DBTaskResult.objects.all()}
    of[str(done.id)].update(status="SUCCESSFUL")
    of[str(works.id)].update(status="RUNNING", started_at=timezone.now() - timedelta(days=2))
    DBTaskResult.objects.update(enqueued_at=timezone.now() - timedelta(days=2))

    retention.enforce()

    assert sorted(row.status for row in DBTaskResult.objects.all()) == ["READY", "RUNNING"]


def test_it_takes_jobs_away_from_a_worker_that_fell_silent(submit: Submit) -> None:
    job = lease.take(str(submit().id))
    Job.objects.update(beat=timezone.now() - timedelta(minutes=5))

    retention.enforce()

    assert job is not None
    assert Job.objects.get().state == State.WAITING


def test_an_attempt_begins_with_an_empty_folder() -> None:
    job_id = uuid.uuid4()
    (folder.make(job_id) / "step-001.jpg").touch()

    assert list(folder.make(job_id).iterdir()) == []
    assert folder.path_of(job_id).stat().st_mode & 0o077 == 0


def test_a_worker_is_seen_for_a_minute() -> None:
    assert not worker_sign.is_seen()
    worker_sign.give()
    assert worker_sign.is_seen()
    os.utime(folder.root() / ".worker", (time.time() - 61,) * 2)
    assert not worker_sign.is_seen()
