"""Projects and trainings of the client, before a real server with a worker."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from django.db import connection

from recognizer import Recognizer
from recognizer.client import AsyncClient, Client, Passed, Problem, Project, TrainingStatus
from recognizer.client.calls import Call
from recognizer.registry import versions
from tests import event_loops
from tests.webui.client.test_client import DOCUMENTED, PROGRAMS
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.studio.factories import jpeg_of
from tests.webui.studio.test_training_api import trains
from tests.webui.versions.conftest import opened
from webui.accounts.models import ApiKey, Scope
from webui.jobs import bounded_process
from webui.jobs.models import Job, Reason, State
from webui.jobs.run import run as work
from webui.studio import models as studio
from webui.studio import training

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch, settings_of: SettingsOf, tmp_path: Path) -> Path:
    """What trains is installed here, and models have a place."""
    monkeypatch.setattr(training, "find_spec", lambda name: object())
    monkeypatch.setattr(bounded_process, "run", trains)
    monkeypatch.setattr(Recognizer, "open", opened)
    path = tmp_path / "models"
    path.mkdir()
    settings_of(models=path)
    return path


@pytest.fixture
def token() -> str:
    """A key of somebody of the staff."""
    user = make_user("sam", is_staff=True)
    return ApiKey.make(user, "script", [Scope.STUDIO, Scope.ACTIVATE])[1]


@pytest.fixture
def client(address: str, token: str) -> Iterator[Client]:
    with Client(f"http://{address}", key=token) as client:
        yield client


@pytest.fixture
def worker() -> Iterator[None]:
    """Does the jobs as they come, in a thread."""
    unwanted = threading.Event()

    def work_on() -> None:
        while not unwanted.wait(0.02):
            for job in Job.objects.filter(state=State.WAITING):
                work(str(job.id))
        connection.close()

    thread = threading.Thread(target=work_on)
    thread.start()
    yield
    unwanted.set()
    thread.join()


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The working folder, with pictures of two mugs."""
    for name, first in (("blue", 0), ("red", 100)):
        (tmp_path / "mugs" / name).mkdir(parents=True)
        for number in range(11):
            (tmp_path / "mugs" / name / f"{number:02}.jpg").write_bytes(jpeg_of(first + number))
    (tmp_path / "mugs" / "red" / "99.jpg").write_bytes(b"\xff\xd8\xff")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def fill(project: Project) -> None:
    for label, first in (("blue", 0), ("red", 100)):
        project.add(label, [jpeg_of(first + number) for number in range(10)])


def test_the_example_trains_and_activates(
    folder: Path, address: str, token: str, models: Path, worker: None, capsys: pytest.CaptureFixture[str]
) -> None:
    [program] = [program for program in PROGRAMS if "client.project(" in program]

    exec(compile(program.replace(DOCUMENTED, address).replace("mng_...", token), "example", "exec"), {})

    broken, said = capsys.readouterr().out.splitlines()
    assert broken.startswith("99.jpg The picture is damaged")
    assert said == "our_mugs-1 names 3 of 4 rightly"
    assert versions.active(models).stem == "our_mugs-1"


def test_a_project_is_found_again_by_its_name(client: Client) -> None:
    made = client.project("Our mugs")
    made.add("blue", [jpeg_of(1), jpeg_of(2)])
    made.add(None, [jpeg_of(3)])  # Not sorted yet.

    assert client.project("Our mugs").id == made.id
    assert [(each.id, each.name) for each in client.projects()] == [(made.id, "Our mugs")]
    assert made.classes() == {"blue": 2}
    made.delete()
    assert client.projects() == []


def test_more_than_a_request_holds_are_added_and_what_is_not_has_its_reason(client: Client, tmp_path: Path) -> None:
    project = client.project("Our mugs")
    missing = tmp_path / "missing.jpg"

    passed = project.add("blue", [*map(jpeg_of, range(20)), missing, jpeg_of(3)])

    assert project.classes() == {"blue": 20}
    assert [(each.filename, each.code) for each in passed] == [("missing.jpg", "unreadable_file"), ("picture", "here")]


