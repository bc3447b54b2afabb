"""What became of the pictures of a training: kept from its outcome, and told on its page."""

from __future__ import annotations

import csv
import io
import json
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.recognizer.graphs import small_metadata, write_model
from tests.webui.conftest import SettingsOf
from tests.webui.studio import outcomes
from tests.webui.studio.factories import make_picture, make_project, make_run
from training.data.earlier_split import read_split
from webui.accounts.models import User
from webui.jobs import folder
from webui.jobs.models import Job, State
from webui.studio import command, findings, record, removal, rivals
from webui.studio.findings import Changes, Rival
from webui.studio.models import Picture, PictureClass, Project, Run

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


def numbers(project: Project, label: str) -> list[int]:
    return list(project.pictures.filter(picture_class__name=label).order_by("id").values_list("id", flat=True))


def ended(project: Project, *, model: str = "our_mugs-1", **parts: object) -> Run:
    """A training that held back three pictures of each class: a mug is taken for a cup, a cup turned away."""
    run = make_run(project, state=State.DONE, model=model)
    outcomes.note(run, **parts.pop("begun", {}))  # type: ignore[arg-type]
    answers = {number: (label, True) for label in ("mug", "cup") for number in numbers(project, label)[:3]}
    answers[numbers(project, "mug")[0]] = ("cup", True)
    answers[numbers(project, "cup")[0]] = ("cup", False)
    outcomes.write(run, outcomes.outcome_of(run, answers, **parts))
    return run


def page_of(client: Client, run: Run) -> str:
    return client.get(reverse("studio_run", args=[run.job_id])).content.decode()


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


def options(line: Iterable[str], name: str) -> list[list[str]]:
    """What follows each of an option, until the next one."""
    found: list[list[str]] = []
    for word in line:
        if word.startswith("--"):
            found.append([word])
        elif found:
            found[-1].append(word)
    return [words for first, *words in found if first == name]


def test_the_command_compares_on_what_the_others_have_not_seen(project: Project, models: Path) -> None:
    names = {"class_names": ("cup", "mug", "pot")}
    write_model(models / "our_mugs-1.h5", small_metadata(**names))
    write_model(models / "animals-2.h5")
    (models / "ACTIVE").write_text("animals-2")
    ended(project)
    run = make_run(project, model="our_mugs-2")

    line = command.command(run.job, folder.make(run.job_id))

    ((model, seen),) = options(line, "--compare")  # Animals are no cups.
    assert model == str(models / "our_mugs-1.h5")
    held_back = {
        p.digest for label in ("mug", "cup") for p in Picture.objects.filter(id__in=numbers(project, label)[:3])
    }
    assert set(Path(seen).read_text().split()) == {p.digest for p in project.pictures.all()} - held_back
    kept = record.of(run)
    assert kept
    assert record.begun_of(kept).rivals == (
        Rival(model="animals-2", is_active=True, missing=("cup", "mug")),
        Rival(model="our_mugs-1", is_active=False, knows_seen=True),
    )


def test_it_holds_back_what_the_training_before_held_back(project: Project) -> None:
    first = make_run(project, model="our_mugs-0")
    line = command.command(first.job, folder.make(first.job_id))
    assert not options(line, "--keep-split")
    earlier = ended(project)
    run = make_run(project, model="our_mugs-2")
    job_folder = folder.make(run.job_id)

    line = command.command(run.job, job_folder)
    Run.objects.filter(pk=earlier.pk).delete()
    shutil.rmtree(job_folder / "pictures")
    again = command.command(run.job, job_folder)  # As a worker does that goes on where it failed.

    ((table,),) = options(line, "--keep-split")
    assert options(again, "--keep-split") == [[table]]
    parts = read_split(Path(table))
    assert Counter(parts.values()) == {"training": 18, "held_back": 6}
    assert parts.keys() == {picture.digest for picture in project.pictures.all()}


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"added": 12, "removed": 0, "moved": 0}, "Since our_mugs-0: 12 added."),
        ({"added": 0, "removed": 1, "moved": 2}, "Since our_mugs-0: 1 removed, 2 moved to another class."),
        ({"added": 0, "removed": 0, "moved": 0}, "The same pictures as for our_mugs-0."),
    ],
)
def test_only_what_has_changed_is_said(
    member_client: Client, project: Project, counts: dict[str, int], said: str
) -> None:
    changes = Changes(since="our_mugs-0", **counts)

    assert said in page_of(member_client, ended(project, begun={"changes": changes}))


