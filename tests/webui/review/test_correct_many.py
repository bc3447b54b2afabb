"""Right, all of these: many answers at once, and back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from tests.webui.factories import make_answer, make_correction, make_user
from webui.accounts.models import User
from webui.history.models import Answer, Correction, CorrectionKind, State

pytestmark = pytest.mark.django_db


def ask(client: Client, answers: list[Answer], kind: str = "right") -> Any:
    return client.post("/history/correction/", {"kind": kind, "ids": ",".join(str(answer.id) for answer in answers)})


def said() -> dict[str, tuple[str, str, str]]:
    rows = Correction.objects.values_list("answer__filename", "kind", "label", "state")
    return {filename: (kind, label, state) for filename, kind, label, state in rows}


def test_each_answer_that_names_a_class_is_right(member_client: Client, member: User) -> None:
    cat = make_answer(user=member, filename="cat.jpg")
    dog = make_answer(user=member, filename="dog.jpg", label="dog", top=[["dog", 0.9], ["cat", 0.1]])
    none = make_answer(user=member, filename="none.jpg", known=False)

    response = ask(member_client, [cat, dog, none])

    assert set(response.json()["noted"]) == {str(cat.id), str(dog.id)}
    assert said() == {"cat.jpg": ("right", "cat", "pending"), "dog.jpg": ("right", "dog", "pending")}
    assert Correction.objects.get(answer=dog).surprise == pytest.approx(0.105, abs=0.001)
    assert set(Correction.objects.values_list("user__username", flat=True)) == {"mia"}


def test_what_was_said_before_stays(member_client: Client, member: User) -> None:
    answers = [make_answer(user=member, filename=f"{n}.jpg") for n in range(2)]
    make_correction(answers[0])

    response = ask(member_client, answers)

    assert response.json() == {"noted": [str(answers[1].id)]}
    assert said()["0.jpg"] == ("class", "dog", "pending")


def test_it_is_taken_back_but_for_what_was_said_otherwise_or_reviewed(member_client: Client, member: User) -> None:
    answers = [make_answer(user=member, filename=f"{n}.jpg") for n in range(3)]
    ask(member_client, answers)
    Correction.objects.filter(answer=answers[1]).update(state=State.ACCEPTED)
    Correction.objects.filter(answer=answers[2]).update(kind=CorrectionKind.CLASS, label="dog")

    response = ask(member_client, answers, "withdraw")

    assert response.json() == {"noted": [str(answers[0].id)]}
    assert said() == {"1.jpg": ("right", "cat", "accepted"), "2.jpg": ("class", "dog", "pending")}


def test_answers_of_others_are_passed_over_even_by_staff(staff_client: Client) -> None:
    response = ask(staff_client, [make_answer(user=make_user("ann"))])

    assert (response.json(), Correction.objects.count()) == ({"noted": []}, 0)


@pytest.mark.parametrize("kind", ["none", ""])
def test_nothing_else_is_said_of_many(member_client: Client, member: User, kind: str) -> None:
    assert ask(member_client, [make_answer(user=member)], kind).status_code == 400
    assert Correction.objects.count() == 0
