"""Corrections by programs."""

from __future__ import annotations

import json
import uuid
from typing import Any

import pytest
from django.test import Client

from tests.webui.factories import make_answer, make_correction, make_user, visitor_of
from tests.webui.fakes import share
from webui.accounts.models import ApiKey, Scope, User
from webui.accounts.rate_limits import RateLimits
from webui.history.models import Answer, Correction, State

pytestmark = pytest.mark.django_db


def address(answer: Answer) -> str:
    return f"/api/v1/history/{answer.id}/correction"


def key(user: User, *scopes: Scope) -> dict[str, str]:
    return {"Authorization": f"Bearer {ApiKey.make(user, 'script', list(scopes or [Scope.WRITE]))[1]}"}


def say(client: Client, answer: Answer, body: object, **headers: str) -> Any:
    sent = body if isinstance(body, bytes) else json.dumps(body)
    return client.post(address(answer), sent, content_type="application/json", headers=headers)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ({"kind": "right"}, ("right", "cat")),
        ({"kind": "class", "label": "dog"}, ("class", "dog")),
        ({"kind": "class", "label": "CAT"}, ("right", "cat")),
        ({"kind": "class", "label": "狗"}, ("class", "dog")),
        ({"kind": "new_class", "label": "  Red   Panda "}, ("new_class", "Red Panda")),
        ({"kind": "new_class", "label": "dog"}, ("class", "dog")),
        ({"kind": "none"}, ("none", None)),
        ({"kind": "none", "label": "dog", "more": [1]}, ("none", None)),
    ],
    ids=str,
)
def test_a_key_says_what_is_in_its_accounts_picture(
    client: Client, member: User, said: dict[str, Any], written: tuple[str, str | None]
) -> None:
    answer = make_answer(user=member)

    response = say(client, answer, said, **key(member))

    kind, label = written
    assert (response.status_code, response.json()) == (200, {"kind": kind, "label": label, "state": "pending"})
    correction = Correction.objects.get(answer=answer)
    assert (correction.kind, correction.label or None, correction.user) == (kind, label, member)
    listed = client.get("/api/v1/history", headers=key(member, Scope.READ)).json()
    assert listed["answers"][0]["correction"] == response.json()


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"kind": "right"',
        b"[" * 100_000,
        b"[" * 10_000,
        {},
        {"kind": "wrong"},
        {"kind": None},
        {"kind": ["right"]},
        {"kind": "class"},
        {"kind": "class", "label": ""},
        {"kind": "class", "label": 7},
        {"kind": "new_class", "label": "a/b"},
        {"kind": "new_class", "label": "../x"},
        {"kind": "new_class", "label": "unknown"},
        {"kind": "new_class", "label": "x" * 201},
        {"kind": "new_class", "label": "a\x00b"},
        {"kind": "right", "label": "x" * 20_000},
        b'{"kind": "new_class", "label": "\\ud800"}',
    ],
    ids=lambda body: ascii(body)[:30],
)
def test_what_says_nothing_is_refused_and_writes_nothing(client: Client, member: User, body: object) -> None:
    answer = make_answer(user=member)

    response = say(client, answer, body, **key(member))

    assert (response.status_code, response.json()["code"]) == (400, "invalid_request")
    assert len(response.json()["detail"]) < 500
    assert not Correction.objects.exists()


def test_the_problem_is_told_in_english(client: Client, member: User) -> None:
    response = say(client, make_answer(user=member), {"kind": "class"}, **key(member), **{"Accept-Language": "zh-hans"})

    assert response.json()["detail"] == "Write the name of the class."


def test_it_is_taken_back(client: Client, member: User) -> None:
    answer = make_correction(make_answer(user=member)).answer

    statuses = [client.delete(address(answer), headers=key(member)).status_code for _ in range(2)]

    assert statuses == [204, 204]
    assert not Correction.objects.exists()


def test_what_staff_have_reviewed_stays(client: Client, member: User) -> None:
    answer = make_correction(make_answer(user=member), state=State.ACCEPTED).answer

    refused = [
        say(client, answer, {"kind": "none"}, **key(member)),
        client.delete(address(answer), headers=key(member)),
    ]

    assert [(each.status_code, each.json()["code"]) for each in refused] == [(409, "already_reviewed")] * 2
    assert Correction.objects.get().kind == "class"


def test_only_the_scope_opens_it(client: Client, member: User) -> None:
    answer = make_answer(user=member)

    for scope in Scope:
        expected = 200 if scope == Scope.WRITE else 403
        assert say(client, answer, {"kind": "none"}, **key(member, scope)).status_code == expected, scope


@pytest.mark.parametrize("is_staff", [False, True])
def test_answers_of_others_are_not_there(client: Client, member: User, is_staff: bool) -> None:
    other, answer = make_user("max", is_staff=is_staff), make_answer(user=member)

    refused = [say(client, answer, {"kind": "none"}, **key(other)), client.delete(address(answer), headers=key(other))]

    assert [each.status_code for each in refused] == [404, 404]
    assert say(client, Answer(id=uuid.uuid4()), {"kind": "none"}, **key(other)).status_code == 404
    assert not Correction.objects.exists()


def test_staff_in_the_browser_correct_their_own_only(staff_client: Client, member: User, staff: User) -> None:
    own, others = make_answer(user=staff), make_answer(user=member)

    statuses = [say(staff_client, each, {"kind": "none"}, Origin="http://testserver") for each in (own, others)]

    assert [each.status_code for each in statuses] == [200, 404]


def test_cookies_count_for_pages_of_ours_only(visitor_client: Client) -> None:
    answer = make_answer(visitor=visitor_of(visitor_client))

    without = say(visitor_client, answer, {"kind": "none"})
    foreign = say(visitor_client, answer, {"kind": "none"}, Origin="https://elsewhere.example")
    ours = say(visitor_client, answer, {"kind": "none"}, Origin="http://testserver")

    assert [each.status_code for each in (without, foreign, ours)] == [401, 401, 200]


def test_nobody_says_nothing(client: Client) -> None:
    assert say(client, make_answer(), {"kind": "none"}).status_code == 401


def test_programs_have_the_pages_limit(client: Client, member: User) -> None:
    share(rate_limits=RateLimits(clock=lambda: 0.0))
    answer, authorization = make_answer(user=member), key(member)

    responses = [say(client, answer, {"kind": "none"}, **authorization) for _ in range(121)]

    assert [each.status_code for each in responses] == [200] * 120 + [429]
    assert responses[-1]["Retry-After"]
