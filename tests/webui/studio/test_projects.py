"""Projects: made, seen, renamed and deleted by those whose they are, and by staff."""

from __future__ import annotations

import io
import os
import uuid
import zipfile
from pathlib import Path

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.webui.studio import outcomes
from tests.webui.studio.factories import make_picture, make_project, make_run
from webui.accounts.models import User
from webui.history.removal import empty_the_log_of_changes
from webui.jobs import folder
from webui.studio import models, removal, store
from webui.studio.models import Picture, PictureClass, Project

pytestmark = pytest.mark.django_db


def test_a_project_begins_with_a_name(member_client: Client, member: User) -> None:
    response = member_client.post(reverse("studio"), {"name": "Our mugs"})

    made = Project.objects.get()
    assert (made.name, made.owner) == ("Our mugs", member)
    assert response.headers["Location"] == reverse("studio_project", args=[made.id])


@pytest.mark.parametrize("name", ["", "   ", "x" * 61, "a\0b", "\u200b", "\u2800 \u3164"])
def test_a_name_that_cannot_be_one_is_said(member_client: Client, name: str) -> None:
    response = member_client.post(reverse("studio"), {"name": name})

    assert response.status_code == 422
    assert b'class="errorlist"' in response.content
    assert not Project.objects.exists()


def test_nobody_has_more_projects_than_are_of_use(
    member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MOST_PROJECTS", 1)
    make_project(member)

    response = member_client.post(reverse("studio"), {"name": "One more"})

    assert response.status_code == 422
    assert "You have 1 projects. Delete one" in response.content.decode()


def test_members_see_their_own_and_staff_see_all(member_client: Client, staff_client: Client, member: User) -> None:
    make_project(member, "Of mia")
    make_project(User.objects.create_user("max"), "Of max")

    of_member, of_staff = (client.get(reverse("studio")).content.decode() for client in (member_client, staff_client))

    assert "Of mia" in of_member
    assert "Of max" not in of_member
    assert "Of mia" in of_staff
    assert "Of max" in of_staff


def test_a_project_shows_its_classes_and_what_is_missing(member_client: Client, member: User) -> None:
    project = make_project(member, mug=12, cup=3)

    page = member_client.get(reverse("studio_project", args=[project.id])).content.decode()

    assert "15 pictures" in page
    assert "7 more are needed" in page
    assert "Each class needs at least 10 pictures" in page
    assert "Start the training" not in page


def test_a_project_of_many_pictures_takes_few_queries(
    member_client: Client, member: User, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    project = make_project(member, "Many", **{f"class{number}": 1 for number in range(12)})
    rows = [
        Picture(project=project, picture_class=each, digest=f"{each.id}-{n}", width=9, height=9, bytes=1)
        for each in project.classes.all()
        for n in range(100)
    ]
    Picture.objects.bulk_create(rows)

    with django_assert_max_num_queries(12):
        page = member_client.get(reverse("studio_project", args=[project.id]))

    assert page.content.count(b"/studio/pictures/") == 12 * 8


def test_a_project_is_renamed(member_client: Client, member: User) -> None:
    project = make_project(member)

    member_client.post(reverse("studio_rename", args=[project.id]), {"name": "Mugs and cups"})
    member_client.post(reverse("studio_rename", args=[project.id]), {"name": ""})

    project.refresh_from_db()
    assert project.name == "Mugs and cups"


@pytest.mark.django_db(transaction=True)
def test_a_project_is_deleted_with_everything_of_it_once_that_was_confirmed(
    member_client: Client, member: User, data_folder: Path
) -> None:
    project = make_project(member, mug=2)
    kept = make_project(member, cup=1)

    asked = member_client.get(reverse("studio_delete", args=[project.id]))
    assert "2 pictures are deleted with it" in asked.content.decode()
    assert Project.objects.count() == 2
    member_client.post(reverse("studio_delete", args=[project.id]))

    assert list(Project.objects.all()) == [kept]
    assert [each.name for each in PictureClass.objects.all()] == ["cup"]
    assert Picture.objects.count() == 1
    assert list((data_folder / "studio").iterdir()) == [store.folder_of(kept.id)]


def test_all_pictures_are_handed_out_in_class_folders(member_client: Client, member: User) -> None:
    project = make_project(member, "Mugs: all", mug=2, cup=1)
    other = PictureClass.objects.create(project=project, name="Other things", is_other=True)
    make_picture(other, 7)
    gone = project.pictures.filter(picture_class__name="mug").latest("id")
    store.remove(project.id, gone.digest)

    response = member_client.get(reverse("studio_export", args=[project.id]))

    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:  # type: ignore[attr-defined]
        *names, table = archive.namelist()
        assert archive.testzip() is None
    assert table == "Mugs_ all/pictures.csv"
    assert response.headers["Content-Disposition"] == 'attachment; filename="mugs_all.zip"'
    assert {name.rpartition("/")[0] for name in names} == {
        "Mugs_ all/classes/mug",
        "Mugs_ all/classes/cup",
        "Mugs_ all/other",
    }
    assert len(names) == 3
    assert all(name.endswith(".jpg") for name in names)


@pytest.mark.django_db(transaction=True)
def test_nothing_of_a_deleted_project_stays_in_the_database_or_its_log(member: User) -> None:
    if connection.vendor != "sqlite":
        pytest.skip("PostgreSQL has vacuum.")
    project = make_project(member, "Zyxwvut", Qwertzuiop=3)
    run = make_run(project, model="zyxwvut-1")
    outcomes.note(run, classes=("Qwertzuiop",))
    database = Path(str(connection.settings_dict["NAME"]))
    files = [database, database.with_name(f"{database.name}-wal")]

    def found() -> bool:
        return any(word in path.read_bytes() for path in files if path.exists() for word in (b"Zyxwvut", b"Qwertzuiop"))

    before = found()
    project.delete()
    empty_the_log_of_changes()

    assert (before, found()) == (True, False)
    assert not store.folder_of(project.id).exists()
    assert not folder.path_of(run.job_id).exists()


def test_what_another_server_has_deleted_goes_from_the_folder(member: User) -> None:
    staying, gone = make_project(member, mug=1), uuid.uuid4()
    for project in (staying.id, gone):
        store.folder_of(project).mkdir(parents=True, exist_ok=True)
        os.utime(store.folder_of(project), (1, 1))
    fresh = uuid.uuid4()
    store.folder_of(fresh).mkdir()
    (store.root() / "notes").mkdir()

    removal.remove_orphans()

    assert sorted(path.name for path in store.root().iterdir()) == sorted([str(staying.id), str(fresh), "notes"])
