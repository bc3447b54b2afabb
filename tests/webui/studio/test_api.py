"""Projects, classes and pictures, for programs."""

from __future__ import annotations

import errno
import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from PIL import Image
from pytest_django import DjangoAssertNumQueries

from recognizer import files
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_user
from tests.webui.fakes import image_bytes
from tests.webui.studio.factories import jpeg_of, make_picture, make_project
from webui.accounts.models import ApiKey, Scope, User
from webui.studio import models, store
from webui.studio.models import Picture, Project, Sign, SignKind

pytestmark = pytest.mark.django_db

PROJECTS = "/api/v1/projects"


@pytest.fixture
def api(client: Client, member: User) -> Client:
    """A program that sends a key of mia's."""
    client.defaults["HTTP_AUTHORIZATION"] = f"Bearer {ApiKey.make(member, 'script', [Scope.STUDIO])[1]}"
    return client


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=2, cup=0)


def at(project: Project, *rest: object) -> str:
    return "/".join(map(str, (PROJECTS, project.id, *rest)))


def send(client: Client, method: str, address: str, document: object) -> Any:
    return client.generic(method, address, json.dumps(document), content_type="application/json")


def add(client: Client, project: Project, *pictures: tuple[str, bytes], into: str = "mug") -> Any:
    sent = []
    for name, data in pictures:
        sent.append(io.BytesIO(data))
        sent[-1].name = name
    return client.post(f"{at(project, 'pictures')}?class={into}", {"image": sent})


def refusal(response: Any) -> tuple[int, str]:
    return response.status_code, response.json()["code"]


def test_a_project_is_made_renamed_and_deleted(api: Client, member: User) -> None:
    made = send(api, "POST", PROJECTS, {"name": "Our mugs"})
    address = made["Location"]
    named = send(api, "PATCH", address, {"name": "Our cups"})
    listed = api.get(PROJECTS).json()["projects"]

    assert (made.status_code, named.status_code) == (201, 200)
    assert api.get(address).json() == named.json()
    assert [(each["id"], each["name"], each["pictures"]) for each in listed] == [(made.json()["id"], "Our cups", 0)]
    assert Project.objects.get().owner == member
    assert api.delete(address).status_code == 204
    assert refusal(api.get(address)) == (404, "not_found")


def test_a_project_says_what_it_lacks(api: Client, project: Project) -> None:
    told = api.get(at(project)).json()

    assert {each["name"]: (each["pictures"], each["lacks"]) for each in told["classes"]} == {
        "mug": (2, 8),
        "cup": (0, 10),
    }
    assert told["is_ready"] is False
    assert [each["recipe"] for each in told["estimates"]] == ["quick", "animals", "thorough"]


def test_who_has_the_answer_already_is_told_so(api: Client, project: Project) -> None:
    for address in (PROJECTS, at(project)):
        etag = api.get(address)["ETag"]
        assert api.get(address, headers={"If-None-Match": etag}).status_code == 304


@pytest.mark.parametrize("name", ["", " ", "x" * 61, "a\0b", None, 7])
def test_a_name_that_no_project_can_have_is_refused(api: Client, project: Project, name: object) -> None:
    assert refusal(send(api, "POST", PROJECTS, {"name": name})) == (400, "invalid_request")
    assert refusal(send(api, "PATCH", at(project), {"name": name})) == (400, "invalid_request")
    assert Project.objects.get().name == "Our mugs"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"x"', b"\xff", b'{"name": "\xff"}', b"[" * 10_000, b"x" * 20_000])
def test_what_is_no_document_is_refused(api: Client, project: Project, body: bytes) -> None:
    cup = project.classes.get(name="cup").pk
    for method, address in (
        ("POST", PROJECTS),
        ("PATCH", at(project)),
        ("POST", at(project, "classes")),
        ("PATCH", at(project, "classes", cup)),
        ("POST", at(project, "trainings")),
    ):
        assert refusal(api.generic(method, address, body)) == (400, "invalid_request"), (method, address)


def test_there_is_a_limit_to_projects(api: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "MOST_PROJECTS", 1)

    response = send(api, "POST", PROJECTS, {"name": "More"})

    assert refusal(response) == (400, "invalid_request")
    assert "Delete one" in response.json()["detail"]


