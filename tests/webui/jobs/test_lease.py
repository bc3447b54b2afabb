"""A worker that falls silent leaves no job hanging."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core.management import call_command
from django.db import OperationalError
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


def test_a_job_whose_task_was_claimed_by_a_worker_that_died_gets_another_one(submit: Submit) -> None:
    job = submit()
    lost = DBTaskResult.objects.get()
    lost.claim("killed before it had begun")
    lease.recover()
    at_first = DBTaskResult.objects.ready().count()

    DBTaskResult.objects.filter(id=lost.id).update(started_at=timezone.now() - lease.LEASE - timedelta(seconds=1))
    for _ in range(2):
        lease.recover()

    assert at_first == 0
    assert [row.args_kwargs["args"] for row in DBTaskResult.objects.ready()] == [[str(job.id)]]
    assert taken(job).attempt == 1


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_locked_as_a_job_is_begun_does_not_lose_it(
    submit: Submit, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = submit()

    def locked(job_id: str) -> None:
        raise OperationalError("database is locked")

    with monkeypatch.context() as patch:
        patch.setattr(lease, "take", locked)
        call_command("db_worker", batch=True, startup_delay=False, reload=False, verbosity=0)
    lease.recover()

    assert DBTaskResult.objects.ready().count() == 1
    assert taken(job).attempt == 1


def test_a_worker_that_stalls_is_not_heard_after_a_pause(submit: Submit) -> None:
    stalled = taken(submit())
    queue.pause(stalled)
    fall_silent(stalled)
    lease.recover()
    queue.again(Job.objects.get(), Caller(visitor="ann"))

    again = taken(stalled)

    assert again.attempt == stalled.attempt
    assert not lease.hold(stalled)
    assert lease.hold(again)


def test_the_seconds_of_all_attempts_are_added_up(submit: Submit) -> None:
    def work(seconds: float) -> Job:
        job = taken(Job.objects.get())
        job.started = timezone.now() - timedelta(seconds=seconds)
        Job.objects.update(started=job.started)
        return job

    submit()
    lease.give_back(work(100))
    queue.pause(paused := work(200))
    lease.pause(paused)
    queue.again(Job.objects.get(), Caller(visitor="ann"))
    lease.end(work(3), State.DONE)

    assert Job.objects.get().worked_s == pytest.approx(303, abs=2)
