"""A worker that falls silent leaves no job hanging."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone
from django_tasks_db.models import DBTaskResult

from tests.webui.jobs.conftest import Submit
from webui.accounts.identity import Caller
from webui.jobs import folder, kinds, lease, queue
from webui.jobs.models import Job, Reason, State, Wish


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


def test_a_job_that_waits_is_paused_at_once(submit: Submit) -> None:
    job = submit()

    queue.pause(job)

    assert lease.take(str(job.id)) is None
    assert Job.objects.get().state == State.PAUSED


def test_one_that_runs_is_paused_by_its_worker_and_uses_up_no_attempt(submit: Submit) -> None:
    job = taken(submit())

    queue.pause(job)
    held = lease.hold(job)
    before = Job.objects.get().state
    lease.pause(job)

    job.refresh_from_db()
    assert (held, before) == (False, State.RUNNING)
    assert (job.state, job.wish, job.attempt, job.started) == (State.PAUSED, "", 0, None)


@pytest.mark.parametrize("how", ["silent", "given back", "broken off"])
def test_it_is_paused_however_its_process_ends(submit: Submit, how: str) -> None:
    job = taken(submit())
    queue.pause(job)
    fall_silent(job)

    {"silent": lease.recover, "given back": lambda: lease.give_back(job), "broken off": lambda: lease.begin_again(job)}[
        how
    ]()

    assert Job.objects.get().state == State.PAUSED


def test_one_that_was_done_before_it_could_be_paused_is_done(submit: Submit) -> None:
    job = taken(submit())
    queue.pause(job)

    lease.end(job, State.DONE)

    job.refresh_from_db()
    assert (job.state, job.wish) == (State.DONE, "")


def test_a_wish_does_not_reach_the_next_attempt(submit: Submit) -> None:
    job = taken(submit())
    queue.pause(job)
    lease.pause(job)

    queue.again(job, Caller(visitor="ann"))

    again = taken(job)
    assert (again.attempt, again.wish) == (1, "")
    assert lease.hold(again)


def test_what_is_paused_holds_nobody_up_and_is_bounded(submit: Submit) -> None:
    for _ in range(queue.MOST_OF_ONE):
        queue.pause(submit())
    last = submit()

    assert queue.before(last) == 0
    with pytest.raises(queue.TooManyPaused):
        queue.pause(last)
    assert Job.objects.get(id=last.id).state == State.WAITING
    assert Job.objects.filter(wish=Wish.PAUSE).count() == 0
