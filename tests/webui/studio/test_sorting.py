"""Pictures are moved, and moved back; those that are not sorted yet take part in no training and get suggestions."""

from __future__ import annotations

import io
import zipfile
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from tests.webui.studio.factories import jpeg_of, make_picture, make_project
from webui.accounts.models import User
from webui.studio import moving, training
from webui.studio.dataset import digest_of
from webui.studio.models import Picture, PictureClass, Project, Sign, SignKind

pytestmark = pytest.mark.django_db

JSON = {"Accept": "application/json"}


@pytest.fixture
def project(member: User) -> Project:
    return make_project(member, mug=3, cup=2)


def class_of(project: Project, name: str) -> PictureClass:
    return project.classes.get(name=name)


def post(client: Client, name: str, project: Project, **fields: Any) -> Any:
    return client.post(reverse(name, args=[project.id]), fields, headers=JSON)


def unsorted_pictures(project: Project, *shares: float | None) -> list[Picture]:
    """Pictures that are not sorted, each with a suggestion, or, with None, without."""
    place, found = project.unsorted(), []
    for number, share in enumerate(shares):
        picture = make_picture(place, number)
        if share is not None:
            target = class_of(project, "cup")
            Sign.objects.create(picture=picture, kind=SignKind.LIKENESS, other_class=target, share=share)
        found.append(picture)
    return found


def test_a_move_is_undone(member_client: Client, project: Project) -> None:
    mug, cup = class_of(project, "mug"), class_of(project, "cup")
    some = [picture.id for picture in (*mug.pictures.all()[:2], *cup.pictures.all()[:1])]  # One is there already.

    moved = post(member_client, "studio_chosen", project, pictures=some, target=cup.id, shown=mug.id).json()
    back = post(member_client, "studio_undo", project).json()

    assert moved == {"sentence": "2 pictures moved to “cup”.", "undo": True, "count": "1 picture"}
    assert (back["sentence"], back["undo"]) == ("Undone.", False)
    assert (mug.pictures.count(), cup.pictures.count()) == (3, 2)


def test_steps_are_undone_one_after_the_other_and_each_in_its_project(
    member_client: Client, project: Project, member: User
) -> None:
    mug, cup = class_of(project, "mug"), class_of(project, "cup")
    other = make_project(member, "Others", bowl=1, jar=0)
    first, second = mug.pictures.all()[:2]
    for picture in (first, second):
        post(member_client, "studio_chosen", project, pictures=[picture.id], target=cup.id)
    bowl = other.pictures.get()
    post(member_client, "studio_chosen", other, pictures=[bowl.id], target=class_of(other, "jar").id)

    post(member_client, "studio_undo", project)

    assert first in cup.pictures.all()
    assert second in mug.pictures.all()
    assert class_of(other, "jar").pictures.exists()
    post(member_client, "studio_undo", project)
    assert first in mug.pictures.all()
    assert post(member_client, "studio_undo", project).json()["sentence"] == "There is nothing to undo."


def test_what_has_changed_since_is_not_undone(member_client: Client, project: Project) -> None:
    mug, cup = class_of(project, "mug"), class_of(project, "cup")
    one, two = mug.pictures.all()[:2]
    post(member_client, "studio_chosen", project, pictures=[one.id, two.id], target=cup.id)
    one.delete()
    Picture.objects.filter(id=two.id).update(picture_class=PictureClass.objects.create(project=project, name="jar"))

    assert post(member_client, "studio_undo", project).status_code == 400
    assert mug.pictures.count() == 1


def test_the_class_that_it_came_from_may_be_gone(member_client: Client, project: Project) -> None:
    mug, cup = class_of(project, "mug"), class_of(project, "cup")
    post(member_client, "studio_chosen", project, pictures=[p.id for p in mug.pictures.all()], target=cup.id)
    mug.delete()

    assert post(member_client, "studio_undo", project).status_code == 400
    assert cup.pictures.count() == 5


