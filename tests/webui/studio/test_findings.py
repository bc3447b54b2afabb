"""What became of the pictures of a training: kept from its outcome, and told on its page."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.webui.conftest import SettingsOf
from tests.webui.studio import outcomes
from tests.webui.studio.factories import make_picture, make_project, make_run
from tests.webui.studio.outcomes import ended, numbers, page_of
from webui.accounts.models import User
from webui.jobs import folder
from webui.jobs.models import Job, State
from webui.studio import command, findings, record, removal
from webui.studio.findings import Rival
from webui.studio.models import Picture, Project, Run

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def models(settings_of: SettingsOf, tmp_path: Path) -> Path:
    """A place for models."""
    (tmp_path / "models").mkdir()
    settings_of(models=tmp_path / "models")
    return tmp_path / "models"


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=12, cup=12)


def test_what_a_model_fails_on_is_shown_and_stays_when_the_jobs_files_are_gone(
    member_client: Client, project: Project
) -> None:
    run = ended(project)
    wrong, away = numbers(project, "mug")[0], numbers(project, "cup")[0]

    first = page_of(member_client, run)
    folder.remove(run.job_id)
    later = page_of(member_client, run)

    for page in (first, later):
        assert "Of 6 pictures that it had not seen, it names 5 rightly." in page
        assert "1 of 3 pictures of “mug” is taken for “cup”." in page
        assert "1 of those named rightly it would turn away all the same" in page
        shown = [
            reverse("studio_picture", args=[number]) in page for number in (wrong, away, numbers(project, "mug")[1])
        ]
        assert shown == [True, True, False]


def test_a_picture_that_was_deleted_is_not_shown(member_client: Client, project: Project) -> None:
    run = ended(project)
    wrong = numbers(project, "mug")[0]
    removal.delete_pictures(project.id, Picture.objects.filter(id=wrong))

    page = page_of(member_client, run)

    assert reverse("studio_picture", args=[wrong]) not in page
    assert "1 of 3 pictures of “mug” is taken for “cup”." in page


@pytest.mark.parametrize(
    "data",
    [
        *(b"", b"[]", b"{}", b"\xff", b"[" * 10_000),
        b'{"pictures": [{"file": "../../x"}], "answers": [], "signs": [], "compared": []}',
        b'{"pictures": [], "answers": [{"file": "a/1", "score": "high"}], "signs": [], "compared": []}',
    ],
)
def test_what_is_no_outcome_is_none(member_client: Client, project: Project, data: bytes) -> None:
    run = ended(project)
    outcomes.write(run, data)

    assert record.take_up(run) is None
    assert "What it gets wrong" not in page_of(member_client, run)


def test_what_is_kept_is_bounded(project: Project) -> None:
    pictures = [{"file": f"mug/{n:08}", "class": "mug", "part": "held_back", "group": n} for n in range(1000)]
    answers = [
        {"file": p["file"], "actual": "mug", "said": f"cup {n}", "score": n / 1000, "known": True}
        for n, p in enumerate(pictures)
    ]
    document = {"pictures": pictures, "answers": answers, "signs": [], "compared": []}

    found = findings.summarized(document, held_back_before=None)

    assert (found.held_back, len(found.failures), len(found.pairs)) == (1000, 200, 20)
    assert found.failures[0].score == 0.999
    assert len(json.dumps(found.model_dump(mode="json"))) < 50_000


def test_what_has_changed_since_the_training_before_is_counted(member_client: Client, project: Project) -> None:
    ended(project)
    record.take_up(Run.objects.get())
    mugs = Picture.objects.filter(picture_class__name="mug")
    removal.delete_pictures(project.id, mugs.filter(id__in=numbers(project, "mug")[-2:]))
    make_picture(project.classes.get(name="cup"), 77)
    moved = mugs.order_by("-id").first()
    assert moved
    moved.picture_class = project.classes.get(name="cup")
    moved.save()
    run = make_run(project, model="our_mugs-2")
    command.command(run.job, folder.make(run.job_id))
    Job.objects.filter(id=run.job_id).update(state=State.DONE)
    run.job.refresh_from_db()
    outcomes.write(run, outcomes.outcome_of(run, dict.fromkeys(numbers(project, "mug")[:2], ("mug", True))))

    page = page_of(member_client, run)

    assert "Since our_mugs-1: 1 added, 2 removed, 1 moved to another class." in page
    assert "Of the 2 held back, 2 were held back then too." in page


def compared(before: int, right: int, p_value: float, **more: object) -> list[dict[str, object]]:
    return [
        {"model": "our_mugs-1", "n": 60, "right": right, "right_before": before, "p_value": p_value, "seen": 0, **more}
    ]


@pytest.mark.parametrize(
    ("versus", "said"),
    [
        (compared(51, 57, 0.03), "names 51 of the same 60 pictures rightly, this one 57. This one is better, by more"),
        (compared(51, 57, 0.03), "by more than chance (p = 0.03)."),
        (compared(57, 51, 0.00001), "This one is worse, by more than chance (p &lt; 0.001)."),
        (compared(55, 57, 0.5), "The difference may be chance (p = 0.5)."),
        (compared(57, 57, 1.0), "Neither is better."),
        (compared(51, 57, 0.03, seen=2), "2 pictures held back do not count: that one was trained on them"),
        (compared(0, 0, 1.0, n=0, seen=60), "cannot be compared: it was trained on all pictures that are held back"),
        (compared(0, 0, 1.0, n=0), "cannot be compared: its file could not be used."),
        ([], "cannot be compared: its file could not be used."),
    ],
)  # fmt: skip
def test_it_is_compared_in_words(
    member_client: Client, project: Project, versus: list[dict[str, object]], said: str
) -> None:
    rival = Rival(model="our_mugs-1", is_active=False, knows_seen=True)
    page = page_of(member_client, ended(project, model="our_mugs-2", compared=versus, begun={"rivals": (rival,)}))

    assert "The training before, our_mugs-1," in page
    assert said in page


def test_one_that_knows_other_classes_is_not_compared_and_that_is_said(member_client: Client, project: Project) -> None:
    rival = Rival(model="animals-2", is_active=True, missing=("cup", "mug"))

    page = page_of(member_client, ended(project, begun={"rivals": (rival,)}))

    assert "The version in use, animals-2, cannot be compared: it does not know “cup”, “mug”." in page
