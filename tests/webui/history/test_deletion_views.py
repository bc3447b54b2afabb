"""Deleting: asked once more, one's own only, pictures too."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client

from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, make_correction, make_user, visitor_of
from tests.webui.fakes import WaitingRecorder, image_file, share
from webui.accounts.models import User
from webui.history import pictures
from webui.history.models import Answer, Correction

pytestmark = pytest.mark.django_db

ADDRESS = "/history/delete/"


@pytest.fixture(autouse=True)
def commits(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test's transaction commits counts as committed at once."""
    monkeypatch.setattr("django.db.transaction.on_commit", lambda call: call())


def ticked(*answers: Answer, **fields: Any) -> dict[str, Any]:
    return {"what": "ticked", "ids": [str(answer.id) for answer in answers], **fields}


def fields_of(page: str) -> dict[str, list[str]]:
    """The hidden fields of the form that asks once more."""
    form = page[page.index('name="confirmed"') - 200 :]
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'<input type="hidden" name="(\w+)" value="([^"]*)"', form):
        found.setdefault(name, []).append(value.replace("&amp;", "&"))
    return found


def test_it_is_asked_before_anything_is_deleted(member_client: Client, member: User) -> None:
    answers = [make_answer(user=member) for _ in range(3)]

    page = member_client.post(ADDRESS, ticked(*answers[:2])).content.decode()

    assert "Delete 2 answers?" in page
    assert Answer.objects.count() == 3


def test_those_ticked_are_deleted_with_picture_and_correction(member_client: Client, member: User) -> None:
    going, staying = make_answer(user=member), make_answer(user=member)
    make_correction(going)
    page = member_client.post(ADDRESS, ticked(going)).content.decode()

    response = member_client.post(ADDRESS, fields_of(page), follow=True)

    assert "1 answer deleted." in response.content.decode()
    assert list(Answer.objects.all()) == [staying]
    assert not Correction.objects.exists()
    assert [pictures.path_of(answer.id).exists() for answer in (going, staying)] == [False, True]


def test_all_that_a_filter_finds_are_deleted(member_client: Client, member: User) -> None:
    make_answer(user=member)
    dog = make_answer(user=member, label="dog")
    page = member_client.post(ADDRESS, {"what": "all", "query": "?label=cat"}).content.decode()
    assert "Delete 1 answer?" in page

    response = member_client.post(ADDRESS, fields_of(page))

    assert response["Location"] == "/history/?label=cat"
    assert list(Answer.objects.all()) == [dog]


def test_what_came_after_the_question_stays(member_client: Client, member: User) -> None:
    make_answer(user=member)
    page = member_client.post(ADDRESS, {"what": "all"}).content.decode()
    later = make_answer(user=member)

    member_client.post(ADDRESS, fields_of(page))

    assert list(Answer.objects.all()) == [later]


@pytest.mark.parametrize("what", ["ticked", "all"])
def test_nobody_deletes_what_is_others(visitor_client: Client, member_client: Client, member: User, what: str) -> None:
    other = Client()
    other.get("/")
    theirs = [make_answer(), make_answer(user=member), make_answer(visitor=visitor_of(other))]
    own = make_answer(visitor=visitor_of(visitor_client))

    visitor_client.post(ADDRESS, ticked(*theirs, own, confirmed="true") | {"what": what})

    assert set(Answer.objects.all()) == set(theirs)


def test_nobody_in_particular_deletes_nothing(client: Client) -> None:
    make_answer()

    client.post(ADDRESS, {"what": "all", "confirmed": "true"})

    assert Answer.objects.count() == 1


def test_staff_delete_any_and_are_told_whose(staff_client: Client, staff: User, member: User) -> None:
    answers = [make_answer(user=member), make_answer(), make_answer(user=staff)]

    page = staff_client.post(ADDRESS, ticked(*answers)).content.decode()

    assert "2 of them are not your own." in page
    staff_client.post(ADDRESS, fields_of(page))
    assert not Answer.objects.exists()


@pytest.mark.parametrize("number", ["", "2", "33", "all"])
def test_everybodys_history_is_not_deleted_by_a_press(
    staff_client: Client, staff: User, member: User, number: str
) -> None:
    for user in (member, None, staff):
        make_answer(user=user, picture=False)
    page = staff_client.post(ADDRESS, {"what": "all", "query": "?who=all"}).content.decode()
    assert "type the number of answers, 3" in page

    refused = staff_client.post(ADDRESS, fields_of(page) | {"number": number})
    assert (refused.status_code, Answer.objects.count()) == (400, 3)
    assert "Nothing was deleted: that is not 3." in refused.content.decode()

    staff_client.post(ADDRESS, fields_of(refused.content.decode()) | {"number": " 3 "})
    assert not Answer.objects.exists()


