from __future__ import annotations

import uuid
from typing import Any

import pytest
from django.test import Client

from recognizer import Recognizer
from tests.webui.factories import make_answer, make_correction, make_user, visitor_of
from tests.webui.fakes import share
from webui.accounts.models import User
from webui.history import recorder
from webui.history.models import Answer, Correction, CorrectionKind, State

pytestmark = pytest.mark.django_db

JSON = "application/json"


def address(answer: Answer) -> str:
    return f"/history/{answer.id}/correction/"


def said(answer: Answer) -> tuple[str, str, str]:
    correction = Correction.objects.get(answer=answer)
    return correction.kind, correction.label, correction.state


@pytest.fixture
def answer(member: User) -> Answer:
    return make_answer(user=member)


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"kind": "right"}, ("right", "cat")),
        ({"kind": "class", "label": "dog"}, ("class", "dog")),
        ({"kind": "none"}, ("none", "")),
        ({"kind": "new_class", "label": "fox"}, ("new_class", "fox")),
    ],
)
def test_a_correction_waits_for_review(
    member_client: Client, answer: Answer, form: dict[str, str], expected: tuple[str, str]
) -> None:
    response = member_client.post(address(answer), {**form, "next": "/history/?page=2"})

    assert (response.status_code, response["Location"]) == (302, "/history/?page=2")
    assert said(answer) == (*expected, "pending")
    assert Correction.objects.get().user == answer.user


def test_a_correction_knows_the_models_loss(member_client: Client, answer: Answer) -> None:
    member_client.post(address(answer), {"kind": "class", "label": "dog"})

    assert Correction.objects.get().surprise == pytest.approx(4.605, abs=0.001)


def test_a_visitor_corrects_his_own_answers(visitor_client: Client) -> None:
    answer = make_answer(visitor=visitor_of(visitor_client))

    visitor_client.post(address(answer), {"kind": "right"})

    assert (said(answer), Correction.objects.get().user) == (("right", "cat", "pending"), None)


def test_staff_correct_everybodys_answers(staff_client: Client, staff: User, answer: Answer) -> None:
    staff_client.post(address(answer), {"kind": "none"})

    assert (said(answer), Correction.objects.get().user) == (("none", "", "pending"), staff)


@pytest.mark.parametrize("fields", [{"visitor": "0" * 32}, {}])
def test_answers_of_others_are_not_there(member_client: Client, fields: dict[str, Any]) -> None:
    answer = make_answer(**fields)

    response = member_client.post(address(answer), {"kind": "right"})

    assert (response.status_code, Correction.objects.count()) == (404, 0)


def test_a_visitor_does_not_reach_anothers_answer(visitor_client: Client, answer: Answer) -> None:
    assert visitor_client.post(address(answer), {"kind": "right"}).status_code == 404


def test_only_posts_count(member_client: Client, answer: Answer) -> None:
    assert member_client.get(address(answer)).status_code == 405


def test_a_form_without_its_token_is_refused(served: Recognizer, answer: Answer) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(answer.user)  # type: ignore[arg-type]  # It has one.

    assert client.post(address(answer), {"kind": "right"}).status_code == 403


def test_one_may_change_ones_mind(member_client: Client, answer: Answer) -> None:
    member_client.post(address(answer), {"kind": "right"})
    member_client.post(address(answer), {"kind": "class", "label": "horse"})

    assert said(answer) == ("class", "horse", "pending")
    assert Correction.objects.get().surprise == pytest.approx(5.116, abs=0.001)


def test_one_may_take_it_back(member_client: Client, answer: Answer) -> None:
    member_client.post(address(answer), {"kind": "right"})

    member_client.post(address(answer), {"kind": "withdraw"})

    assert Correction.objects.count() == 0


@pytest.mark.parametrize("form", [{"kind": "none"}, {"kind": "withdraw"}])
@pytest.mark.parametrize("state", [State.ACCEPTED, State.REJECTED])
def test_after_the_review_nothing_changes(
    member_client: Client, answer: Answer, state: State, form: dict[str, str]
) -> None:
    make_correction(answer, state=state)

    response = member_client.post(address(answer), form, headers={"accept": JSON})

    assert (response.status_code, said(answer)) == (409, ("class", "dog", state))
    assert "reviewed already" in response.json()["sentence"]


def test_taking_back_nothing_is_no_fault(member_client: Client, answer: Answer) -> None:
    response = member_client.post(address(answer), {"kind": "withdraw"}, headers={"accept": JSON})

    assert (response.status_code, response.json()) == (200, {"sentence": "Taken back.", "correction": None})


def test_a_wrong_class_is_said_on_the_next_page(member_client: Client, answer: Answer) -> None:
    response = member_client.post(address(answer), {"kind": "new_class", "label": "../x", "next": "/"}, follow=True)

    assert "begins with a letter or a digit" in response.content.decode()
    assert Correction.objects.count() == 0


def test_a_script_gets_a_sentence(member_client: Client, answer: Answer) -> None:
    response = member_client.post(address(answer), {"kind": "class", "label": "dog"}, headers={"accept": JSON})

    written = {"kind": "class", "label": "dog", "state": "pending"}
    assert response.json() == {"sentence": "Thank you. Noted: dog.", "correction": written}


def test_a_script_is_told_of_an_answer_that_is_gone(member_client: Client) -> None:
    response = member_client.post(f"/history/{uuid.uuid4()}/correction/", {"kind": "right"}, headers={"accept": JSON})

    assert (response.status_code, response.json()) == (404, {"sentence": "This answer is no longer kept."})


@pytest.mark.parametrize("url", ["https://example.org/", "//example.org", "javascript:alert(1)", ""])
def test_nobody_is_led_to_another_site(member_client: Client, answer: Answer, url: str) -> None:
    assert member_client.post(address(answer), {"kind": "right", "next": url})["Location"] == "/history/"


def test_a_correction_that_comes_before_its_answer_is_written_waits_for_it(member_client: Client, member: User) -> None:
    answer_id = uuid.uuid4()

    class Slow(recorder.Recorder):
        def flush(self) -> None:
            make_answer(id=answer_id, user=member)

    share(recorder=Slow(lambda _: None))
    response = member_client.post(f"/history/{answer_id}/correction/", {"kind": "right"})

    assert (response.status_code, Correction.objects.count()) == (302, 1)


def test_two_tabs_write_one_correction(member_client: Client, answer: Answer) -> None:
    from webui.review import decisions
    from webui.review.judgements import Judgement

    decisions.correct(answer, Judgement(CorrectionKind.RIGHT, "cat"), make_user("noa"))
    decisions.correct(answer, Judgement(CorrectionKind.CLASS, "dog"), None)

    assert (said(answer), Correction.objects.get().user) == (("class", "dog", "pending"), None)
