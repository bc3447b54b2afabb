"""Classes of a project, and the pictures that are added to them, moved and deleted."""

from __future__ import annotations

import errno
import re
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from recognizer import Recognizer, files
from tests.recognizer.fakes import png
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_bytes, share
from tests.webui.studio.factories import jpeg_of, make_picture, make_project
from webui.accounts.models import User
from webui.inference.admission import Admission, Weight
from webui.studio import adding, models, removal, store
from webui.studio.models import Picture, PictureClass, Project

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=0, cup=0)


def class_of(project: Project, name: str) -> PictureClass:
    return project.classes.get(name=name)


def sent(data: bytes, name: str = "a.jpg") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, data, "image/jpeg")


def add(client: Client, project: Project, *uploads: SimpleUploadedFile, where: str = "name=mug") -> Any:
    return client.post(f"{reverse('studio_add', args=[project.id])}?{where}", {"image": list(uploads)}, headers=JSON)


def test_a_class_is_added_under_its_tidy_name(member_client: Client, project: Project) -> None:
    member_client.post(reverse("studio_new_class", args=[project.id]), {"name": "  Cafe\u0301 au lait "})

    assert class_of(project, "Café au lait")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "This field is required"),
        ("\u200b", "Give the class a name"),
        ("\u3164", "Give the class a name"),
        ("MUG", "There is a class “mug” already"),
        ("mug.", "There is a class “mug” already"),
        ("../x", "may not begin with a full stop, nor contain / or"),
        ("a\\b", "nor contain / or"),
        (".hidden", "may not begin with a full stop"),
        ("杯" * 100, "This name is too long"),
        ("node_modules", "Computers call folders of their own so"),
        ("$Recycle.Bin", "Computers call folders of their own so"),
    ],
)
def test_a_name_that_no_folder_or_no_person_could_tell_is_refused(
    member_client: Client, project: Project, name: str, said: str
) -> None:
    response = member_client.post(reverse("studio_new_class", args=[project.id]), {"name": name})

    assert response.status_code == 422
    assert said in response.content.decode()
    assert project.classes.count() == 2


def test_there_is_one_place_for_other_things(member_client: Client, project: Project) -> None:
    for _ in range(2):
        member_client.post(reverse("studio_new_class", args=[project.id]), {"other": "true"})

    assert [each.name for each in project.classes.filter(is_other=True)] == ["Other things"]


def test_pictures_are_added_as_they_are(member_client: Client, project: Project) -> None:
    answer = add(member_client, project, sent(jpeg_of(1)), sent(jpeg_of(2), "b.jpg")).json()

    assert answer == {"added": 2, "passed": [], "class": class_of(project, "mug").id}
    for number, picture in zip((2, 1), Picture.objects.all(), strict=True):
        assert store.path_of(project.id, picture.digest).read_bytes() == jpeg_of(number)
        assert (picture.width, picture.height) == (60, 40)
        shown = member_client.get(reverse("studio_picture", args=[picture.id]))
        assert shown.headers["Content-Type"] == "image/jpeg"
        assert shown.headers["Cache-Control"] == "private, max-age=604800"


