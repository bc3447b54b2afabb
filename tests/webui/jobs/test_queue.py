"""Jobs are taken as long as few wait, and are seen by their owners only."""

from __future__ import annotations

import pytest
from django_tasks_db.models import DBTaskResult

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.jobs.conftest import Submit
from webui.accounts.identity import Caller
from webui.jobs import queue
from webui.jobs.models import Job, State


def test_a_job_waits_with_its_task(submit: Submit) -> None:
    job = submit()

    assert job.state == State.WAITING
    assert [row.args_kwargs["args"] for row in DBTaskResult.objects.all()] == [[str(job.id)]]


def test_when_as_many_wait_as_may_no_more_are_taken(submit: Submit, settings_of: SettingsOf) -> None:
    settings_of(jobs=2)
    submit("ann"), submit("ben")

    with pytest.raises(queue.QueueFull, match=r"at most 2 .*MENAGERIE_JOBS"):
        submit("eve")

    Job.objects.update(state=State.DONE)
    assert submit("eve").state == State.WAITING


def test_nobody_fills_the_queue_alone(submit: Submit) -> None:
    for _ in range(queue.MOST_OF_ONE):
        submit("ann")

    with pytest.raises(queue.TooManyOfOne):
        submit("ann")

    assert submit("ben").state == State.WAITING


def test_what_goes_wrong_while_a_job_is_taken_leaves_nothing(submit: Submit) -> None:
    def fail(job: Job) -> None:
        raise ValueError

    with pytest.raises(ValueError, match=r"^$"):
        queue.submit("test", Caller(visitor="ann"), fail)

    assert not Job.objects.exists()
    assert not DBTaskResult.objects.exists()


def test_it_says_how_many_come_before(submit: Submit) -> None:
    first, second = submit("ann"), submit("ben")

    assert (queue.before(first), queue.before(second)) == (0, 1)


def test_nobody_else_sees_a_job_staff_neither(submit: Submit) -> None:
    mia, sam = make_user("mia"), make_user("sam", is_staff=True)
    of_mia = queue.submit("test", Caller(user=mia, visitor="old"), lambda job: None)
    of_ann = submit("ann")

    def seen(caller: Caller) -> list[Job]:
        return list(Job.objects.belonging_to(caller))

    assert seen(Caller(user=mia)) == [of_mia]
    assert seen(Caller(visitor="ann")) == [of_ann]
    assert [seen(caller) for caller in (Caller(user=sam), Caller(visitor="old"), Caller())] == [[], [], []]


def test_one_that_goes_on_comes_after_those_that_waited_meanwhile(submit: Submit) -> None:
    paused, waits = submit("ann"), submit("ben")
    queue.pause(paused)

    queue.again(paused, Caller(visitor="ann"))

    paused.refresh_from_db()
    assert (queue.before(waits), queue.before(paused)) == (0, 1)
