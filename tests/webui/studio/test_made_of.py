"""What a model is made of: which pictures are held back, from which network it starts, and the same line again."""

from __future__ import annotations

import csv
import io
import shutil
import zipfile
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from tests.recognizer.graphs import small_metadata, write_model
from tests.webui.conftest import SettingsOf
from tests.webui.studio import outcomes
from tests.webui.studio.factories import make_picture, make_project, make_run
from tests.webui.studio.outcomes import ended, numbers, options, page_of
from training.data.earlier_split import read_split
from webui.accounts.models import User
from webui.jobs import folder
from webui.jobs.models import State
from webui.studio import command, record, removal, rivals
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