def test_only_so_many_are_remembered(member_client: Client, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    mug, cup = class_of(project, "mug"), class_of(project, "cup")
    monkeypatch.setattr(moving, "_MOST_PICTURES", 2)

    answer = post(member_client, "studio_chosen", project, pictures=[p.id for p in mug.pictures.all()], target=cup.id)

    assert answer.json()["undo"] is False


def test_a_form_that_does_not_say_where_to_deletes_nothing(member_client: Client, project: Project) -> None:
    some = [picture.id for picture in project.pictures.all()]

    answer = post(member_client, "studio_chosen", project, pictures=some)

    assert answer.status_code == 400
    assert project.pictures.count() == 5


@pytest.mark.parametrize(
    "page", ["https://example.com/", "//example.com/studio/", "/admin/", "javascript:alert(1)", ""]
)
def test_a_form_leads_back_to_pages_of_ours_only(member_client: Client, project: Project, page: str) -> None:
    response = member_client.post(reverse("studio_undo", args=[project.id]), {"next": page})

    assert response.headers["Location"] == reverse("studio_project", args=[project.id])


def test_a_class_of_another_project_takes_nothing(member_client: Client, project: Project, member: User) -> None:
    other = make_project(member, "Others", bowl=0).classes.get()
    some = [picture.id for picture in project.pictures.all()]

    assert post(member_client, "studio_chosen", project, pictures=some, target=other.id).status_code == 400
    assert project.pictures.filter(picture_class__project=project).count() == 5


# Not sorted yet


def test_pictures_are_added_without_a_class(member_client: Client, project: Project) -> None:
    image = SimpleUploadedFile("a.jpg", jpeg_of(7), "image/jpeg")
    address = f"{reverse('studio_add', args=[project.id])}?unsorted"

    assert member_client.post(address, {"image": image}, headers=JSON).json()["added"] == 1

    [picture] = project.unsorted().pictures.all()
    again = SimpleUploadedFile("b.jpg", jpeg_of(7), "image/jpeg")
    where = f"{reverse('studio_add', args=[project.id])}?name=mug"
    [passed] = member_client.post(where, {"image": again}, headers=JSON).json()["passed"]
    assert passed["why"] == "It is in “Not sorted yet” already."
    assert b"Sort 1 picture" in member_client.get(reverse("studio_project", args=[project.id])).content
    assert picture.name == "a.jpg"


def test_no_training_looks_at_them(member_client: Client, project: Project) -> None:
    before = [(each.picture_class.name, each.pictures) for each in training.counted(project)]
    unsorted_pictures(project, None, 0.9)

    assert [(each.picture_class.name, each.pictures) for each in training.counted(project)] == before
    rows = project.pictures.labelled().values_list("picture_class__name", "digest")
    assert len(rows) == 5
    assert digest_of(rows)
    assert [each.name for each in project.classes.all()] == ["mug", "cup"]


def test_a_zip_file_has_them_in_a_folder_of_their_own(member_client: Client, project: Project) -> None:
    unsorted_pictures(project, None)

    response: Any = member_client.get(reverse("studio_export", args=[project.id]))
    with zipfile.ZipFile(io.BytesIO(b"".join(response.streaming_content))) as archive:
        names = archive.namelist()

    assert sum(name.startswith("Our mugs/unsorted/") for name in names) == 1
    assert sum("/classes/" in name for name in names) == 5


def test_they_stand_in_the_order_of_how_sure_the_model_is(member_client: Client, project: Project) -> None:
    low, none, high = unsorted_pictures(project, 0.4, None, 0.95)
    address = reverse("studio_unsorted", args=[project.id])

    surest, unsure = (member_client.get(address, {"order": order}).context["page"] for order in ("", "unsure"))

    assert list(surest) == [high, low, none]
    assert list(unsure) == [low, high, none]


def test_one_is_right_or_all_that_it_is_sure_of(member_client: Client, project: Project) -> None:
    cup, mug = class_of(project, "cup"), class_of(project, "mug")
    first, sure, unsure = unsorted_pictures(project, 0.85, 0.9, 0.5)
    a_mug = make_picture(project.unsorted(), 9)
    Sign.objects.create(picture=a_mug, kind=SignKind.LIKENESS, other_class=mug, share=0.99)

    said = post(member_client, "studio_right", project, right=first.id).json()["sentence"]
    all_said = post(member_client, "studio_right", project, sure="true").json()

    assert said == "1 picture moved to “cup”."
    assert (all_said["sentence"], all_said["undo"]) == ("2 pictures sorted.", True)
    assert {first, sure} <= set(cup.pictures.all())
    assert a_mug in mug.pictures.all()
    assert list(project.unsorted().pictures.all()) == [unsure]
    post(member_client, "studio_undo", project)
    assert project.unsorted().pictures.count() == 3
    assert (
        post(member_client, "studio_right", project, right=sure.id).status_code == 200
    )  # It still has its suggestion.


@pytest.mark.parametrize("fields", [{}, {"right": "x"}, {"right": "9" * 30}, {"right": "0"}, {"sure": "true"}])
def test_what_has_no_suggestion_stays(member_client: Client, project: Project, fields: dict[str, str]) -> None:
    unsorted_pictures(project, None)

    assert post(member_client, "studio_right", project, **fields).status_code == 400
    assert project.unsorted().pictures.count() == 1


def test_a_picture_that_is_sorted_already_is_not_sorted_again(member_client: Client, project: Project) -> None:
    picture = class_of(project, "mug").pictures.all()[0]
    Sign.objects.create(picture=picture, kind=SignKind.LIKENESS, other_class=class_of(project, "cup"), share=1)

    assert post(member_client, "studio_right", project, right=picture.id).status_code == 400


def test_without_a_script_the_page_has_forms_for_all_of_it(member_client: Client, project: Project) -> None:
    [picture] = unsorted_pictures(project, 0.9)
    address = reverse("studio_unsorted", args=[project.id])
    page = member_client.get(address).content.decode()

    assert f'name="right" value="{picture.id}"' in page
    assert "Sort the one that it is sure of" in page
    cup = class_of(project, "cup")
    moved = member_client.post(
        reverse("studio_chosen", args=[project.id]),
        {"pictures": [picture.id], "target": cup.id, "next": address},
        follow=True,
    ).content.decode()
    assert "1 picture moved to “cup”." in moved
    assert "All sorted" in moved
    assert 'aria-keyshortcuts="U" hidden' not in moved


def places_of(page: str) -> int:
    """How many buttons that move or delete pictures a page has."""
    return page.count('form="sorting"')


@pytest.mark.parametrize("address", ["studio_unsorted", "studio_class", "studio_check"])
def test_a_page_without_pictures_has_nowhere_to_move_them_and_still_takes_the_last_move_back(
    member_client: Client, project: Project, address: str
) -> None:
    mug, pot = class_of(project, "mug"), PictureClass.objects.create(project=project, name="pot")
    page = reverse(address, args=[pot.id if address == "studio_class" else project.id])

    before = member_client.get(page).content.decode()
    post(
        member_client, "studio_chosen", project, pictures=[mug.pictures.all()[0].id], target=class_of(project, "cup").id
    )
    after = member_client.get(page).content.decode()

    assert [places_of(before), places_of(after)] == [0, 0]
    assert ["studio-places" in before, "studio-places" in after] == [False, True]
    assert 'aria-keyshortcuts="U"' in after
    assert 'aria-keyshortcuts="U" hidden' not in after


def test_a_page_with_pictures_has_places_to_move_them_to(member_client: Client, project: Project) -> None:
    unsorted_pictures(project, 0.9)

    assert places_of(member_client.get(reverse("studio_unsorted", args=[project.id])).content.decode()) == 3


def test_pages_of_thousands_take_few_queries(
    member_client: Client, project: Project, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    place, cup = project.unsorted(), class_of(project, "cup")
    rows = [
        Picture(project=project, picture_class=each, digest=f"{each.id}-{n}", width=9, height=9, bytes=1)
        for each in (place, cup)
        for n in range(600)
    ]
    made = Picture.objects.bulk_create(rows)
    Sign.objects.bulk_create(
        Sign(picture=picture, kind=kind, other_class=class_of(project, "mug"), share=0.5)
        for picture in made
        for kind in (SignKind.LIKENESS, SignKind.SMALL)
    )

    for name in ("studio_unsorted", "studio_check"):
        with django_assert_max_num_queries(12):
            assert member_client.get(reverse(name, args=[project.id])).status_code == 200
    with django_assert_max_num_queries(12):
        member_client.get(reverse("studio_class", args=[cup.id]))


def test_what_was_fine_before_a_move_is_fine_again_once_it_is_undone(project: Project) -> None:
    one, two = project.pictures.filter(picture_class__name="mug")[:2]
    copy = Sign.objects.create(picture=two, kind=SignKind.COPY, other=one, is_fine=True)
    settled = Sign.objects.create(picture=one, kind=SignKind.LIKENESS, is_fine=True)
    open_one = Sign.objects.create(picture=two, kind=SignKind.LIKENESS)

    step = moving.move(project.pictures.filter(id__in=[one.id, two.id]), project.classes.get(name="cup"))
    after = {sign.pk: sign.is_fine for sign in Sign.objects.all()}
    moving.undo(step)

    assert after == {copy.pk: False, settled.pk: True, open_one.pk: True}
    assert {sign.pk: sign.is_fine for sign in Sign.objects.all()} == {
        copy.pk: True,
        settled.pk: True,
        open_one.pk: False,
    }
