from __future__ import annotations

import re

import pytest
from django.template import Context, Template
from django.test import Client, RequestFactory

from recognizer import Recognizer
from tests.webui.factories import make_answer, make_correction
from webui.history.models import Answer, CorrectionKind, State

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("served")]


def shown(answer: Answer) -> str:
    template = Template('{% include "webui/review/_judgement.html" %}')
    answer.refresh_from_db()
    return template.render(Context({"answer": answer, "request": RequestFactory().get("/history/?page=2")}))


def kinds(page: str) -> list[str]:
    return re.findall(r'name="kind" value="(\w+)"', page)


def test_an_answer_that_nobody_judged_is_asked_about() -> None:
    page = shown(make_answer(picture=False))

    assert kinds(page) == ["right", "class", "none", "new_class"]
    assert re.findall(r'name="label" value="(\w+)"', page) == ["dog", "horse", "chicken"]
    assert 'name="next" value="/history/?page=2"' in page


def test_of_a_picture_that_was_turned_away_every_class_is_one_press_and_right_says_none_of_these() -> None:
    page = shown(make_answer(picture=False, known=False))

    assert kinds(page) == ["class", "right", "new_class"]
    assert "What is it?" in page
    assert re.search(r'value="right">\s*<button[^>]*>None of these<', page)
    assert re.findall(r'name="label" value="(\w+)"', page) == ["cat", "dog", "horse", "chicken"]


@pytest.mark.parametrize(("likeness", "first"), [(0.35, "Yes, a cat"), (0.1, "cat"), (None, "cat")])
def test_what_is_perhaps_of_a_class_can_be_said_to_be_one(likeness: float | None, first: str) -> None:
    page = shown(make_answer(picture=False, known=False, likeness=likeness))

    assert re.findall(r'name="label" value="\w+">([^<]+)<', page) == [first, "dog", "horse", "chicken"]


def test_what_waits_can_be_changed_or_taken_back() -> None:
    page = shown(make_correction(make_answer(picture=False)).answer)

    assert "Said to be: <strong>dog</strong> (waiting for review)" in page
    assert kinds(page)[0] == "withdraw"
    assert "right" in kinds(page)


@pytest.mark.parametrize("state", [State.ACCEPTED, State.REJECTED])
def test_what_is_reviewed_is_only_said(state: State) -> None:
    page = shown(make_correction(make_answer(picture=False), state=state).answer)

    assert f"<strong>dog</strong> ({state})" in page
    assert kinds(page) == []


def test_what_somebody_wrote_is_escaped() -> None:
    page = shown(make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, "<b>x").answer)

    assert "<strong>&lt;b&gt;x</strong>" in page


def test_a_model_of_many_classes_has_buttons_for_the_likeliest_only() -> None:
    top = [[f"class {number}", 0.05] for number in range(20)]

    page = shown(make_answer(picture=False, label="class 0", top=top))

    assert len(re.findall(r'name="label" value=', page)) == 12


def test_the_upload_page_has_what_its_script_needs(visitor_client: Client, served: Recognizer) -> None:
    page = visitor_client.get("/").content.decode()

    assert page.count('id="judgement-template"') == page.count('id="judgement-data"') == 1