def test_a_class_is_made_renamed_and_deleted(
    api: Client, project: Project, django_capture_on_commit_callbacks: Any
) -> None:
    made = send(api, "POST", at(project, "classes"), {"name": "tea pot"})
    address = at(project, "classes", made.json()["id"])
    [added] = add(api, project, ("a.jpg", jpeg_of(1)), into="tea pot").json()["added"]
    file = store.path_of(project.id, Picture.objects.get(id=added["id"]).digest)

    assert file.exists()
    assert (made.status_code, made.json()["name"], made.json()["lacks"]) == (201, "tea pot", 10)
    assert send(api, "PATCH", address, {"name": "teapot"}).json()["pictures"] == 1
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(address).status_code == 204
    assert [each.name for each in project.classes.all()] == ["mug", "cup"]
    assert not file.exists()


def test_there_is_one_class_of_other_things(api: Client, project: Project) -> None:
    made = [send(api, "POST", at(project, "classes"), {"other": True}).json() for _ in range(2)]

    assert made[0] == made[1]
    assert (made[0]["is_other"], made[0]["lacks"]) == (True, 0)
    assert add(api, project, ("a.jpg", jpeg_of(1)), into=made[0]["name"]).json()["class"]["is_other"]


@pytest.mark.parametrize("wanted", [{}, {"name": None}, {"other": False}, {"name": "x", "other": True}])
def test_a_class_has_a_name_or_is_that_of_other_things(api: Client, project: Project, wanted: object) -> None:
    assert refusal(send(api, "POST", at(project, "classes"), wanted)) == (400, "invalid_request")


@pytest.mark.parametrize(
    ("name", "said"), [("", "required"), ("MUG", "“mug” already"), ("../x", "full stop"), ("node_modules", "folders")]
)
def test_a_name_that_no_class_can_have_is_refused_in_english(
    api: Client, project: Project, name: str, said: str
) -> None:
    cup = at(project, "classes", project.classes.get(name="cup").pk)
    for method, address in (("POST", at(project, "classes")), ("PATCH", cup)):
        response = api.generic(method, address, json.dumps({"name": name}), headers={"Accept-Language": "zh-hans"})
        assert refusal(response) == (400, "invalid_request")
        assert said in response.json()["detail"]


def test_pictures_are_added_listed_and_given_back(api: Client, project: Project) -> None:
    answer = add(api, project, ("a.jpg", jpeg_of(1)), ("b.jpg", jpeg_of(2))).json()

    assert answer["class"]["pictures"] == 4
    assert [each["filename"] for each in answer["added"]] == ["a.jpg", "b.jpg"]
    assert answer["passed"] == []
    first = answer["added"][0]
    assert (first["class"], first["width"], first["height"]) == ("mug", 60, 40)
    file, small = api.get(first["file"]), api.get(first["thumbnail"])
    assert b"".join(file.streaming_content) == jpeg_of(1)  # type: ignore[attr-defined]
    assert (file["Content-Type"], file["X-Content-Type-Options"]) == ("application/octet-stream", "nosniff")
    assert file["Content-Disposition"] == 'attachment; filename="a.jpg"'
    assert Image.open(io.BytesIO(small.content)).format == "JPEG"


def test_one_picture_may_be_the_body_and_its_class_is_made(api: Client, project: Project) -> None:
    response = api.post(f"{at(project, 'pictures')}?class=teapot", jpeg_of(1), content_type="image/jpeg")

    [added] = response.json()["added"]
    assert (added["filename"], added["class"]) == (None, "teapot")
    assert project.classes.get(name="teapot").pictures.count() == 1


def test_what_cannot_be_used_is_passed_with_the_reason(api: Client, project: Project) -> None:
    add(api, project, ("x.jpg", jpeg_of(3)), into="cup")
    add(api, project, ("x.jpg", jpeg_of(4)))

    answer = add(
        api,
        project,
        *(("here.jpg", jpeg_of(4)), ("there.jpg", jpeg_of(3)), ("notes.jpg", b"text")),
        *(("tiny.jpg", image_bytes(size=(9, 90))), ("good.jpg", jpeg_of(5))),
    ).json()

    assert [each["filename"] for each in answer["added"]] == ["good.jpg"]
    assert {each["filename"]: each["code"] for each in answer["passed"]} == {
        "here.jpg": "here",
        "there.jpg": "elsewhere",
        "notes.jpg": "invalid_image",
        "tiny.jpg": "small",
    }
    assert "'cup'" in answer["passed"][1]["detail"]