def test_pictures_that_are_too_many_bytes_together_are_sent_one_by_one() -> None:
    taken: list[bytes] = []

    def send(call: Call) -> httpx2.Response:
        pictures = [data for _, (_, data) in call.files or []]
        if sum(map(len, pictures)) > 3:
            problem = {"code": "image_too_large", "detail": "It is over 3 bytes."}
            return httpx2.Response(413, json=problem, request=httpx2.Request("POST", "http://x/"))
        taken.extend(pictures)
        return httpx2.Response(200, json={"passed": []}, request=httpx2.Request("POST", "http://x/"))

    [passed] = Project(send, "1", "x").add("blue", [b"ab", b"cd", b"long", b"e"])

    assert taken == [b"ab", b"cd", b"e"]
    assert (passed.code, passed.detail) == ("image_too_large", "It is over 3 bytes.")


def test_a_training_is_followed_and_its_model_saved(client: Client, tmp_path: Path, worker: None, models: Path) -> None:
    project = client.project("Our mugs")
    fill(project)

    training = project.train("animals")
    done = training.wait()
    training.save_model(tmp_path / "copy.h5")

    assert (done.state, done.model, done.right, done.held_back) == ("done", "our_mugs-1", 3, 4)
    assert (tmp_path / "copy.h5").read_bytes() == (models / "our_mugs-1.h5").read_bytes()
    assert [each.id for each in project.trainings()] == [training.id]
    training.delete()
    assert project.trainings() == []


def test_the_client_for_asyncio_does_the_same(address: str, token: str, tmp_path: Path, worker: None) -> None:
    async def ask() -> tuple[TrainingStatus, list[Passed], dict[str, int]]:
        async with AsyncClient(f"http://{address}", key=token) as client:
            project = await client.project("Our mugs")
            for label, first in (("blue", 0), ("red", 100)):
                passed = await project.add(label, [jpeg_of(first + number) for number in (*range(10), 0)])
            training = await project.train()
            done = await training.wait()
            await training.save_model(tmp_path / "copy.h5")
            [known], [listed] = await client.projects(), await project.trainings()
            classes = await known.classes()
            assert (known.id, listed.id) == (project.id, training.id)
            await training.delete()
            await project.delete()
            assert await client.projects() == []
            return done, passed, classes

    done, passed, classes = event_loops.run(ask())

    assert (done.state, done.right, classes) == ("done", 3, {"blue": 10, "red": 10})
    assert [each.code for each in passed] == ["here"]
    assert (tmp_path / "copy.h5").is_file()


def test_one_is_paused_and_goes_on(client: Client, address: str, token: str) -> None:
    project = client.project("Our mugs")
    fill(project)
    training = project.train()

    async def pause_and_resume() -> list[str]:
        async with AsyncClient(f"http://{address}", key=token) as other:
            [same] = await (await other.project("Our mugs")).trainings()
            await same.pause()
            with pytest.raises(Problem, match="paused"):
                await same.wait()
            paused = (await same.status()).state
            await same.resume()
            return [paused, (await same.status()).state]

    training.pause()
    with pytest.raises(Problem, match="paused") as paused:
        training.wait()
    training.resume()

    assert paused.value.code == "training_paused"
    assert event_loops.run(pause_and_resume()) == ["paused", "waiting"]


def test_one_that_failed_says_why_and_goes_on(client: Client) -> None:
    project = client.project("Our mugs")
    fill(project)
    training = project.train()
    Job.objects.update(state=State.FAILED, reason=Reason.STORAGE)

    with pytest.raises(Problem, match="disk is full") as failed:
        training.wait()
    training.resume()

    assert failed.value.code == "training_failed"
    assert training.status().state == "waiting"


def test_what_cannot_be_trained_is_a_problem(client: Client) -> None:
    with pytest.raises(Problem) as refused:
        client.project("Our mugs").train()

    assert (refused.value.code, refused.value.reason) == ("not_trainable", "classes")
    assert not studio.Run.objects.exists()


@pytest.mark.parametrize(
    "document", [{}, {"classes": None}, {"classes": [{}]}, {"classes": [{"name": "x", "pictures": None}]}]
)
def test_an_answer_of_something_else_is_not_understood(document: dict[str, object]) -> None:
    def send(call: Call) -> httpx2.Response:
        return httpx2.Response(200, json=document, request=httpx2.Request("GET", "http://x/"))

    with pytest.raises(Problem) as refused:
        Project(send, "1", "x").classes()

    assert refused.value.code == "unexpected_answer"
