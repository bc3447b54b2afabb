"""A worker that falls silent leaves no job hanging."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.webui.jobs.conftest import Submit
from webui.jobs import folder, kinds, lease
from webui.jobs.models import Job, Reason, State


def taken(job: Job) -> Job:
    found = lease.take(str(job.id))
    assert found is not None
    return found


def fall_silent(job: Job) -> None:
    Job.objects.filter(id=job.id).update(beat=timezone.now() - lease.LEASE - timedelta(seconds=1))


def test_one_worker_alone_gets_a_job(submit: Submit) -> None:
    job = submit()

    assert taken(job).state == State.RUNNING
    assert lease.take(str(job.id)) is None


def test_a_worker_that_says_it_is_there_keeps_its_job(submit: Submit) -> None:
    job = taken(submit())
    fall_silent(job)
    assert lease.hold(job)

    lease.recover()

    assert Job.objects.get().state == State.RUNNING


def test_the_job_of_one_that_fell_silent_waits_again(submit: Submit) -> None:
    job = taken(submit())
    fall_silent(job)

    lease.recover()

    assert Job.objects.get().state == State.WAITING
    assert DBTaskResult.objects.count() == 2
    assert taken(job).attempt == 2


def test_the_second_time_it_failed_and_says_so(submit: Submit) -> None:
    job = submit()
    for _ in range(2):
        fall_silent(taken(job))
        lease.recover()

    job.refresh_from_db()
    assert (job.state, job.reason) == (State.FAILED, Reason.DIED)
    assert job.finished is not None


def test_one_that_goes_on_where_it_was_is_begun_as_often_as_its_kind_allows(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = kinds.Kind(lambda job, folder: [], most_attempts=4, goes_on=True, leftovers=("sent.zip",))
    monkeypatch.setitem(kinds._kinds, "test", kind)
    job = submit()
    sent, made = folder.keep(job.id) / "sent.zip", folder.keep(job.id) / "made.txt"
    sent.touch(), made.touch()
    for attempt in range(1, 5):
        assert sent.exists()
        assert taken(job).attempt == attempt
        fall_silent(job)
        lease.recover()

    job.refresh_from_db()
    assert (job.state, job.reason) == (State.FAILED, Reason.DIED)
    assert (sent.exists(), made.exists()) == (False, True)


def test_one_that_comes_back_too_late_is_not_heard(submit: Submit) -> None:
    first = taken(submit())
    fall_silent(first)
    lease.recover()
    second = taken(first)

    assert not lease.hold(first)
    lease.end(first, State.FAILED, Reason.FAULT)
    lease.give_back(first)

    assert Job.objects.get().state == State.RUNNING
    assert lease.hold(second)


def test_a_job_that_is_given_back_has_lost_no_attempt(submit: Submit) -> None:
    job = taken(submit())

    lease.give_back(job)

    assert taken(job).attempt == 1


def test_a_deleted_job_is_not_held(submit: Submit) -> None:
    job = taken(submit())
    Job.objects.all().delete()

    assert not lease.hold(job)
