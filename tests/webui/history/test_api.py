"""The history for programs."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webui.factories import make_answer, make_correction, make_user, visitor_of
from webui.accounts.models import ApiKey, Scope, User
from webui.history import pictures
from webui.history.models import Answer

pytestmark = pytest.mark.django_db

ADDRESS = "/api/v1/history"


def by_key(user: User, *scopes: Scope) -> dict[str, Any]:
    _, token = ApiKey.make(user, "script", [scope.value for scope in scopes])
    return {"HTTP_AUTHORIZATION": f"Bearer {token}"}


def test_a_key_reads_its_accounts_answers(client: Client, member: User) -> None:
    make_answer()
    answer = make_answer(user=member, likeness=0.9, passes=2)
    make_correction(answer)

    body = client.get(ADDRESS, **by_key(member, Scope.READ)).json()

    assert body == {
        "answers": [
            {
                "id": str(answer.id),
                "created": answer.created.isoformat().replace("+00:00", "Z"),
                "filename": "felix.jpg",
                "width": 60,
                "height": 40,
                "known": True,
                "label": "cat",
                "score": 0.98,
                "likeness": 0.9,
                "passes": 2,
                "top": [{"label": label, "score": score} for label, score in answer.top],
                "model": "animals-1",
                "correction": {"kind": "class", "label": "dog", "state": "pending"},
                "picture": f"/api/v1/history/{answer.id}.jpg",
            }
        ],
        "next": None,
    }


def test_none_of_the_classes_has_no_label(client: Client, member: User) -> None:
    make_answer(user=member, known=False, filename="")

    [answer] = client.get(ADDRESS, **by_key(member, Scope.READ)).json()["answers"]

    assert (answer["known"], answer["label"], answer["filename"], answer["correction"]) == (False, None, None, None)
    assert (answer["likeness"], answer["passes"]) == (None, None)


def test_next_leads_through_all_of_them(client: Client, member: User) -> None:
    made = [str(make_answer(user=member, age_days=age).id) for age in range(5)]
    key = by_key(member, Scope.READ)

    found, url = [], f"{ADDRESS}?limit=2"
    while url:
        body = client.get(url, **key).json()
        found += [answer["id"] for answer in body["answers"]]
        url = body["next"]

    assert found == made


def test_pages_of_ours_read_the_visitors_answers(visitor_client: Client) -> None:
    make_answer()
    own = make_answer(visitor=visitor_of(visitor_client))

    body = visitor_client.get(ADDRESS, HTTP_ORIGIN="http://testserver").json()

    assert [answer["id"] for answer in body["answers"]] == [str(own.id)]


def test_staff_read_their_own_here_too(staff_client: Client) -> None:
    make_answer()

    assert staff_client.get(ADDRESS, HTTP_ORIGIN="http://testserver").json()["answers"] == []


def problem(client: Client, query: str = "", **headers: Any) -> tuple[int, str]:
    response = client.get(ADDRESS + query, **headers)
    assert response["Content-Type"] == "application/problem+json"
    return response.status_code, response.json()["code"]


def test_who_says_nothing_is_asked_for_a_key(client: Client) -> None:
    assert problem(client) == (401, "unauthenticated")


def test_a_key_for_something_else_may_not(client: Client, member: User) -> None:
    assert problem(client, **by_key(member, Scope.CLASSIFY)) == (403, "forbidden")


@pytest.mark.parametrize(
    "query", ["?limit=0", "?limit=101", "?limit=x", "?limit=", "?before=x", "?before=%00", "?before="]
)
def test_wrong_values_are_named(client: Client, member: User, query: str) -> None:
    assert problem(client, query, **by_key(member, Scope.READ)) == (400, "invalid_request")


def test_an_answer_of_somebody_else_is_no_place_to_begin(client: Client, member: User) -> None:
    other = make_answer()

    assert problem(client, f"?before={other.id}", **by_key(member, Scope.READ)) == (404, "not_found")


def test_it_is_for_reading_only(client: Client) -> None:
    response = client.post(ADDRESS)

    assert (response.status_code, response["Allow"]) == (405, "GET")


def test_a_key_reads_the_pictures_of_its_account(client: Client, member: User) -> None:
    own = make_answer(user=member)

    response = client.get(f"{ADDRESS}/{own.id}.jpg", **by_key(member, Scope.READ))

    assert response["Content-Type"] == "image/jpeg"
    assert response.content == pictures.path_of(own.id).read_bytes()


@pytest.mark.parametrize("fields", [{"user": None}, {"picture": False}])
def test_what_is_others_or_gone_is_not_there(client: Client, member: User, fields: dict[str, Any]) -> None:
    answer = make_answer(**{"user": member, **fields})

    assert problem(client, f"/{answer.id}.jpg", **by_key(member, Scope.READ)) == (404, "not_found")


def test_pictures_too_take_a_key_for_reading(client: Client, member: User) -> None:
    answer = make_answer(user=member)

    assert problem(client, f"/{answer.id}.jpg", **by_key(member, Scope.CLASSIFY)) == (403, "forbidden")


def test_answers_are_found_by_their_ids_in_that_order(client: Client, member: User) -> None:
    first, second, _third = (make_answer(user=member) for _ in range(3))
    other, gone = make_answer(), "3fa14b1c-0000-4000-8000-000000000000"
    ids = f"{second.id},{gone},{other.id},{first.id},{second.id}"

    body = client.get(f"{ADDRESS}?ids={ids}", **by_key(member, Scope.READ)).json()

    assert [entry["id"] for entry in body["answers"]] == [str(second.id), str(first.id)]
    assert body["next"] is None


@pytest.mark.parametrize("ids", ["", "x", "1,2", ",".join(["3fa14b1c-0000-4000-8000-000000000000"] * 101)])
def test_what_are_no_ids_is_said(client: Client, member: User, ids: str) -> None:
    response = client.get(f"{ADDRESS}?ids={ids}", **by_key(member, Scope.READ))

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert "Expected up to 100 ids of answers" in response.json()["detail"]


def test_a_key_deletes_its_accounts_answers_with_their_pictures(client: Client, member: User) -> None:
    answer = make_correction(make_answer(user=member)).answer
    key = by_key(member, Scope.WRITE)

    statuses = [client.delete(f"{ADDRESS}/{answer.id}", **key).status_code for _ in range(2)]

    assert statuses == [204, 404]
    assert not Answer.objects.exists()


@pytest.mark.parametrize("is_staff", [False, True])
def test_nobody_deletes_answers_of_others(client: Client, member: User, is_staff: bool) -> None:
    answer, other = make_answer(user=member), make_user("max", is_staff=is_staff)

    assert client.delete(f"{ADDRESS}/{answer.id}", **by_key(other, Scope.WRITE)).status_code == 404
    assert client.delete(f"{ADDRESS}/{answer.id}").status_code == 401
    assert client.delete(f"{ADDRESS}/{answer.id}", **by_key(member, Scope.READ)).status_code == 403
    assert Answer.objects.exists()
