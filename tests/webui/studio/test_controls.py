"""A training on its way: watched, paused, ended early, and gone on with."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.webui.conftest import SettingsOf
from tests.webui.studio import outcomes
from tests.webui.studio.factories import make_picture, make_project, make_run
from tests.webui.studio.test_runs import FEATURES, train
from webui.accounts.models import User
from webui.jobs import folder
from webui.jobs.models import State
from webui.studio import command, curve, training
from webui.studio.models import Project
from webui.studio.progress import Epoch

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def models(settings_of: SettingsOf, tmp_path: Path) -> None:
    """A place for models."""
    (tmp_path / "models").mkdir()
    settings_of(models=tmp_path / "models")


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=10, cup=11)


EPOCH = {"event": "epoch", "phase": "Training conv5 and up", "epochs": 2, "seconds": 40.0}
FINE_TUNING = {"event": "progress", "stage": "Training conv5 and up", "done": 8, "total": 32, "seconds": 50.0}
EPOCHS = [{**EPOCH, "epoch": 1, "val_accuracy": 0.81}, {**EPOCH, "epoch": 2, "val_accuracy": 0.93}]


def test_a_training_is_paused_and_goes_on(member_client: Client, project: Project) -> None:
    run = train(member_client, project)
    page_of, pause, go_on = (
        reverse(name, args=[run.job_id]) for name in ("studio_run", "studio_pause", "studio_go_on")
    )

    member_client.post(pause)
    paused = member_client.get(page_of).content.decode()
    make_picture(project.classes.get(name="mug"), 77)  # It has its pictures already.
    changed = member_client.get(page_of).content.decode()
    member_client.post(go_on)

    assert ">Paused</h2>" in paused
    assert pause not in paused
    assert go_on in paused
    assert go_on in changed
    run.job.refresh_from_db()
    assert run.job.state == State.WAITING


def test_one_that_runs_says_that_it_is_about_to_pause(member_client: Client, project: Project) -> None:
    run = make_run(project, FINE_TUNING, state=State.RUNNING)
    pause, finish = (reverse(name, args=[run.job_id]) for name in ("studio_pause", "studio_finish"))

    page = member_client.post(pause, follow=True)
    shown = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert page.status_code == 200
    assert "It pauses after the step at hand." in shown
    assert pause not in shown
    assert finish not in shown


def test_no_more_are_paused_than_three(member_client: Client, project: Project) -> None:
    for number in range(3):
        make_run(project, state=State.PAUSED, model=f"our_mugs-{number + 5}")
    run = make_run(project)

    page = member_client.post(reverse("studio_pause", args=[run.job_id]), follow=True).content.decode()

    assert "Three jobs of yours are paused already." in page


def test_enough_is_enough_while_the_network_is_trained(member_client: Client, project: Project) -> None:
    run = make_run(project, *EPOCHS, FINE_TUNING, state=State.RUNNING)
    address, finish = (reverse(name, args=[run.job_id]) for name in ("studio_run", "studio_finish"))

    before = member_client.get(address).content.decode()
    member_client.post(finish)
    after = member_client.get(address).content.decode()

    assert (finish in before, finish in after) == (True, False)
    assert "makes a model of the best round so far" in after
    line = command.command(run.job, folder.path_of(run.job_id))
    assert Path(line[line.index("--finish-when") + 1]).exists()


def test_before_and_after_that_it_is_not(member_client: Client, project: Project) -> None:
    run = make_run(project, FEATURES, state=State.RUNNING)

    member_client.post(reverse("studio_finish", args=[run.job_id]))

    assert not training.ends_early(run)


def test_the_rounds_are_drawn_and_told(member_client: Client, project: Project) -> None:
    run = make_run(project, *EPOCHS, FINE_TUNING, state=State.RUNNING)

    page = member_client.get(reverse("studio_run", args=[run.job_id])).content.decode()

    assert 'points="0.0,76.0 300.0,28.0"' in page  # Of 80 for 80 to 100 percent.
    assert "Round 2 of 2: 0.930 right" in page


@pytest.mark.parametrize("shares", [[], [0.5], [float("nan"), 0.5], [float("inf")] * 3])
def test_no_curve_without_two_points(shares: list[float]) -> None:
    assert curve.of([Epoch(n, 9, share) for n, share in enumerate(shares)]) is None


def test_a_curve_stays_in_its_box() -> None:
    drawn = curve.of([Epoch(n, 4, share) for n, share in enumerate([0.0, 1.0, -3.0, 7.5])])

    assert drawn
    assert drawn.points == "0.0,80.0 100.0,0.0 200.0,80.0 300.0,0.0"


def test_a_large_project_asks_the_database_little(
    member_client: Client, member: User, django_assert_max_num_queries: Callable[..., AbstractContextManager[object]]
) -> None:
    project = make_project(member, mug=20, cup=20)
    run = make_run(project, state=State.DONE)
    outcomes.note(run)
    pictures = list(project.pictures.all())
    outcomes.write(run, outcomes.outcome_of(run, {picture.pk: ("cup", True) for picture in pictures}))
    address = reverse("studio_run", args=[run.job_id])
    member_client.get(address)

    with django_assert_max_num_queries(12):
        member_client.get(address)
