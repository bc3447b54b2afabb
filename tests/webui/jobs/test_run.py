"""A job is done by its command, and how that ends is what its owner reads."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from recognizer import machine
from tests.webui.conftest import SettingsOf
from tests.webui.jobs.conftest import Does, Submit
from webui.jobs import bounded_process, folder, kinds, queue, run
from webui.jobs.bounded_process import Ended, Limits
from webui.jobs.models import Job, Reason, State


def state(job: Job) -> tuple[str, str]:
    job.refresh_from_db()
    return job.state, job.reason


Ends = Callable[..., None]


@pytest.fixture
def ends(monkeypatch: pytest.MonkeyPatch) -> Ends:
    """Says how the process ends, without one."""

    def set_end(ended: Ended | BaseException, code: str = "") -> None:
        def fake(command: list[str], log: Path, limits: Limits, is_wanted: object, *, every_s: float) -> Ended:
            if code:
                (log.parent / "events.jsonl").write_text(json.dumps({"event": "failed", "code": code}) + "\n")
            if isinstance(ended, BaseException):
                raise ended
            return ended

        monkeypatch.setattr(bounded_process, "run", fake)

    return set_end


@pytest.mark.slow
def test_the_command_is_given_the_jobs_folder(submit: Submit, does: Does) -> None:
    does("(out / 'made.txt').write_text('this')")
    job = submit()

    run.run(str(job.id))

    assert state(job) == (State.DONE, "")
    assert folder.read(job.id, "made.txt", 100) == b"this"


@pytest.mark.parametrize(
    ("ended", "code", "expected"),
    [
        (Ended.DONE, "", (State.DONE, "")),
        (Ended.TIME, "", (State.FAILED, Reason.TIME)),
        (Ended.MEMORY, "", (State.FAILED, Reason.MEMORY)),
        (Ended.FAILED, "", (State.FAILED, Reason.FAULT)),
        (Ended.FAILED, "not_installed", (State.FAILED, Reason.NOT_INSTALLED)),
        (Ended.FAILED, "runtime_missing", (State.FAILED, Reason.RUNTIME)),
        (Ended.FAILED, "export_failed", (State.FAILED, Reason.EXPORT)),
        (Ended.FAILED, "invalid_dream", (State.FAILED, Reason.REFUSED)),
        (Ended.FAILED, "storage_full", (State.FAILED, Reason.STORAGE)),
        (Ended.FAILED, "invalid_dataset", (State.FAILED, Reason.PICTURES)),
        (Ended.FAILED, "something_new", (State.FAILED, Reason.FAULT)),
        (OSError("no process"), "", (State.FAILED, Reason.FAULT)),
    ],
    ids=str,
)
def test_how_it_ends_is_written_down(
    submit: Submit, ends: Ends, ended: Ended | Exception, code: str, expected: tuple[State, str]
) -> None:
    ends(ended, code)
    job = submit()

    run.run(str(job.id))

    assert state(job) == expected


def test_where_one_can_go_on_a_process_that_ends_without_a_word_is_begun_again_with_its_files(
    submit: Submit, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[bool] = []

    def command(job: Job, path: Path) -> list[str]:
        seen.append((path / "made.txt").exists())
        (path / "made.txt").touch()
        return []

    monkeypatch.setitem(kinds._kinds, "test", kinds.Kind(command, most_attempts=3, goes_on=True))
    ends(Ended.FAILED)
    job = submit()
    states = []
    for _ in range(3):
        run.run(str(job.id))
        states.append(state(job))

    assert states == [(State.WAITING, ""), (State.WAITING, ""), (State.FAILED, Reason.FAULT)]
    assert seen == [False, True, True]


def test_where_one_can_go_on_what_the_command_says_is_still_the_end(
    submit: Submit, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds._kinds, "test", kinds.Kind(lambda job, path: [], most_attempts=3, goes_on=True))
    ends(Ended.FAILED, "model_changed")
    job = submit()

    run.run(str(job.id))

    assert state(job) == (State.FAILED, Reason.MODEL_CHANGED)


def test_a_disk_so_full_that_the_command_could_not_say_so_is_the_end(
    submit: Submit, ends: Ends, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(kinds._kinds, "test", kinds.Kind(lambda job, path: [], most_attempts=3, goes_on=True))
    monkeypatch.setattr(run, "_LEAST_FREE_BYTES", 2**70)
    ends(Ended.FAILED)
    job = submit()

    run.run(str(job.id))

    assert state(job) == (State.FAILED, Reason.STORAGE)


def test_what_an_earlier_attempt_has_done_is_not_done_again(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(job: Job, path: Path) -> list[str]:
        raise kinds.DoneBefore

    job = submit()
    monkeypatch.setitem(kinds._kinds, "test", kinds.Kind(refuse))

    run.run(str(job.id))

    assert state(job) == (State.DONE, "")


@pytest.mark.parametrize("ended", [Ended.TAKEN_AWAY, Ended.FAILED])
def test_what_a_job_leaves_elsewhere_goes_where_it_is_deleted_in_the_middle(
    submit: Submit, monkeypatch: pytest.MonkeyPatch, ended: Ended
) -> None:
    discarded: list[Job] = []
    job, other = submit("ann"), submit("ben")

    def delete(*_: object, **__: object) -> Ended:
        Job.objects.filter(id=job.id).delete()
        return ended

    kind = kinds.Kind(lambda job, path: [], discard=discarded.append)
    monkeypatch.setitem(kinds._kinds, "test", kind)
    monkeypatch.setattr(bounded_process, "run", delete)

    run.run(str(job.id))
    run.run(str(other.id))

    assert discarded == [job]


def test_a_worker_that_is_stopped_gives_its_job_back(submit: Submit, ends: Ends) -> None:
    ends(SystemExit(1))
    job = submit()

    with pytest.raises(SystemExit):
        run.run(str(job.id))

    assert state(job) == (State.WAITING, "")


def test_what_cannot_be_done_at_all_says_why(submit: Submit, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(job: Job, path: Path) -> list[str]:
        raise kinds.CannotRun(Reason.GONE)

    job, unknown = submit(), submit(kind="later")
    monkeypatch.setitem(kinds._kinds, "test", kinds.Kind(refuse))

    run.run(str(job.id))
    run.run(str(unknown.id))

    assert state(job) == (State.FAILED, Reason.GONE)
    assert state(unknown) == (State.FAILED, Reason.FAULT)


def test_a_job_that_is_done_or_deleted_is_not_done_again(submit: Submit, ends: Ends) -> None:
    job, deleted = submit(), submit()
    ends(Ended.DONE)
    run.run(str(job.id))
    deleted_id = str(deleted.id)
    deleted.delete()
    ends(Ended.FAILED)

    run.run(str(job.id))
    run.run(deleted_id)

    assert state(job) == (State.DONE, "")


@pytest.mark.parametrize(("uses_all", "cores"), [(False, 2), (True, 7)])
def test_a_job_has_as_many_cores_as_its_kind_may(
    submit: Submit, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch, uses_all: bool, cores: int
) -> None:
    given: list[Limits] = []

    def fake(command: list[str], log: Path, limits: Limits, is_wanted: object, *, every_s: float) -> Ended:
        given.append(limits)
        return Ended.DONE

    job = submit()
    settings_of(job_threads=2, job_nice=5)
    monkeypatch.setattr(machine, "cores", lambda: 7)
    monkeypatch.setattr(bounded_process, "run", fake)
    monkeypatch.setitem(kinds._kinds, "test", kinds.Kind(lambda job, path: [], uses_all_cores=uses_all))

    run.run(str(job.id))

    assert [(limits.cores, limits.nice) for limits in given] == [(cores, 5)]


def test_a_job_that_is_to_be_paused_is_ended_and_put_aside(submit: Submit, ends: Ends) -> None:
    job = submit()
    ends(Ended.TAKEN_AWAY)
    kinds_command = kinds.of(job).command

    def pausing(job: Job, path: Path) -> list[str]:
        queue.pause(job)
        return kinds_command(job, path)

    kinds.register("test", kinds.Kind(pausing))
    run.run(str(job.id))

    assert state(job) == (State.PAUSED, "")
