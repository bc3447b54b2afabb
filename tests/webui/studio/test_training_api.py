"""Trainings, for programs: begun, followed, taken up again, ended; and the whole way from nothing to an answer."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from recognizer import Recognizer
from recognizer.registry import versions
from tests.recognizer.registry.test_versions import model_file
from tests.webui.conftest import SettingsOf
from tests.webui.studio import outcomes
from tests.webui.studio.factories import jpeg_of, make_picture, make_project, make_run
from tests.webui.versions.conftest import opened, serve
from webui.accounts.identity import Caller
from webui.accounts.models import ApiKey, Scope, User
from webui.jobs import bounded_process, folder
from webui.jobs.bounded_process import Ended
from webui.jobs.models import Job, Reason, State
from webui.jobs.run import run as work
from webui.studio import training
from webui.studio.models import Project, Recipe, Run

pytestmark = pytest.mark.django_db

FEATURES = {"event": "progress", "stage": "Computing features", "done": 8, "total": 32, "seconds": 30.0}
PICTURES: dict[str, object] = {
    "event": "pictures",
    "training": 17,
    "held_back": 4,
    "left_out": 1,
    "classes": [],
    "seconds": 9,
}
EPOCH = {"event": "epoch", "epoch": 1, "epochs": 8, "val_accuracy": 0.75, "seconds": 60.0}
DONE: dict[str, object] = {"event": "done", "right": 3, "of": 4, "seconds": 200.0}


@pytest.fixture(autouse=True)
def models(monkeypatch: pytest.MonkeyPatch, settings_of: SettingsOf, tmp_path: Path) -> Path:
    """What trains is installed here, and models have a place."""
    monkeypatch.setattr(training, "find_spec", lambda name: object())
    path = tmp_path / "models"
    path.mkdir()
    settings_of(models=path)
    return path


@pytest.fixture
def api(client: Client, member: User) -> Client:
    """A program that sends a key of mia's."""
    return with_key(client, member, Scope.STUDIO)


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=10, cup=11)


def with_key(client: Client, user: User, *scopes: Scope) -> Client:
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {ApiKey.make(user, 'script', list(scopes))[1]}"
    return client


def train(client: Client, project_id: object, recipe: object = "quick") -> Any:
    sent = json.dumps({"recipe": recipe})
    return client.post(f"/api/v1/projects/{project_id}/trainings", sent, content_type="application/json")


def at(run: Run, rest: str = "") -> str:
    return f"/api/v1/trainings/{run.job_id}{rest}"


def refusal(response: Any) -> tuple[int, str, str]:
    document = response.json()
    return response.status_code, document["code"], document.get("reason", "")


@pytest.mark.parametrize(("said", "by_groups"), [({}, True), ({"by_groups": False}, False)])
def test_whole_groups_are_held_back_unless_it_says_otherwise(
    api: Client, project: Project, said: dict[str, bool], by_groups: bool
) -> None:
    sent = json.dumps({"recipe": "quick", **said})

    begun = api.post(f"/api/v1/projects/{project.id}/trainings", sent, content_type="application/json")

    assert begun.status_code == 202
    assert project.runs.get().by_groups == by_groups


def test_a_training_is_begun_and_listed(api: Client, project: Project) -> None:
    begun = train(api, project.id, "animals")
    told = begun.json()
    listed = api.get(f"/api/v1/projects/{project.id}/trainings").json()

    assert (begun.status_code, begun["Location"]) == (202, told["links"]["self"])
    assert (told["state"], told["recipe"], told["model"], told["pictures"]) == ("waiting", "animals", "our_mugs-1", 21)
    assert (told["result"], told["links"]["model_file"], told["changed"]) == (None, None, False)
    assert api.get(begun["Location"]).json() == told
    assert [each["id"] for each in listed["trainings"]] == [told["id"]]
    assert listed["next"] is None


@pytest.mark.parametrize(
    ("classes", "reason"), [({}, "classes"), ({"mug": 10}, "classes"), ({"mug": 10, "cup": 9}, "pictures")]
)
def test_what_is_too_little_is_not_trained(api: Client, member: User, classes: dict[str, int], reason: str) -> None:
    response = train(api, make_project(member, **classes).id)

    assert refusal(response) == (409, "not_trainable", reason)
    assert not Run.objects.exists()