def test_the_whole_history_of_staff_is_their_own(staff_client: Client, staff: User, member: User) -> None:
    theirs = make_answer(user=member)
    make_answer(user=staff)
    page = staff_client.post(ADDRESS, {"what": "all"}).content.decode()
    assert 'name="number"' not in page

    staff_client.post(ADDRESS, fields_of(page))

    assert list(Answer.objects.all()) == [theirs]


def test_what_staff_delete_of_others_is_logged(staff_client: Client, staff: User, member: User) -> None:
    answers = [make_answer(user=member), make_answer(), make_answer(user=staff)]

    staff_client.post(ADDRESS, ticked(*answers, confirmed="true"))

    [entry] = LogEntry.objects.all()
    assert (entry.user, entry.object_repr, entry.is_deletion()) == (staff, "2 answers of others", True)


def test_what_staff_delete_of_one_other_is_logged_with_its_id(staff_client: Client, member: User) -> None:
    answer = make_answer(user=member)

    staff_client.post(ADDRESS, ticked(answer, confirmed="true"))

    assert LogEntry.objects.get().object_id == str(answer.id)


def test_what_people_delete_of_their_own_is_not(staff_client: Client, staff: User) -> None:
    staff_client.post(ADDRESS, ticked(make_answer(user=staff), confirmed="true"))

    assert not LogEntry.objects.exists()


@pytest.mark.parametrize(
    "form",
    [
        {},
        {"what": "ticked"},
        {"what": "ticked", "ids": ["x", "\0", "9" * 500]},
        {"what": "all", "query": "?label=zebra"},
        {"what": "all", "query": "?q=%00&label=zebra"},
        {"what": "all", "asked_at": "0"},
        {"what": "all", "asked_at": "nan"},
        {"what": "all", "asked_at": "1e99"},
        {"what": "all", "asked_at": "-1e12"},
        {"what": "all", "asked_at": "\0"},
    ],
)
def test_forms_that_choose_nothing_lead_back(member_client: Client, form: dict[str, Any], member: User) -> None:
    make_answer(user=member)

    response = member_client.post(ADDRESS, form | {"confirmed": "true"})

    assert response.status_code == 302
    assert response["Location"].startswith("/history/")
    assert Answer.objects.count() == 1


def test_a_whole_page_can_be_ticked(member_client: Client, member: User) -> None:
    answers = [make_answer(user=member, picture=False) for _ in range(50)]

    page = member_client.post(ADDRESS, ticked(*answers)).content.decode()
    response = member_client.post(ADDRESS, fields_of(page))

    assert response.status_code == 302
    assert not Answer.objects.exists()


def test_a_link_deletes_nothing(member_client: Client, member: User) -> None:
    answer = make_answer(user=member)

    response = member_client.get(ADDRESS, {"what": "ticked", "ids": str(answer.id), "confirmed": "true"})

    assert response["Location"] == "/history/"
    assert Answer.objects.exists()


def test_it_takes_a_form_of_ours(member: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(member)
    make_answer(user=member)

    assert strict.post(ADDRESS, {"what": "all", "confirmed": "true"}).status_code == 403
    assert Answer.objects.exists()


def test_what_was_answered_before_is_deleted_though_it_was_not_written_yet(
    client: Client, settings_of: SettingsOf
) -> None:
    settings_of(keep_days=30)
    share(recorder=(waiting := WaitingRecorder()))
    client.get("/")
    from_the_page = {"Origin": "http://testserver"}
    client.post("/api/v1/classify", {"image": image_file("felix.jpg")}, headers=from_the_page)
    [entry] = waiting.entries

    client.post(ADDRESS, {"what": "all", "query": "", "confirmed": "true"})
    waiting.flush()

    assert entry.answer.visitor
    assert not Answer.objects.exists()


@pytest.mark.usefixtures("kept")
def test_the_admin_keeps_no_file_name_of_what_is_deleted(client: Client) -> None:
    answers = [make_answer(filename="mia-schmidt-passport.jpg", visitor="f" * 32) for _ in range(3)]
    client.force_login(make_user("boss", is_staff=True))

    client.post(f"/admin/history/answer/{answers[0].id}/delete/", {"post": "yes"})
    many = {"action": "delete_selected", "_selected_action": [str(each.id) for each in answers[1:]], "post": "yes"}
    client.post("/admin/history/answer/", many)

    assert not Answer.objects.exists()
    assert {entry.object_repr for entry in LogEntry.objects.all()} == {f"the answer {each.id}" for each in answers}
