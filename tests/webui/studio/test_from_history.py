"""Pictures of the history go into the class that somebody has said they are."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from PIL import Image

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction, make_user
from tests.webui.fakes import WatchedAdmission, share
from tests.webui.studio.factories import make_project
from webui.accounts.models import User
from webui.history import pictures
from webui.history.models import Answer, CorrectionKind, State
from webui.inference.admission import Weight
from webui.studio import from_history
from webui.studio.models import Project

pytestmark = pytest.mark.django_db


def corrected(user: User, number: int, kind: CorrectionKind, label: str, state: State = State.PENDING) -> Answer:
    answer = make_answer(user=user, filename=f"{number}.jpg")
    answer.picture_bytes = pictures.save(answer.id, Image.new("RGB", (60, 40), (7 * number % 256, 99, 5)))
    answer.save()
    make_correction(answer, kind, label, state=state)
    return answer


def add(client: Client, project: Project) -> str:
    where = reverse("studio_add_corrected", args=[project.id])
    return str(client.post(where, follow=True).content.decode())


def counts(project: Project) -> dict[str, int]:
    return {each.name: each.pictures.count() for each in project.classes.all()}


def test_each_goes_into_its_class_once(member_client: Client, member: User) -> None:
    project = make_project(member, dog=0)
    corrected(member, 1, CorrectionKind.RIGHT, "cat")
    corrected(member, 2, CorrectionKind.CLASS, "dog", State.ACCEPTED)
    corrected(member, 3, CorrectionKind.NEW_CLASS, "goat")
    corrected(member, 4, CorrectionKind.NONE, "")
    corrected(member, 5, CorrectionKind.CLASS, "dog", State.REJECTED)
    make_answer(user=member)

    shown = member_client.get(reverse("studio_project", args=[project.id])).content.decode()
    first, second = add(member_client, project), add(member_client, project)

    assert "4 pictures of the history have been corrected or confirmed." in shown
    assert counts(project) == {"dog": 1, "cat": 1, "goat": 1, "Other things": 1}
    assert "4 pictures added." in first
    assert "There are no corrected pictures that are not here already." in second


def test_members_take_their_own_and_staff_what_was_accepted(
    member_client: Client, staff_client: Client, member: User, staff: User
) -> None:
    other = make_user("max")
    corrected(other, 1, CorrectionKind.CLASS, "dog", State.ACCEPTED)
    corrected(other, 2, CorrectionKind.CLASS, "dog", State.PENDING)
    of_member, of_staff = make_project(member), make_project(staff)

    add(member_client, of_member)
    add(staff_client, of_staff)

    assert (counts(of_member), counts(of_staff)) == ({}, {"dog": 1})


def test_names_that_no_folder_can_have_are_left_out(member_client: Client, member: User) -> None:
    project = make_project(member, dog=0)
    for number, label in enumerate(("../dog", "DOG", "a/b"), start=1):
        corrected(member, number, CorrectionKind.NEW_CLASS, label)

    add(member_client, project)

    assert counts(project) == {"dog": 1}  # DOG is the same to a person.


def test_so_many_are_added_at_a_time(member_client: Client, member: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(from_history, "MOST", 2)
    project = make_project(member)
    for number in range(1, 4):
        corrected(member, number, CorrectionKind.RIGHT, "cat")

    add(member_client, project)
    assert counts(project) == {"cat": 2}
    add(member_client, project)
    assert counts(project) == {"cat": 3}


def test_as_many_as_there_may_be_are_no_light_request(member_client: Client, member: User) -> None:
    watched = WatchedAdmission()
    share(admission=watched)
    corrected(member, 1, CorrectionKind.RIGHT, "cat")

    add(member_client, make_project(member))

    assert watched.weights == [Weight.MEDIUM]


def test_without_room_nothing_is_added(member_client: Client, member: User, settings_of: SettingsOf) -> None:
    settings_of(studio_gb=0)
    project = make_project(member)
    corrected(member, 1, CorrectionKind.RIGHT, "cat")

    add(member_client, project)

    assert counts(project) == {"cat": 0}


@pytest.mark.parametrize("label", ["cat", "../x"])
def test_why_none_was_added_is_said(member_client: Client, member: User, settings_of: SettingsOf, label: str) -> None:
    project = make_project(member, dog=0)
    corrected(member, 1, CorrectionKind.NEW_CLASS, label)
    settings_of(studio_gb=0)

    page = add(member_client, project)

    assert "There are no corrected pictures that are not here already." not in page
    assert ("no more room" if label == "cat" else "A name may not begin with a full stop") in page
