"""Check the pictures: what may be wrong, the worst first; each is settled, and what is fine is remembered."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from tests.recognizer.registry.test_versions import model_file
from tests.webui.conftest import SettingsOf
from tests.webui.studio.factories import make_picture, make_project, make_run
from webui.accounts.models import User
from webui.jobs import folder, kinds
from webui.jobs.kinds import CannotRun
from webui.jobs.models import Job, State
from webui.studio import checking, comparing
from webui.studio.checking import Finding
from webui.studio.models import Comparison, Picture, PictureClass, Project, Sign, SignKind

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture(autouse=True)
def models(settings_of: SettingsOf, tmp_path: Path) -> Path:
    """A folder with the model that is served."""
    path = tmp_path / "models"
    path.mkdir()
    model_file(path / "animals-1.h5")
    (path / "ACTIVE").write_text("animals-1\n")
    settings_of(models=path, model=None)
    return path


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=4, cup=3)


def class_of(project: Project, name: str) -> PictureClass:
    return project.classes.get(name=name)


def post(client: Client, name: str, project: Project, **fields: Any) -> Any:
    return client.post(reverse(name, args=[project.id]), fields, headers=JSON)


def page(client: Client, project: Project, name: str = "studio_check") -> str:
    return client.get(reverse(name, args=[project.id])).content.decode()


def findings(project: Project) -> list[tuple[int, Finding]]:
    return [(sign.picture_id, Finding(sign.finding)) for sign in checking.open_signs(project)]


def add_one_of_each(project: Project) -> dict[str, Picture]:
    """A picture with each kind of sign, the least first."""
    mug, cup = class_of(project, "mug"), class_of(project, "cup")
    small, blurred, copy, like = mug.pictures.order_by("id")
    in_two = cup.pictures.order_by("id")[0]
    Sign.objects.create(picture=small, kind=SignKind.SMALL)
    Sign.objects.create(picture=blurred, kind=SignKind.BLURRED)
    Sign.objects.create(picture=copy, kind=SignKind.COPY, other=small)
    Sign.objects.create(picture=like, kind=SignKind.LIKENESS, other_class=cup, share=0.93)
    Sign.objects.create(picture=in_two, kind=SignKind.COPY, other=small)
    return {"small": small, "blurred": blurred, "copy": copy, "like": like, "in_two": in_two}


def test_the_worst_comes_first_with_its_reason(member_client: Client, project: Project) -> None:
    of = add_one_of_each(project)

    assert [picture for picture, _ in findings(project)] == [
        of[name].pk for name in ("in_two", "like", "copy", "blurred", "small")
    ]
    shown = page(member_client, project)
    for text in ("5 to look at", "the same picture is two things", "93% of the votes", "60 × 40 pixels", "is sharp"):
        assert text in shown, text
    assert "5 to look at" in page(member_client, project, "studio_project")


def test_without_anything_wrong_the_page_says_so(member_client: Client, project: Project) -> None:
    assert "Nothing to look at" in page(member_client, project)
    assert "Check the pictures" in page(member_client, project, "studio_project")


def test_a_copy_is_the_worse_for_being_in_another_class(project: Project) -> None:
    of = add_one_of_each(project)
    assert (of["copy"].pk, Finding.COPY) in findings(project)

    Picture.objects.filter(id=of["copy"].pk).update(picture_class=class_of(project, "cup"))
    assert (of["copy"].pk, Finding.TWO_CLASSES) in findings(project)

    Picture.objects.filter(id=of["copy"].pk).update(picture_class=project.unsorted())  # Nobody has said what it is.
    assert (of["copy"].pk, Finding.COPY) in findings(project)


def test_both_pictures_come_into_one_class_and_that_settles_it(member_client: Client, project: Project) -> None:
    of = add_one_of_each(project)
    sign = of["in_two"].signs.get()

    post(
        member_client,
        "studio_chosen",
        project,
        pictures=[of["in_two"].pk],
        target=of["small"].picture_class_id,
        sign=sign.pk,
    )

    assert of["in_two"].pk not in [picture for picture, _ in findings(project)]
    post(member_client, "studio_undo", project)
    assert findings(project)[0] == (of["in_two"].pk, Finding.TWO_CLASSES)


def test_what_is_fine_is_remembered_and_can_be_undone(member_client: Client, project: Project) -> None:
    of = add_one_of_each(project)

    said = post(member_client, "studio_fine", project, sign=of["blurred"].signs.get().pk, shown="check").json()

    assert said == {"sentence": "Remembered: it is fine.", "undo": True, "count": "4 to look at"}
    assert (of["blurred"].pk, Finding.BLURRED) not in findings(project)
    post(member_client, "studio_undo", project)
    assert (of["blurred"].pk, Finding.BLURRED) in findings(project)


def test_all_of_a_kind_are_fine_at_once(member_client: Client, project: Project) -> None:
    add_one_of_each(project)
    for picture in class_of(project, "cup").pictures.all():
        Sign.objects.create(picture=picture, kind=SignKind.SMALL)

    said = post(member_client, "studio_fine", project, finding=Finding.SMALL).json()["sentence"]

    assert said == "Remembered: these 4 are fine."
    assert [finding for _, finding in findings(project)] == [*Finding][:4]


@pytest.mark.parametrize("fields", [{}, {"sign": "x"}, {"sign": "9" * 40}, {"finding": "9"}, {"finding": "-1"}])
def test_what_is_no_sign_changes_nothing(member_client: Client, project: Project, fields: Mapping[str, str]) -> None:
    add_one_of_each(project)

    assert post(member_client, "studio_fine", project, **fields).status_code == 400
    assert len(findings(project)) == 5


def test_signs_of_others_are_not_settled(member_client: Client, project: Project, member: User) -> None:
    other = make_project(member, "Others", bowl=1)
    sign = Sign.objects.create(picture=other.pictures.get(), kind=SignKind.SMALL)

    assert post(member_client, "studio_fine", project, sign=sign.pk).status_code == 400
    some = [picture.pk for picture in class_of(project, "mug").pictures.all()]
    post(member_client, "studio_chosen", project, pictures=some, target=class_of(project, "cup").pk, sign=sign.pk)
    sign.refresh_from_db()
    assert not sign.is_fine


def test_one_that_moves_is_not_fine_beside_its_copy_any_more(member_client: Client, project: Project) -> None:
    of = add_one_of_each(project)
    post(member_client, "studio_fine", project, sign=of["copy"].signs.get().pk)

    post(member_client, "studio_chosen", project, pictures=[of["small"].pk], target=class_of(project, "cup").pk)

    assert (of["copy"].pk, Finding.TWO_CLASSES) in findings(project)


def test_a_sign_goes_with_its_picture_and_with_the_other_one(project: Project) -> None:
    of = add_one_of_each(project)

    of["small"].delete()

    assert [finding for _, finding in findings(project)] == [Finding.OTHER_CLASS, Finding.BLURRED]


# The comparison


def compared(project: Project, looks: Mapping[Picture, tuple[str, float]], state: State = State.DONE) -> Comparison:
    """A comparison that has ended so."""
    job = Job.objects.create(kind=comparing.KIND, user=project.owner, state=state)
    made = folder.make(job.id)
    with (made / "looks.csv").open("w", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("file", "class", "looks_like", "share"))
        for picture, (label, share) in looks.items():
            number = class_of(project, label).pk if label else ""
            writer.writerow((f"{picture.digest[:2]}/{picture.digest}", "", number, share if label else ""))
    return Comparison.objects.create(job=job, project=project, model="animals-1", pictures=len(looks))


def test_it_is_begun_once_and_asks_the_served_model(member_client: Client, project: Project, tmp_path: Path) -> None:
    make_picture(project.unsorted())
    for _ in range(2):
        member_client.post(reverse("studio_compare", args=[project.id]))

    comparison = project.comparisons.get()
    package, *words = kinds.of(comparison.job).command(comparison.job, folder.make(comparison.job_id))

    assert (package, words[0], comparison.model, comparison.pictures) == ("recognizer", "check-labels", "animals-1", 8)
    with Path(words[1]).open(newline="") as file:
        rows = list(csv.reader(file))
    assert [label for _, label in rows].count("") == 1
    assert all((Path(words[3]) / name).is_file() for name, _ in rows)
    assert "No worker is running" in page(member_client, project)


def test_the_newest_model_of_the_project_is_preferred_as_long_as_it_is_there(project: Project, models: Path) -> None:
    make_run(project, state=State.DONE, model="our_mugs-1")
    assert comparing.model_of(project) == "animals-1"

    model_file(models / "our_mugs-1.h5", name="our_mugs")

    assert comparing.model_of(project) == "our_mugs-1"


def test_a_model_that_is_gone_meanwhile_ends_it(project: Project, models: Path) -> None:
    comparison = compared(project, {}, State.RUNNING)
    (models / "animals-1.h5").unlink()

    with pytest.raises(CannotRun):
        comparing.command(comparison.job, folder.path_of(comparison.job_id))


def test_without_two_classes_there_is_nothing_to_compare(member_client: Client, member: User) -> None:
    alone = make_project(member, "Alone", mug=3, cup=0)
    make_picture(alone.unsorted())

    said = member_client.post(reverse("studio_compare", args=[alone.id]), follow=True).content.decode()

    assert "two classes need pictures" in said
    assert not Comparison.objects.exists()
    assert "Two classes need pictures" in page(member_client, alone)


def test_without_a_model_the_page_says_so(member_client: Client, project: Project, models: Path) -> None:
    (models / "ACTIVE").unlink()
    (models / "animals-1.h5").unlink()

    assert "no model on this server" in page(member_client, project)
    member_client.post(reverse("studio_compare", args=[project.id]))
    assert not Comparison.objects.exists()


def test_no_more_are_begun_than_may_wait(member_client: Client, project: Project, member: User) -> None:
    for _ in range(3):
        Job.objects.create(kind="training", user=member)

    said = member_client.post(reverse("studio_compare", args=[project.id]), follow=True).content.decode()

    assert "Three jobs of yours wait or run already" in said


def test_what_it_found_is_among_the_signs(member_client: Client, project: Project) -> None:
    wrong, unclear, *rest = class_of(project, "mug").pictures.all()
    heap = [make_picture(project.unsorted(), number) for number in range(2)]
    own = dict.fromkeys(rest, ("mug", 1.0))
    compared(project, {wrong: ("cup", 0.9), unclear: ("cup", 0.7), heap[0]: ("mug", 0.3), heap[1]: ("", 0), **own})

    assert "It looks like “cup”: 90%" in page(member_client, project)

    assert findings(project) == [(wrong.pk, Finding.OTHER_CLASS)]
    assert heap[0].signs.get().share == 0.3
    assert not heap[1].signs.exists()
    assert "animals-1 has compared 6 pictures." in page(member_client, project)


def test_it_is_taken_up_once(member_client: Client, project: Project) -> None:
    wrong = class_of(project, "mug").pictures.all()[0]
    compared(project, {wrong: ("cup", 0.9)})
    page(member_client, project)
    post(member_client, "studio_chosen", project, pictures=[wrong.pk], target=class_of(project, "cup").pk)

    page(member_client, project)

    assert findings(project) == []


def test_what_was_fine_stays_fine_unless_it_looks_like_something_else(member_client: Client, project: Project) -> None:
    PictureClass.objects.create(project=project, name="pot")
    one, two = class_of(project, "mug").pictures.all()[:2]
    compared(project, {one: ("cup", 0.9), two: ("cup", 0.9)})
    page(member_client, project)
    post(member_client, "studio_fine", project, finding=Finding.OTHER_CLASS)

    compared(project, {one: ("cup", 0.95), two: ("pot", 0.9)})
    page(member_client, project)

    assert findings(project) == [(two.pk, Finding.OTHER_CLASS)]


@pytest.mark.parametrize(
    "content",
    [b"", b"\xff\xfe", b"file\nx\n", b"file,class,looks_like,share\nx/DIGEST,,999,nan\nx/DIGEST,,x,1\n,,,,,\n"],
    ids=["empty", "binary", "few columns", "odd rows"],
)
def test_a_table_that_is_none_says_nothing(member_client: Client, project: Project, content: bytes) -> None:
    comparison = compared(project, {})
    digest = class_of(project, "mug").pictures.all()[0].digest.encode()
    (folder.path_of(comparison.job_id) / "looks.csv").write_bytes(content.replace(b"DIGEST", digest))

    assert "Nothing to look at" in page(member_client, project)
    assert not Sign.objects.exists()


def test_it_ends_with_its_project(project: Project) -> None:
    compared(project, {}, State.RUNNING)

    project.delete()

    assert not Job.objects.exists()


def test_how_far_it_is_is_said(member_client: Client, project: Project) -> None:
    comparison = compared(project, {}, State.RUNNING)
    event = '{"event": "step", "steps": 7, "done": 3, "share": 0.4, "seconds": 1}\n'
    (folder.path_of(comparison.job_id) / folder.EVENTS).write_text(event)

    assert "3 of 7 pictures" in page(member_client, project)