def test_what_is_full_says_so(
    api: Client, project: Project, settings_of: SettingsOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings_of(studio_gb=0)
    [passed] = add(api, project, ("a.jpg", jpeg_of(1))).json()["passed"]
    settings_of(studio_gb=1)

    def full(path: Path, data: bytes, **options: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files, "write_whole", full)

    assert passed["code"] == "full"
    assert refusal(add(api, project, ("a.jpg", jpeg_of(1)))) == (507, "storage_full")


@pytest.mark.parametrize("query", ["?class=", "?class=%20", "?class=..%2Fx", "?class=%00", f"?class={'x' * 300}"])
def test_pictures_of_a_class_that_cannot_be_are_refused(api: Client, project: Project, query: str) -> None:
    response = api.post(at(project, "pictures") + query, jpeg_of(1), content_type="image/jpeg")

    assert refusal(response) == (400, "invalid_request")
    assert project.classes.count() == 2


def test_pictures_without_a_class_are_not_sorted_yet(api: Client, project: Project) -> None:
    answer = api.post(at(project, "pictures"), jpeg_of(1), content_type="image/jpeg").json()
    [added] = answer["added"]
    address = at(project, "pictures", added["id"])
    again = add(api, project, ("a.jpg", jpeg_of(1))).json()["passed"][0]

    assert (answer["class"], added["class"]) == (None, None)
    assert (api.get(at(project)).json()["unsorted"], api.get(at(project)).json()["pictures"]) == (1, 2)
    assert [each["id"] for each in api.get(f"{at(project, 'pictures')}?unsorted=true").json()["pictures"]] == [
        added["id"]
    ]
    assert again["detail"] == "It is in the class 'Not sorted yet' already."
    assert send(api, "PATCH", address, {"class": "mug"}).json()["class"] == "mug"
    assert send(api, "PATCH", address, {"class": None}).json()["class"] is None


def test_signs_that_something_is_wrong_are_told_until_somebody_says_that_it_is_fine(
    api: Client, project: Project
) -> None:
    mug, cup = project.classes.get(name="mug"), project.classes.get(name="cup")
    one, two = mug.pictures.all()
    Sign.objects.create(picture=one, kind=SignKind.COPY, other=two)
    Sign.objects.create(picture=one, kind=SignKind.LIKENESS, other_class=cup, share=0.9)
    Sign.objects.create(picture=two, kind=SignKind.BLURRED, is_fine=True)

    told = {each["id"]: each["signs"] for each in api.get(at(project, "pictures")).json()["pictures"]}
    moved = send(api, "PATCH", at(project, "pictures", one.pk), {"class": "cup"}).json()["signs"]

    copy = {"kind": "copy", "other": two.pk, "class": None, "share": None}
    assert told == {
        one.pk: [{"kind": "likeness", "other": None, "class": "cup", "share": 0.9}, copy],
        two.pk: [],
    }
    assert moved == [copy]


def test_one_class_more_than_there_may_be_is_refused(
    api: Client, project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(models, "MOST_CLASSES", 2)

    assert "at most" in add(api, project, ("a.jpg", jpeg_of(1)), into="pot").json()["detail"]


def test_nothing_in_a_request_is_refused(api: Client, project: Project) -> None:
    assert refusal(api.post(f"{at(project, 'pictures')}?class=mug", {})) == (400, "missing_image")


def test_a_busy_server_takes_no_pictures(api: Client, project: Project, busy: object) -> None:
    assert refusal(add(api, project, ("a.jpg", jpeg_of(1)))) == (503, "overloaded")


def test_pictures_are_paged_in_few_queries(
    api: Client, project: Project, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    mug = project.classes.get(name="mug")
    for number in range(2, 9):
        make_picture(mug, number)
    make_picture(project.classes.get(name="cup"))

    found, address = [], f"{at(project, 'pictures')}?limit=4&class=mug"
    while address:
        with django_assert_max_num_queries(8):
            page = api.get(address).json()
        found += [each["id"] for each in page["pictures"]]
        address = page["next"]

    assert found == [each.pk for each in mug.pictures.all()]


@pytest.mark.parametrize("query", ["limit=0", "limit=501", "limit=x", "before=0", "before=x", "class=pot", "class="])
def test_a_page_that_cannot_be_is_refused(api: Client, project: Project, query: str) -> None:
    assert refusal(api.get(f"{at(project, 'pictures')}?{query}")) == (400, "invalid_request")


def test_a_picture_is_moved_and_deleted(api: Client, project: Project, django_capture_on_commit_callbacks: Any) -> None:
    picture = project.pictures.first()
    assert picture
    address = at(project, "pictures", picture.pk)

    moved = send(api, "PATCH", address, {"class": "cup"})

    assert (moved.status_code, moved.json()["class"]) == (200, "cup")
    assert api.get(address).json() == moved.json()
    assert refusal(send(api, "PATCH", address, {"class": "pot"})) == (400, "invalid_request")
    with django_capture_on_commit_callbacks(execute=True):
        assert api.delete(address).status_code == 204
    assert not store.path_of(project.id, picture.digest).exists()
    assert refusal(api.get(address)) == (404, "not_found")


def test_a_file_that_is_gone_is_not_found(api: Client, project: Project) -> None:
    picture = project.pictures.first()
    assert picture
    store.remove(project.id, picture.digest)

    for rest in (f"{picture.pk}.jpg", f"{picture.pk}/file"):
        assert refusal(api.get(at(project, "pictures", rest))) == (404, "not_found")


@pytest.mark.parametrize("name", ["a\nb.jpg", '"; filename=x.html', "猫.jpg", "x" * 300, "\u202egpj.exe"])
def test_any_name_can_be_given_back(api: Client, project: Project, name: str) -> None:
    picture = project.pictures.first()
    assert picture
    Picture.objects.filter(id=picture.pk).update(name=name[:255])

    response = api.get(at(project, "pictures", picture.pk, "file"))

    assert response["Content-Disposition"].startswith("attachment")
    response.close()


def test_what_is_of_another_project_is_not_in_this_one(api: Client, project: Project, member: User) -> None:
    other = make_project(member, bowl=1)
    bowl, picture = other.classes.get(), other.pictures.get()

    for address in (at(project, "classes", bowl.pk), at(project, "pictures", picture.pk)):
        assert refusal(api.delete(address)) == (404, "not_found")
    assert add(api, project, ("a.jpg", jpeg_of(1)), into="bowl").json()["class"]["id"] != bowl.pk


@pytest.mark.parametrize("number", ["0", "9" * 30, "9" * 400])
def test_a_number_that_there_is_not_is_not_found(api: Client, project: Project, number: str) -> None:
    for rest in (f"classes/{number}", f"pictures/{number}"):
        assert refusal(api.delete(at(project, rest))) == (404, "not_found")


def test_a_key_sees_the_projects_of_its_account_alone(client: Client, project: Project) -> None:
    for other in (make_user("max"), make_user("sam", is_staff=True)):
        headers = {"Authorization": f"Bearer {ApiKey.make(other, 'script', [Scope.STUDIO])[1]}"}
        assert client.get(PROJECTS, headers=headers).json()["projects"] == []
        assert refusal(client.delete(at(project), headers=headers)) == (404, "not_found")


def test_a_key_needs_the_scope_and_nobody_is_let_in_without_one(client: Client, member: User) -> None:
    others = [scope.value for scope in Scope if scope != Scope.STUDIO]
    headers = {"Authorization": f"Bearer {ApiKey.make(member, 'script', others)[1]}"}

    assert refusal(client.get(PROJECTS, headers=headers)) == (403, "forbidden")
    assert refusal(client.get(PROJECTS)) == (401, "unauthenticated")


def test_cookies_count_for_pages_of_ours_only(member_client: Client, project: Project) -> None:
    origins = [{}, {"Origin": "https://elsewhere.example"}, {"Origin": "http://testserver"}]

    assert [member_client.delete(at(project), headers=headers).status_code for headers in origins] == [401, 401, 204]