def test_a_server_that_cannot_train_says_so(api: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(training, "find_spec", lambda name: None)

    assert refusal(train(api, project.id)) == (409, "not_trainable", "not_installed")


@pytest.mark.parametrize("recipe", ["", "digits", "../quick", "--help", None, 7, ["quick"]])
def test_a_recipe_that_is_not_offered_is_refused(api: Client, project: Project, recipe: object) -> None:
    assert refusal(train(api, project.id, recipe)) == (400, "invalid_request", "")
    assert not Run.objects.exists()


def test_nobody_fills_the_queue_alone(api: Client, project: Project) -> None:
    responses = [train(api, project.id) for _ in range(4)]

    assert [response.status_code for response in responses] == [202, 202, 202, 429]
    assert refusal(responses[3])[1] == "too_many_jobs"
    assert responses[3]["Retry-After"] == "60"


def test_it_is_followed(api: Client, project: Project) -> None:
    told = api.get(at(make_run(project, PICTURES, FEATURES, EPOCH, state=State.RUNNING))).json()["progress"]

    assert (told["stage"], told["share"]) == ("Computing features", 0.25)
    assert (told["training"], told["held_back"], told["left_out"]) == (17, 4, 1)
    assert told["epochs"] == [{"epoch": 1, "of": 8, "accuracy": 0.75}]
    assert told["seconds_left"] > 0


def test_what_it_names_wrongly_so_far_is_told_while_it_trains(api: Client, project: Project) -> None:
    number = project.pictures.earliest("id").pk
    wrong = {"file": f"mug/{number:08}", "actual": "mug", "said": "cup", "score": 0.9}
    told = {"event": "wrong", "wrong": 1, "of": 4, "pictures": [wrong], "seconds": 61.0}

    [failure] = api.get(at(make_run(project, PICTURES, EPOCH, told, state=State.RUNNING))).json()["failures"]

    assert failure == {"picture": number, "actual": "mug", "said": "cup", "score": 0.9, "known": True}


def test_what_came_of_it_stays_when_its_events_are_gone(api: Client, project: Project, models: Path) -> None:
    run = make_run(project, PICTURES, DONE, state=State.DONE)
    (models / "our_mugs-1.h5").write_bytes(b"model")

    first = api.get(f"/api/v1/projects/{project.id}/trainings").json()["trainings"][0]
    folder.remove(run.job_id)
    later = api.get(at(run)).json()

    assert first["result"] == later["result"] == {"right": 3, "held_back": 4}
    file = api.get(later["links"]["model_file"])
    assert b"".join(file.streaming_content) == b"model"  # type: ignore[attr-defined]
    assert later["links"]["activate"] == "/api/v1/models/our_mugs-1/activate"


@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.FAILED])
def test_a_model_of_that_name_is_another_ones_until_it_is_done(
    api: Client, project: Project, models: Path, state: State
) -> None:
    run = make_run(project, state=state)
    (models / "our_mugs-1.h5").write_bytes(b"of somebody else")

    assert api.get(at(run)).json()["links"]["activate"] is None
    assert refusal(api.get(at(run, "/model.h5")))[:2] == (404, "not_found")


def test_why_it_failed_is_said_in_english(api: Client, project: Project) -> None:
    run = make_run(project, {"event": "failed", "message": "Two classes look the same."}, state=State.FAILED)
    Job.objects.filter(id=run.job_id).update(reason=Reason.PICTURES)

    told = api.get(at(run), headers={"Accept-Language": "zh-hans"}).json()

    assert told["failure"] == {"code": "pictures", "detail": "These pictures cannot be trained on."}
    assert told["progress"]["message"] == "Two classes look the same."


def failed(project: Project, reason: Reason) -> Run:
    run = training.begin(project, Recipe.QUICK, Caller(user=project.owner))
    Job.objects.filter(id=run.job_id).update(state=State.FAILED, reason=reason)
    return run


def test_one_that_was_cut_off_goes_on(api: Client, project: Project) -> None:
    run = failed(project, Reason.DIED)

    before = api.get(at(run)).json()["can_resume"]
    responses = [api.post(at(run, "/resume")) for _ in range(2)]

    assert before
    assert [(each.status_code, each.json()["state"]) for each in responses] == [(202, "waiting")] * 2


def test_one_is_paused_and_goes_on(api: Client, project: Project) -> None:
    run = training.begin(project, Recipe.QUICK, Caller(user=project.owner))

    paused = api.post(at(run, "/pause"))
    make_picture(project.classes.get(name="mug"), 77)
    resumed = api.post(at(run, "/resume"))

    assert (paused.status_code, paused.json()["state"], paused.json()["can_resume"]) == (202, "paused", True)
    assert (resumed.status_code, resumed.json()["state"]) == (202, "waiting")


def test_three_may_be_paused(api: Client, project: Project) -> None:
    responses = []
    for _ in range(4):
        run = training.begin(project, Recipe.QUICK, Caller(user=project.owner))
        responses.append(api.post(at(run, "/pause")))

    assert [response.status_code for response in responses] == [202, 202, 202, 429]


