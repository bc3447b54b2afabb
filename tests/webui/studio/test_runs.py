"""Trainings: begun from the page, laid out for the command, watched, and what came of them."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from tests.recognizer.graphs import small_metadata, write_model
from tests.webui.conftest import SettingsOf
from tests.webui.studio.factories import make_picture, make_project, make_run
from webui.accounts.identity import Caller
from webui.accounts.models import User
from webui.jobs import folder
from webui.jobs.kinds import CannotRun, DoneBefore
from webui.jobs.models import Job, Reason, State
from webui.studio import command, dataset, progress, record, rivals, run_views, store, training
from webui.studio.findings import Begun
from webui.studio.models import Comparison, PictureClass, Project, Recipe, Run

pytestmark = pytest.mark.django_db

PICTURES = {
    "event": "pictures",
    "training": 340,
    "held_back": 60,
    "classes": ["cup", "mug"],
    "left_out": 2,
    "seconds": 9,
}
FEATURES = {"event": "progress", "stage": "Computing features", "done": 8, "total": 32, "seconds": 30.0}
WRONG = b'{"event": "wrong", "wrong": 1, "of": 2, "pictures": [%b]}'
DONE = {"event": "done", "model": "our_mugs-1.h5", "report": "r.html", "right": 57, "of": 60, "seconds": 200.0}


@pytest.fixture(autouse=True)
def trains(monkeypatch: pytest.MonkeyPatch, settings_of: SettingsOf, tmp_path: Path) -> None:
    """What trains is installed here, and models have a place."""
    monkeypatch.setattr(training, "find_spec", lambda name: object())
    (tmp_path / "models").mkdir()
    settings_of(models=tmp_path / "models")


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=10, cup=11)


def train(client: Client, project: Project, recipe: str = "quick") -> Run:
    response = client.post(reverse("studio_train", args=[project.id]), {"recipe": recipe})
    assert response.status_code == 302, response.content.decode()
    return Run.objects.select_related("job").latest("job__created")


def test_a_training_is_begun(member_client: Client, project: Project) -> None:
    page = member_client.get(reverse("studio_project", args=[project.id])).content.decode()
    run = train(member_client, project, "animals")

    assert "Start the training" in page
    assert (run.job.state, run.job.kind) == (State.WAITING, "training")
    assert (run.model, run.recipe, run.pictures) == ("our_mugs-1", "animals", 21)


@pytest.mark.parametrize(
    ("classes", "recipe"), [({"mug": 10}, "quick"), ({"mug": 10, "cup": 9}, "quick"), ({}, "quick")]
)
def test_what_is_too_little_is_not_trained(
    member_client: Client, member: User, classes: dict[str, int], recipe: str
) -> None:
    project = make_project(member, **classes)

    response = member_client.post(reverse("studio_train", args=[project.id]), {"recipe": recipe})

    assert response.status_code == 422
    assert not Run.objects.exists()


@pytest.mark.parametrize("recipe", ["", "digits", "../quick", "--help"])
def test_a_recipe_that_is_not_offered_is_refused(member_client: Client, project: Project, recipe: str) -> None:
    assert member_client.post(reverse("studio_train", args=[project.id]), {"recipe": recipe}).status_code == 422
    assert not Run.objects.exists()


def test_other_things_alone_make_no_second_class(member_client: Client, member: User) -> None:
    project = make_project(member, mug=10)
    other = PictureClass.objects.create(project=project, name="Other things", is_other=True)
    for number in range(10):
        make_picture(other, number)

    page = member_client.get(reverse("studio_project", args=[project.id])).content.decode()

    assert "At least two classes are needed." in page


def test_each_training_makes_a_version_of_its_own(member_client: Client, project: Project, tmp_path: Path) -> None:
    (tmp_path / "models" / "our_mugs-2.h5").touch()

    assert [train(member_client, project).model for _ in range(2)] == ["our_mugs-1", "our_mugs-3"]


@pytest.mark.parametrize(
    ("name", "model"), [("Our mugs!", "our_mugs"), ("Café №5", "cafe_no5"), ("../../etc", "etc"), ("--help", "help")]
)
def test_a_model_is_named_after_the_project(member: User, name: str, model: str) -> None:
    assert training.model_name(make_project(member, name)) == model


def test_a_name_without_latin_letters_becomes_a_number(member: User) -> None:
    project = make_project(member, "我们的杯子")

    assert training.model_name(project) == f"project_{str(project.id)[:8]}"


def test_nobody_fills_the_queue_alone(member_client: Client, project: Project) -> None:
    for _ in range(3):
        train(member_client, project)

    page = member_client.post(reverse("studio_train", args=[project.id]), {"recipe": "quick"}, follow=True)

    assert "Three jobs of yours wait or run already" in page.content.decode()


def test_the_command_reads_the_pictures_in_class_folders(project: Project, tmp_path: Path) -> None:
    other = PictureClass.objects.create(project=project, name="Other things", is_other=True)
    for number in range(10):
        make_picture(other, number)
    run = make_run(project, recipe=Recipe.USUAL)
    made = folder.make(run.job_id)

    line = command.command(run.job, made)

    assert line[:2] == ["training", "fit"]
    options = dict(zip(line[2::2], line[3::2], strict=False))
    data, unknown = Path(options["--data"]), Path(options["--unknown"])
    assert {path.name: len(list(path.iterdir())) for path in data.iterdir()} == {"mug": 10, "cup": 11}
    assert len(list(unknown.iterdir())) == 10
    assert not unknown.is_relative_to(data)
    assert options["--recipe"] == "animals"
    assert options["--out"] == str(tmp_path / "models" / "our_mugs-1.h5")
    assert "--no-photographs" in line
    assert "--resume" in line
    assert command.command(run.job, made) == line  # As a worker does that takes up what another has begun.


def test_a_class_may_be_called_as_the_folder_of_other_things_is(member: User) -> None:
    project = make_project(member, mug=10, other=10)
    other = PictureClass.objects.create(project=project, name="Other things", is_other=True)
    for number in range(10):
        make_picture(other, number)
    run = make_run(project)

    line = command.command(run.job, folder.make(run.job_id))

    assert Path(line[line.index("--unknown") + 1]).name == "other_things"


def test_what_is_laid_out_is_what_counts(project: Project) -> None:
    run = make_run(project)  # Begun before.
    make_picture(project.classes.get(name="mug"), 77)

    command.command(run.job, folder.make(run.job_id))

    run.refresh_from_db()
    assert run.pictures == 22
    assert not training.changed_since(run)


def test_a_training_that_was_killed_after_its_end_is_done(project: Project, tmp_path: Path) -> None:
    run = make_run(project)
    made = folder.make(run.job_id)
    command.command(run.job, made)
    model, unfinished = (tmp_path / "models" / f"our_mugs-1.{end}" for end in ("h5", "training"))
    model.touch(), unfinished.mkdir()
    command.command(run.job, made)  # The model may be written once more.
    unfinished.rmdir()

    with pytest.raises(DoneBefore):
        command.command(run.job, made)


def test_its_result_is_then_that_of_the_model(member_client: Client, project: Project, tmp_path: Path) -> None:
    run = make_run(project, PICTURES, state=State.DONE)
    results = {"validation": {"accuracy": 57 / 60, "n": 60}}
    write_model(tmp_path / "models" / "our_mugs-1.h5", small_metadata(results=results))

    page = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert "Of 60 pictures that it had not seen, it names 57 rightly." in page


def test_too_few_other_things_are_left_out(project: Project) -> None:
    make_picture(PictureClass.objects.create(project=project, name="Other things", is_other=True))
    run = make_run(project)

    assert "--unknown" not in command.command(run.job, folder.make(run.job_id))


def test_a_picture_whose_file_is_gone_ends_the_training(project: Project) -> None:
    run = make_run(project)
    picture = project.pictures.first()
    assert picture
    store.remove(project.id, picture.digest)

    with pytest.raises(CannotRun) as caught:
        command.command(run.job, folder.make(run.job_id))

    assert caught.value.reason == Reason.GONE


def test_a_training_is_watched(member_client: Client, project: Project) -> None:
    run = make_run(project, PICTURES, FEATURES, state=State.RUNNING)

    page = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert "The network looks at each picture." in page
    assert 'value="25"' in page
    assert "It trains on 340 pictures; 60 are held back." in page
    assert "minute" in page
    assert "Stop the training" in page


def test_what_it_still_gets_wrong_is_shown_meanwhile(member_client: Client, project: Project) -> None:
    there, gone = project.pictures.order_by("id")[:2]
    wrong = [
        {"file": f"mug/{number:08}", "actual": "mug", "said": "cup", "score": 0.9} for number in (there.pk, gone.pk)
    ]
    told = {"event": "wrong", "wrong": 5, "of": 60, "pictures": wrong, "seconds": 50.0}
    run = make_run(project, PICTURES, FEATURES, {**told, "wrong": 9, "pictures": []}, told, state=State.RUNNING)
    gone.delete()

    page = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert "So far it names 5 of the 60 pictures held back wrongly." in page
    assert reverse("studio_picture", args=[there.pk]) in page
    assert page.count("says: cup") == 1  # The other one has been deleted since.


def test_that_it_gets_nothing_wrong_is_said_too(member_client: Client, project: Project) -> None:
    told = {"event": "wrong", "wrong": 0, "of": 60, "pictures": [], "seconds": 50.0}
    run = make_run(project, PICTURES, FEATURES, told, state=State.RUNNING)

    page = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert "So far it names all 60 pictures held back rightly." in page


def test_a_worker_that_was_killed_is_told(member_client: Client, project: Project) -> None:
    run = make_run(project, FEATURES, state=State.RUNNING)
    address = reverse("studio_run", args=[run.job_id])

    before = member_client.get(address).content.decode()
    Job.objects.filter(id=run.job_id).update(beat=timezone.now() - timedelta(seconds=20))
    after = member_client.get(address).content.decode()
    Job.objects.filter(id=run.job_id).update(beat=timezone.now() - timedelta(seconds=50))
    later = member_client.get(address).content.decode()

    said = "The worker has stopped in the middle of it."
    assert (said in before, said in after, said in later) == (False, True, False)
    assert "It begins in a moment." in later


def test_the_result_is_said_in_words_and_stays_when_the_events_are_gone(
    member_client: Client, staff_client: Client, project: Project, tmp_path: Path
) -> None:
    run = make_run(project, PICTURES, DONE, state=State.DONE)
    (tmp_path / "models" / "our_mugs-1.h5").touch()
    address = reverse("studio_run", args=[run.job_id])

    first = member_client.get(address).content.decode()
    folder.remove(run.job_id)
    later, of_staff = (client.get(address).content.decode() for client in (member_client, staff_client))

    for page in (first, later, of_staff):
        assert "Of 60 pictures that it had not seen, it names 57 rightly." in page
        assert "That is about 24 of 25; for other pictures like these, the true figure lies between 22 and 25" in page
    assert reverse("model_activate", args=["our_mugs-1"]) in of_staff
    assert reverse("model_activate", args=["our_mugs-1"]) not in later


def test_a_result_on_few_pictures_is_not_praised(member_client: Client, project: Project) -> None:
    run = make_run(project, state=State.DONE, right=3, held_back=3)

    page = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert "the true figure may be anything from 11 to 25 of 25" in page
    assert "The model file is not there any more." in page


def test_what_went_wrong_is_said(member_client: Client, project: Project) -> None:
    failed = {"event": "failed", "code": "invalid_dataset", "message": "Two <b>classes</b> look the same."}
    run = make_run(project, failed, state=State.FAILED)
    Job.objects.filter(id=run.job_id).update(reason=Reason.REFUSED)

    page = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert "It did not work" in page
    assert "Two &lt;b&gt;classes&lt;/b&gt; look the same." in page


def test_what_went_wrong_is_said_without_the_servers_folders(
    member_client: Client, project: Project, tmp_path: Path
) -> None:
    run = make_run(project, state=State.FAILED)
    message = f"No pictures in: {folder.path_of(run.job_id)}/pictures/classes, for {tmp_path}/models/our_mugs-1.h5"
    event = {"event": "failed", "code": "invalid_dataset", "message": message}
    (folder.path_of(run.job_id) / folder.EVENTS).write_text(f"{json.dumps(event)}\n")

    page = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert "No pictures in: pictures/classes, for our_mugs-1.h5" in page


def test_a_change_of_the_pictures_is_seen(member_client: Client, project: Project) -> None:
    run = train(member_client, project)

    assert not training.changed_since(run)
    picture = project.pictures.latest("id")
    picture.picture_class = project.classes.get(name="mug")
    picture.save()
    assert training.changed_since(run)


def test_stopping_takes_the_job_away_and_a_finished_model_stays(
    member_client: Client, project: Project, tmp_path: Path
) -> None:
    running, done = make_run(project, state=State.RUNNING), make_run(project, state=State.DONE, model="our_mugs-2")
    (tmp_path / "models" / "our_mugs-2.h5").touch()

    for run in (running, done):
        member_client.post(reverse("studio_delete_run", args=[run.job_id]))

    assert not Run.objects.exists()
    assert not Job.objects.exists()
    assert (tmp_path / "models" / "our_mugs-2.h5").exists()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("by", ["run", "project", "account"])
@pytest.mark.parametrize("state", [State.WAITING, State.RUNNING, State.FAILED])
def test_what_is_not_done_goes_with_its_training_once_nobody_works_on_it(
    member: User, tmp_path: Path, by: str, state: State
) -> None:
    run = make_run(make_project(member), state=state)
    job = Job.objects.select_related("run").get(id=run.job_id)
    unfinished = tmp_path / "models" / "our_mugs-1.training"
    unfinished.mkdir()
    {"run": run, "project": run.project, "account": member}[by].delete()

    assert not Job.objects.exists()
    assert unfinished.exists() is (state == State.RUNNING)
    command.HOW.discard(job)  # As its worker does.
    assert not unfinished.exists()


def test_no_model_is_named_like_one_that_is_not_done(member_client: Client, project: Project, tmp_path: Path) -> None:
    (tmp_path / "models" / "our_mugs-1.training").mkdir()

    assert train(member_client, project).model == "our_mugs-2"


def test_two_that_begin_at_the_same_time_are_named_differently(
    project: Project, monkeypatch: pytest.MonkeyPatch, member: User
) -> None:
    make_run(project)
    names = iter(["our_mugs-1", "our_mugs-2"])
    monkeypatch.setattr(training, "free_name", lambda project: next(names))

    run = training.begin(project, Recipe.QUICK, Caller(user=member))

    assert run.model == "our_mugs-2"


def test_a_training_that_was_cut_off_goes_on_when_there_is_room(member_client: Client, project: Project) -> None:
    run = train(member_client, project)
    address, go_on = (reverse(name, args=[run.job_id]) for name in ("studio_run", "studio_go_on"))
    assert go_on not in member_client.get(address).content.decode()
    Job.objects.filter(id=run.job_id).update(state=State.FAILED, reason=Reason.STORAGE, attempt=10)

    page = member_client.get(address).content.decode()
    member_client.post(go_on)

    assert "The server’s disk is full." in page
    assert go_on in page
    run.job.refresh_from_db()
    assert (run.job.state, run.job.reason, run.job.attempt) == (State.WAITING, "", 0)


@pytest.mark.parametrize("reason", [Reason.PICTURES, Reason.GONE, Reason.NOT_INSTALLED])
def test_what_would_only_fail_again_does_not_go_on(member_client: Client, project: Project, reason: Reason) -> None:
    run = train(member_client, project)
    Job.objects.filter(id=run.job_id).update(state=State.FAILED, reason=reason)
    go_on = reverse("studio_go_on", args=[run.job_id])

    assert go_on not in member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()
    member_client.post(go_on)
    run.job.refresh_from_db()
    assert run.job.state == State.FAILED


def test_no_more_go_on_than_may_wait(member_client: Client, project: Project) -> None:
    digest = dataset.digest_of(project.pictures.values_list("picture_class__name", "digest"))
    run = make_run(project, state=State.FAILED, digest=digest)
    Job.objects.filter(id=run.job_id).update(reason=Reason.DIED)
    for _ in range(3):
        train(member_client, project)

    page = member_client.post(reverse("studio_go_on", args=[run.job_id]), follow=True).content.decode()

    assert "Three jobs of yours wait or run already" in page


def test_the_estimate_learns_from_the_last_training_here(project: Project) -> None:
    before = training.estimate_s(Recipe.QUICK, 100)
    run = make_run(project, state=State.DONE, pictures=100)
    Job.objects.filter(id=run.job_id).update(worked_s=2 * before)

    assert training.estimate_s(Recipe.QUICK, 100) == pytest.approx(2 * before)
    assert training.estimate_s(Recipe.QUICK, 400) > 2 * before
    assert training.estimate_s(Recipe.USUAL, 100) > before


@pytest.mark.parametrize(
    "line",
    [
        *(b"[]", b"{}", b"\xff", b'{"event": "progress"}', b'{"event": "done", "right": null}', b"[" * 10_000),
        b'{"event": "wrong", "wrong": 1, "of": 2}',
        b'{"event": "progress", "stage": "Reading", "done": 1e999, "total": 2}',
        b'{"event": "progress", "stage": "Reading", "done": 1, "total": 2, "seconds": NaN}',
        b'{"event": "estimate", "seconds_left": 1e999}',
        b'{"event": "epoch", "epoch": 1, "epochs": 2, "val_accuracy": NaN}',
        WRONG % b'"cat/00000001"',
        WRONG % b'{"file": "a/99999999999999999999", "actual": "a", "said": "b", "score": 1}',
        WRONG % b'{"file": "a/b", "actual": "a", "said": "b", "score": 1}',
        WRONG % b'{"file": "a/1", "actual": "a", "said": "b", "score": NaN}',
    ],
)
def test_what_is_no_event_is_passed_over(project: Project, line: bytes) -> None:
    run = make_run(project, FEATURES)
    with (folder.path_of(run.job_id) / folder.EVENTS).open("ab") as file:
        file.write(line + b"\n")

    told = progress.read(run.job_id)
    assert (told.share, told.still_wrong, told.seconds_left, told.epochs) == (0.25, None, None, [])


def test_every_stage_that_the_page_knows_is_one_of_the_command_line() -> None:
    sources = "".join(path.read_text(encoding="utf-8") for path in Path("training").rglob("*.py"))

    for stage, _ in run_views._STAGES:
        assert f'"{stage}' in sources or f'"{stage}{{' in sources, stage


def test_the_estimate_counts_all_attempts_and_passes_over_what_was_ended_early(project: Project) -> None:
    usual, early = (make_run(project, model=name, state=State.DONE, pictures=100) for name in ("a-1", "a-2"))
    Job.objects.filter(id=usual.job_id).update(worked_s=5000, created=timezone.now() - timedelta(hours=3))
    Job.objects.filter(id=early.job_id).update(worked_s=1)
    folder.keep(early.job_id)
    training.finish_early(early)

    assert training.estimate_s(Recipe.QUICK, 100) == pytest.approx(5000)


def test_a_training_outlives_the_account_of_whoever_began_it(project: Project, staff: User) -> None:
    run = make_run(project, state=State.DONE)
    job = Job.objects.create(kind="comparison")
    compared = Comparison.objects.create(job=job, project=project, model="animals-3", pictures=2)
    Job.objects.update(user=staff)
    dream = Job.objects.create(kind="dream", user=staff)

    staff.delete()

    assert set(Job.objects.values_list("id", "user")) == {(run.job_id, None), (compared.job_id, None)}
    assert not Job.objects.filter(id=dream.id).exists()
    project.owner.delete()
    assert not Job.objects.exists()


def test_what_a_model_has_started_from_is_known_where_its_training_is_not_any_more(
    project: Project, tmp_path: Path
) -> None:
    models = tmp_path / "models"
    for name in ("animals-3", "our_mugs-1", "our_mugs-2"):
        (models / f"{name}.h5").touch()
    (models / "ACTIVE").write_text("our_mugs-2\n")
    for number, weights in ((1, "animals-3"), (2, "our_mugs-1")):
        run = make_run(project, model=f"our_mugs-{number}", state=State.DONE, recipe="thorough")
        record.note(run, [], Begun(weights=weights))
    before = rivals.weights(models)

    Run.objects.get(model="our_mugs-2").delete()
    project.delete()

    assert before == rivals.weights(models) == "animals-3"


def test_a_training_that_was_cut_off_after_its_model_was_there_is_done(project: Project, tmp_path: Path) -> None:
    run = make_run(project)
    command.command(run.job, folder.keep(run.job_id))
    (tmp_path / "models" / f"{run.model}.h5").write_bytes(b"done")
    folder.remove_file(run.job_id, "pictures")  # As where the disk was full for the last event.

    with pytest.raises(DoneBefore):
        command.command(run.job, folder.keep(run.job_id))


def test_a_file_that_has_the_name_of_a_model_to_be_is_not_handed_out(
    member_client: Client, project: Project, tmp_path: Path
) -> None:
    run = make_run(project, state=State.RUNNING)
    (tmp_path / "models" / f"{run.model}.h5").write_bytes(b"of somebody else")

    assert member_client.get(reverse("studio_model", args=[run.job_id])).status_code == 404
