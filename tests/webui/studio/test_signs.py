"""Signs on pictures: what is seen of each as it arrives."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from PIL import Image, ImageFilter
from pytest_django import DjangoAssertNumQueries

from tests.recognizer.images.test_near_copies import drawing, saved_badly
from tests.webui.studio.factories import make_project
from webui.accounts.models import User
from webui.studio import store
from webui.studio.models import Picture, PictureClass, Project, Sign, SignKind

pytestmark = pytest.mark.django_db


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=0, cup=0)


def class_of(project: Project, name: str) -> PictureClass:
    return project.classes.get(name=name)


def add(client: Client, project: Project, *pictures: Image.Image, to: str = "mug") -> list[Picture]:
    """Sends pictures; returns them in their order."""
    files = []
    for picture in pictures:
        buffer = io.BytesIO()
        picture.save(buffer, "PNG")
        files.append(SimpleUploadedFile("a.png", buffer.getvalue(), "image/png"))
    address = f"{reverse('studio_add', args=[project.id])}?name={to}"
    answer: Any = client.post(address, {"image": files}, headers={"Accept": "application/json"}).json()
    assert answer["added"] == len(pictures)
    return list(project.pictures.order_by("-id")[: len(pictures)])[::-1]


def kinds_of(picture: Picture) -> set[str]:
    return set(picture.signs.values_list("kind", flat=True))


def test_an_ordinary_picture_has_none(member_client: Client, project: Project) -> None:
    for picture in add(member_client, project, drawing(1), drawing(2), Image.new("RGB", (300, 300), "red")):
        assert kinds_of(picture) == set()


def test_a_blurred_and_a_small_one_are_seen(member_client: Client, project: Project) -> None:
    blurred, small = add(
        member_client, project, drawing(1, (640, 480)).filter(ImageFilter.GaussianBlur(9)), drawing(2, (110, 140))
    )

    assert kinds_of(blurred) == {SignKind.BLURRED}
    assert kinds_of(small) == {SignKind.SMALL}


def test_a_near_copy_is_seen_in_one_request_and_in_the_next(member_client: Client, project: Project) -> None:
    one, other, third = add(member_client, project, drawing(1), drawing(2), saved_badly(drawing(1)))
    [fourth] = add(member_client, project, drawing(2, (200, 150)), to="cup")

    assert [sign.other for sign in third.signs.all()] == [one]
    assert [sign.other for sign in fourth.signs.all()] == [other]
    assert not Sign.objects.filter(picture__in=[one, other]).exists()


def test_of_several_copies_the_one_of_another_class_is_named(member_client: Client, project: Project) -> None:
    add(member_client, project, drawing(1))
    [cup] = add(member_client, project, saved_badly(drawing(1)), to="cup")
    [third] = add(member_client, project, drawing(1, (200, 150)))

    assert [sign.other for sign in third.signs.all()] == [cup]


def test_a_copy_of_what_has_lost_its_file_is_none(member_client: Client, project: Project) -> None:
    [one] = add(member_client, project, drawing(1))
    store.remove(project.id, one.digest)

    [other] = add(member_client, project, drawing(1, (200, 150)))

    assert kinds_of(other) == set()


def test_copies_in_other_projects_are_nobodys_business(member_client: Client, project: Project, member: User) -> None:
    add(member_client, make_project(member, "Others", mug=0), drawing(1))

    [copy] = add(member_client, project, saved_badly(drawing(1)))

    assert kinds_of(copy) == set()


def test_looking_takes_few_queries(
    member_client: Client, project: Project, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    some = [drawing(seed) for seed in range(8)]
    with django_assert_max_num_queries(60):  # Six for each; and those of the session, the room and the class.
        add(member_client, project, *some)