@pytest.mark.parametrize(("active", "is_named"), [("animals-2", False), ("our_mugs-1", True), ("", True)])
def test_the_line_names_the_network_to_start_from_where_fit_would_take_another(
    member_client: Client, project: Project, models: Path, active: str, *, is_named: bool
) -> None:
    for stem in ("animals-2", "our_mugs-1"):
        write_model(models / f"{stem}.h5")
    (models / "ACTIVE").write_text(active)

    page = page_of(member_client, ended(project, begun={"weights": "animals-2", "classes": ("cup", "mug")}))

    assert ("--set weights=models/animals-2.h5" in page) is is_named


def test_a_training_starts_from_the_network_that_the_version_in_use_started_from(
    project: Project, models: Path
) -> None:
    for stem in ("animals-2", "our_mugs-1", "our_mugs-2"):
        write_model(models / f"{stem}.h5")
    ended(project, begun={"weights": "animals-2"})
    ended(project, model="our_mugs-2", begun={"weights": "our_mugs-1"})

    found = []
    for active in ("animals-2", "our_mugs-1", "our_mugs-2", "gone-1"):
        (models / "ACTIVE").write_text(active)
        found.append(rivals.weights(models))

    assert found == ["animals-2", "animals-2", "animals-2", ""]


def test_the_pictures_of_a_training_are_handed_out_as_they_were(
    member_client: Client,
    project: Project,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    PictureClass.objects.filter(name="mug").update(name="=mug: mine")
    run = ended_with_names(project)
    gone, moved = numbers(project, "cup")[:2]
    with django_capture_on_commit_callbacks(execute=True):
        removal.delete_pictures(project.id, Picture.objects.filter(id=gone))
    Picture.objects.filter(id=moved).update(picture_class=project.classes.get(name="=mug: mine"))

    response = member_client.get(reverse("studio_run_pictures", args=[run.job_id]))

    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    table = list(csv.DictReader(io.StringIO(archive.read("Our mugs/pictures.csv").decode("utf-8-sig"))))
    assert len(archive.namelist()) == len(table) == 24
    assert [row["file"] for row in table if row["there"] == "no"] == [f"classes/cup/{gone:08}-0.jpg"]
    assert f"Our mugs/classes/cup/{moved:08}-1.jpg" in archive.namelist()
    assert {row["class"] for row in table} == {"cup", "'=mug: mine"}
    assert "is called “=mug_ mine” there" in page_of(member_client, run)


def ended_with_names(project: Project) -> Run:
    run = make_run(project, state=State.DONE)
    outcomes.note(run, classes=("=mug: mine", "cup"))
    return run


@pytest.mark.parametrize(
    ("sent", "stored"),
    [("felix.jpg", "-felix.jpg"), ("fox-012.txt", "-fox-012"), ("", ""), ("../a:b.png", "-_a_b.png"), (".jpg", "-jpg")],
)
def test_a_file_of_the_zip_is_a_picture_by_its_name(project: Project, sent: str, stored: str) -> None:
    from webui.studio.project_zip import _name

    row = record.Row(12, "0" * 64, "mug", False, sent)  # noqa: FBT003

    assert _name(row) == f"00000012{stored}"
    assert _name(row._replace(is_other=True, name="fox-1.png")) == "00000012.png"


def test_the_zip_is_read_in_the_order_in_which_a_training_reads(
    member_client: Client, project: Project, tmp_path: Path
) -> None:
    from training.data.dataset import scan

    other = project.other_things()
    for number in range(10):
        make_picture(other, number)
    Picture.objects.filter(picture_class__name="mug").update(name="fox-3.jpg")
    run = make_run(project)
    line = command.command(run.job, folder.make(run.job_id))
    response = member_client.get(reverse("studio_run_pictures", args=[run.job_id]))
    archive = zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content)))  # type: ignore[attr-defined]
    archive.extractall(tmp_path / "unpacked")

    here, there = scan(Path(options(line, "--data")[0][0])), scan(tmp_path / "unpacked" / "Our mugs" / "classes")

    assert [(image.digest, image.label) for image in here.images] == [
        (image.digest, image.label) for image in there.images
    ]
    assert here.class_names == there.class_names
    assert "--unknown &#x27;Our mugs/other&#x27;" in page_of(member_client, run)