def test_what_cannot_be_used_is_said_and_does_not_hurt_the_others(member_client: Client, project: Project) -> None:
    add(member_client, project, sent(jpeg_of(1)))
    add(member_client, project, sent(jpeg_of(3)), where="name=cup")
    whole = image_bytes(size=(200, 200), kind="PNG")

    answer = add(
        member_client,
        project,
        *(sent(jpeg_of(1), "again.jpg"), sent(jpeg_of(3), "elsewhere.jpg"), sent(b"text", "notes.jpg")),
        *(sent(whole[: len(whole) // 2], "half.png"), sent(image_bytes(size=(9, 90)), "tiny.jpg"), sent(jpeg_of(5))),
    ).json()

    assert answer["added"] == 1
    said = {passed["name"]: passed["why"] for passed in answer["passed"]}
    assert list(said) == ["again.jpg", "elsewhere.jpg", "notes.jpg", "half.png", "tiny.jpg"]
    assert said["again.jpg"] == "It is there already."
    assert said["elsewhere.jpg"] == "It is in “cup” already."
    assert "too small" in said["tiny.jpg"]
    assert len({said["notes.jpg"], said["half.png"], said["again.jpg"]}) == 3


def test_pictures_for_which_there_is_no_room_are_turned_away_before_the_first_is_added(
    member_client: Client, project: Project
) -> None:
    slots = Admission(running=2, queue_size=0, queue_timeout_s=1)
    share(admission=slots)
    costly = png(7000, 8000, b"", colour_type=2)

    with slots.slot(weight=Weight.COSTLY):
        response = add(member_client, project, sent(jpeg_of(1)), sent(costly, "b.png"))

    assert response.status_code == 503
    assert not Picture.objects.exists()


def test_a_folder_makes_its_class(member_client: Client, project: Project) -> None:
    add(member_client, project, sent(jpeg_of(1)), where="name=teapot")
    add(member_client, project, sent(jpeg_of(2)), where="name=teapot")

    assert class_of(project, "teapot").pictures.count() == 2


def test_folders_are_placed_by_the_classes_that_there_are_and_none_is_made(
    member_client: Client, project: Project
) -> None:
    PictureClass.objects.create(project=project, name="red mug")
    folders = ["all/red_mug/monday", "MUG./am/1", "new/deeper", "//mug//", ""]

    answer = member_client.post(reverse("studio_places", args=[project.id]), {"folders": folders}).json()

    assert [(place["name"], place["folder"]) for place in answer["places"]] == [
        *(("red_mug", "monday"), ("MUG.", "am"), ("deeper", ""), ("mug", ""), ("", "")),
    ]
    assert project.classes.count() == 3


@pytest.mark.parametrize("where", ["class=", "class=x", "class=999999999999999999999", "class=-1"])
def test_a_class_that_there_is_not_is_not_found(member_client: Client, project: Project, where: str) -> None:
    response = add(member_client, project, sent(jpeg_of(1)), where=where)

    assert (response.status_code, response.json()["code"]) == (404, "not_found")
    assert project.classes.count() == 2


@pytest.mark.parametrize("name", ["MUG", "mug.", "\u200bmug"])
def test_a_folder_that_is_spelled_a_little_differently_is_that_class(
    member_client: Client, project: Project, name: str
) -> None:
    add(member_client, project, sent(jpeg_of(1)), where=urlencode({"name": name}))

    assert class_of(project, "mug").pictures.count() == 1
    assert project.classes.count() == 2


@pytest.mark.parametrize(
    ("name", "said"), [("", "required"), ("../x", "begin with a full stop"), ("$tmp", "folders of their own")]
)
def test_a_folder_that_cannot_be_a_class_says_why(
    member_client: Client, project: Project, name: str, said: str
) -> None:
    response = add(member_client, project, sent(jpeg_of(1)), where=urlencode({"name": name}))

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert said in response.json()["sentence"]
    assert project.classes.count() == 2


@pytest.mark.parametrize("name", ["", "\u200b", "__"])
def test_no_name_is_not_that_of_a_class_of_which_nothing_is_left_to_compare(
    member_client: Client, project: Project, name: str
) -> None:
    PictureClass.objects.create(project=project, name="_")

    response = add(member_client, project, sent(jpeg_of(1)), where=urlencode({"name": name}))

    assert response.status_code == 400
    assert not project.pictures.exists()


def test_a_class_of_which_nothing_is_left_to_compare_is_found_by_its_own_name(
    member_client: Client, project: Project
) -> None:
    PictureClass.objects.create(project=project, name="_")

    add(member_client, project, sent(jpeg_of(1)), where="name=_")

    assert class_of(project, "_").pictures.count() == 1


def test_one_class_more_than_there_may_be_is_said(
    member_client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MOST_CLASSES", 2)

    assert "project has at most" in add(member_client, project, sent(jpeg_of(1)), where="name=pot").json()["sentence"]


def test_the_same_from_two_tabs_at_once_is_added_once(
    member_client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = adding.capture_time.taken

    def meanwhile(data: bytes) -> Any:
        monkeypatch.setattr(adding.capture_time, "taken", taken)
        assert add(member_client, project, sent(jpeg_of(1)), where="name=cup").json()["added"] == 1
        return taken(data)

    monkeypatch.setattr(adding.capture_time, "taken", meanwhile)

    [passed] = add(member_client, project, sent(jpeg_of(1))).json()["passed"]

    assert passed["why"] == "It is in “cup” already."
    [picture] = Picture.objects.all()
    assert store.path_of(project.id, picture.digest).read_bytes() == jpeg_of(1)


def test_a_file_stays_whose_picture_was_added_again_meanwhile(
    project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    mug = class_of(project, "mug")
    make_picture(mug)

    with django_capture_on_commit_callbacks(execute=True):
        removal.delete_pictures(project.id, mug.pictures.all())
        picture = make_picture(mug)

    assert store.path_of(project.id, picture.digest).exists()


def test_a_class_of_another_project_gets_nothing(member_client: Client, project: Project, member: User) -> None:
    other = make_project(member, bowl=0).classes.get()

    assert add(member_client, project, sent(jpeg_of(1)), where=f"class={other.id}").status_code == 404


def test_without_a_script_the_page_says_what_became_of_them(member_client: Client, project: Project) -> None:
    where = f"{reverse('studio_add', args=[project.id])}?name=mug"

    page = member_client.post(where, {"image": [sent(jpeg_of(1)), sent(b"text", "notes.jpg")]}, follow=True)

    shown = page.content.decode()
    assert "1 picture added." in shown
    assert "notes.jpg: " in shown


def test_a_form_without_pictures_says_so(member_client: Client, project: Project) -> None:
    where = f"{reverse('studio_add', args=[project.id])}?name=mug"

    assert member_client.post(where, {}, headers=JSON).json()["code"] == "missing_image"
    assert "no picture" in member_client.post(where, {}, follow=True).content.decode().lower()


def test_only_forms_of_our_own_pages_add_pictures(member: User, served: Recognizer, project: Project) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(member)
    page = client.get(reverse("studio_project", args=[project.id])).content.decode()
    token = re.findall(r'name="csrfmiddlewaretoken" value="(\w+)"', page)[0]
    where = f"{reverse('studio_add', args=[project.id])}?name=mug"

    refused = client.post(where, {"image": sent(jpeg_of(1))}, headers=JSON)
    by_form = client.post(where, {"image": sent(jpeg_of(2)), "csrfmiddlewaretoken": token}, headers=JSON)
    by_script = client.post(where, {"image": sent(jpeg_of(3))}, headers=JSON | {"X-CSRFToken": token})

    assert (refused.status_code, by_form.status_code, by_script.status_code) == (403, 200, 200)
    assert Picture.objects.count() == 2


def test_there_is_room_for_so_much(member_client: Client, project: Project, settings_of: SettingsOf) -> None:
    settings_of(studio_gb=0)

    [passed] = add(member_client, project, sent(jpeg_of(1))).json()["passed"]

    assert passed["why"] == "There is no more room for pictures of projects on this server."


def test_a_full_disk_is_said_and_leaves_nothing(
    member_client: Client, project: Project, monkeypatch: pytest.MonkeyPatch, data_folder: Path
) -> None:
    written = files.write_whole

    def full(path: Path, data: bytes, **options: Any) -> None:
        if path.name.endswith(".thumb.jpg"):
            raise OSError(errno.ENOSPC, "No space left on device")
        written(path, data, **options)

    monkeypatch.setattr(files, "write_whole", full)

    response = add(member_client, project, sent(jpeg_of(1)))

    assert (response.status_code, response.json()["code"]) == (507, "storage_full")
    assert "no room" in response.json()["sentence"]
    assert not Picture.objects.exists()
    assert not [path for path in (data_folder / "studio").rglob("*") if path.is_file()]


def test_pictures_are_moved_and_deleted(
    member_client: Client, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    mug, cup = class_of(project, "mug"), class_of(project, "cup")
    one, two, three = (make_picture(mug, number) for number in range(3))
    chosen = reverse("studio_chosen", args=[project.id])

    member_client.post(chosen, {"pictures": [one.id, two.id], "target": cup.id})
    with django_capture_on_commit_callbacks(execute=True):
        member_client.post(chosen, {"pictures": [three.id], "target": ""})

    assert set(cup.pictures.all()) == {one, two}
    assert not mug.pictures.exists()
    assert not store.path_of(project.id, three.digest).exists()
    assert store.path_of(project.id, one.digest).exists()


def test_many_are_moved_or_deleted_in_few_queries(
    member_client: Client,
    project: Project,
    django_assert_max_num_queries: DjangoAssertNumQueries,
    django_capture_on_commit_callbacks: Any,
) -> None:
    mug, cup = class_of(project, "mug"), class_of(project, "cup")
    ids = [make_picture(mug, number).id for number in range(40)]

    with django_assert_max_num_queries(16):
        member_client.post(reverse("studio_chosen", args=[project.id]), {"pictures": ids, "target": cup.id})
    with django_assert_max_num_queries(16), django_capture_on_commit_callbacks(execute=True):
        member_client.post(reverse("studio_chosen", args=[project.id]), {"pictures": ids, "target": ""})

    assert not Picture.objects.exists()


@pytest.mark.parametrize("form", [{}, {"pictures": ["x"]}, {"pictures": ["1"], "target": "x"}])
def test_nothing_chosen_changes_nothing(member_client: Client, project: Project, form: dict[str, Any]) -> None:
    mug = class_of(project, "mug")
    make_picture(mug)

    page = member_client.post(reverse("studio_chosen", args=[project.id]), form, follow=True)

    assert "Nothing was changed" in page.content.decode()
    assert mug.pictures.count() == 1


def test_pictures_of_others_are_neither_moved_nor_shown(member_client: Client, project: Project) -> None:
    theirs = make_project(User.objects.create_user("max"), bowl=1).classes.get()
    picture = theirs.pictures.get()

    member_client.post(reverse("studio_chosen", args=[project.id]), {"pictures": [picture.id], "target": ""})

    assert Picture.objects.filter(id=picture.id).exists()
    assert member_client.get(reverse("studio_picture", args=[picture.id])).status_code == 404
    assert member_client.get(reverse("studio_class", args=[theirs.id])).status_code == 404


def test_a_class_is_renamed_and_deleted_after_a_question(
    member_client: Client, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    mug = class_of(project, "mug")
    make_picture(mug)

    member_client.post(reverse("studio_rename_class", args=[mug.id]), {"name": "beaker"})
    refused = member_client.post(reverse("studio_rename_class", args=[mug.id]), {"name": "Cup"})
    asked = member_client.post(reverse("studio_delete_class", args=[mug.id]))

    assert class_of(project, "beaker") == mug
    assert "There is a class “cup” already" in refused.content.decode()
    assert "1 picture is deleted with it" in asked.content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        member_client.post(reverse("studio_delete_class", args=[mug.id]), {"confirmed": "true"})
    assert not [path for path in store.folder_of(project.id).rglob("*") if path.is_file()]
    assert [each.name for each in project.classes.all()] == ["cup"]


def test_a_class_of_many_pictures_has_pages(member_client: Client, project: Project) -> None:
    mug = class_of(project, "mug")
    Picture.objects.bulk_create(
        Picture(project=project, picture_class=mug, digest=str(n), width=9, height=9, bytes=1) for n in range(130)
    )

    second = member_client.get(reverse("studio_class", args=[mug.id]), {"page": "2"}).content.decode()
    last = member_client.get(reverse("studio_class", args=[mug.id]), {"page": "99"}).content.decode()

    assert second.count('name="pictures"') == 60
    assert 'aria-current="page">2<' in second
    assert last.count('name="pictures"') == 10


def test_a_class_may_be_called_as_the_place_of_other_things_is(member_client: Client, project: Project) -> None:
    where = reverse("studio_new_class", args=[project.id])

    member_client.post(where, {"name": "Other things"})
    responses = [member_client.post(where, {"other": "true"}) for _ in range(2)]

    assert [response.status_code for response in responses] == [302, 302]
    assert [each.name for each in project.classes.filter(is_other=True)] == ["Other things 2"]


@pytest.mark.django_db(transaction=True)
def test_a_picture_whose_class_is_deleted_as_it_arrives_leaves_nothing(
    member_client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    mug, taken = class_of(project, "mug"), adding.capture_time.taken

    def meanwhile(data: bytes) -> Any:
        removal.delete_class(mug)
        return taken(data)

    monkeypatch.setattr(adding.capture_time, "taken", meanwhile)

    said = add(member_client, project, sent(jpeg_of(3)), where=f"class={mug.pk}").json()

    assert [passed["why"] for passed in said["passed"]] == ["Its class is not there any more."]
    assert not [path for path in store.folder_of(project.id).rglob("*") if path.is_file()]
    assert not Picture.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_picture_that_is_sent_again_as_its_files_are_removed_keeps_them(
    member_client: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    picture, write = make_picture(class_of(project, "mug")), store.write
    data = store.path_of(project.id, picture.digest).read_bytes()
    picture.delete()

    def meanwhile(*given: Any) -> int:
        size = write(*given)
        removal.remove_files(project.id, [picture.digest])
        return size

    monkeypatch.setattr(store, "write", meanwhile)

    assert add(member_client, project, sent(data)).json()["added"] == 1
    assert store.path_of(project.id, picture.digest).read_bytes() == data


def test_a_picture_whose_file_was_lost_is_whole_again_once_it_is_sent(member_client: Client, project: Project) -> None:
    add(member_client, project, sent(jpeg_of(3)))
    picture = Picture.objects.get()
    store.remove(project.id, picture.digest)

    [passed] = add(member_client, project, sent(jpeg_of(3))).json()["passed"]

    assert passed["why"] == "It is there already."
    assert store.path_of(project.id, picture.digest).read_bytes() == jpeg_of(3)
    assert store.thumbnail(project.id, picture.digest) is not None


@pytest.mark.parametrize("form", [{"pictures": "9" * 30, "target": ""}, {"pictures": "1", "target": "9" * 30}])
def test_a_number_that_no_column_can_hold_is_that_of_nothing(
    member_client: Client, project: Project, form: dict[str, str]
) -> None:
    make_picture(class_of(project, "mug"))

    assert member_client.post(reverse("studio_chosen", args=[project.id]), form).status_code < 500
    assert Picture.objects.count() == 1