def test_one_that_is_at_its_epochs_ends_with_the_best_so_far(api: Client, project: Project) -> None:
    fine_tuning = {"event": "progress", "stage": "Training conv5 and up", "done": 8, "total": 32, "seconds": 50.0}
    at_epochs = make_run(project, {**EPOCH, "phase": "Training conv5 and up"}, fine_tuning, state=State.RUNNING)
    before_them = make_run(project, FEATURES, state=State.RUNNING, model="our_mugs-2")

    for run in (at_epochs, before_them):
        assert api.post(at(run, "/finish")).status_code == 202

    assert [training.ends_early(run) for run in (at_epochs, before_them)] == [True, False]


def test_the_pictures_that_the_model_fails_on_are_told(api: Client, project: Project) -> None:
    run = make_run(project, DONE, state=State.DONE)
    outcomes.note(run)
    one, two, three = project.pictures.filter(picture_class__name="mug")[:3]
    answers = {one.pk: ("mug", True), two.pk: ("cup", True), three.pk: ("mug", False)}
    outcomes.write(run, outcomes.outcome_of(run, answers))

    told = api.get(at(run)).json()

    assert told["result"] == {"right": 2, "held_back": 3}
    assert told["failures"] == [
        {"picture": two.pk, "actual": "mug", "said": "cup", "score": 0.8, "known": True},
        {"picture": three.pk, "actual": "mug", "said": "mug", "score": 0.8, "known": False},
    ]


def test_one_that_would_only_fail_again_does_not_go_on(api: Client, project: Project) -> None:
    of_pictures, changed = failed(project, Reason.PICTURES), failed(project, Reason.DIED)
    make_picture(project.classes.get(name="mug"), 77)

    for run in (of_pictures, changed):
        assert refusal(api.post(at(run, "/resume"))) == (409, "not_trainable", "over")


def test_ending_it_takes_the_job_away_and_a_model_that_is_done_stays(
    api: Client, project: Project, models: Path
) -> None:
    running, done = make_run(project, state=State.RUNNING), make_run(project, state=State.DONE, model="our_mugs-2")
    (models / "our_mugs-2.h5").touch()

    assert [api.delete(at(run)).status_code for run in (running, done)] == [204, 204]
    assert not Job.objects.exists()
    assert (models / "our_mugs-2.h5").exists()


def test_they_are_paged(api: Client, project: Project) -> None:
    runs = [make_run(project, state=State.DONE, model=f"our_mugs-{number}") for number in range(5)]

    found, address = [], f"/api/v1/projects/{project.id}/trainings?limit=2"
    while address:
        page = api.get(address).json()
        found += [each["id"] for each in page["trainings"]]
        address = page["next"]

    assert found == [str(run.job_id) for run in reversed(runs)]


def test_those_of_others_are_not_found(client: Client, project: Project, staff: User) -> None:
    run = make_run(project, state=State.DONE)

    for method, rest in (("GET", ""), ("DELETE", ""), ("POST", "/resume"), ("POST", "/pause"), ("GET", "/model.h5")):
        response = with_key(client, staff, Scope.STUDIO).generic(method, at(run, rest))
        assert refusal(response)[:2] == (404, "not_found"), (method, rest)


def trains(command: list[str], *limits: object, **more: object) -> Ended:
    """As `python -m training fit` ends: with its events, and a model of the classes that are in the folders."""
    options = dict(zip(command[4::2], command[5::2], strict=False))
    data, out = Path(options["--data"]), Path(options["--out"])
    name, _, version = out.stem.rpartition("-")
    model_file(out, name=name, version=version)
    lines: list[dict[str, object]] = [
        PICTURES | {"training": sum(1 for path in data.rglob("*") if path.is_file())},
        DONE,
    ]
    Path(options["--events"]).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    return Ended.DONE


def test_from_nothing_to_an_answer_with_a_key(
    client: Client, staff: User, models: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    api = with_key(client, staff, Scope.STUDIO, Scope.ACTIVATE, Scope.CLASSIFY)
    monkeypatch.setattr(bounded_process, "run", trains)
    monkeypatch.setattr(Recognizer, "open", opened)

    project = api.post("/api/v1/projects", {"name": "Our mugs"}, content_type="application/json").json()["id"]
    for label, first in (("mug", 0), ("cup", 100)):
        pictures = [io.BytesIO(jpeg_of(first + number)) for number in range(12)]
        answer = api.post(f"/api/v1/projects/{project}/pictures?class={label}", {"image": pictures})
        assert len(answer.json()["added"]) == 12
    training_ = train(api, project).json()
    work(training_["id"])
    done = api.get(training_["links"]["self"]).json()
    activation = api.get(api.post(done["links"]["activate"])["Location"]).json()
    serve(versions.active(models))
    [prediction] = api.post("/api/v1/classify", jpeg_of(1), content_type="image/jpeg").json()["predictions"]

    assert (done["state"], done["result"]) == ("done", {"right": 3, "held_back": 4})
    assert done["progress"]["training"] == 24
    assert (activation["outcome"], activation["version"]) == ("done", "our_mugs-1")
    assert prediction["label"]
