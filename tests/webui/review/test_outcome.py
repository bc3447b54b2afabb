"""What people are told about their corrections."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation

from tests.webui.factories import make_answer, make_correction
from webui.accounts.models import User
from webui.history.models import CorrectionKind, State
from webui.review import outcome
from webui.review.judgements import Judgement

pytestmark = pytest.mark.django_db

LYNX = Judgement(CorrectionKind.NEW_CLASS, "lynx")


def lynxes(number: int, state: str = State.PENDING) -> None:
    for _ in range(number):
        make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, "lynx", state=state)


@pytest.mark.parametrize(
    ("number", "sentence"),
    [
        (1, "23 more like it, and it can learn “lynx”."),
        (23, "1 more like it, and it can learn “lynx”."),
        (24, "There are enough pictures now to learn “lynx”."),
        (30, "There are enough pictures now to learn “lynx”."),
    ],
)
def test_a_new_class_says_how_many_pictures_it_still_needs(number: int, sentence: str) -> None:
    lynxes(number)
    lynxes(3, State.REJECTED)
    make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, "fox")

    assert outcome.thanks(LYNX) == f"Thank you. Noted: lynx. {sentence}"
    assert outcome.accepted(LYNX) == f"Accepted: lynx. {sentence}"


def test_any_other_correction_is_thanked_for() -> None:
    assert outcome.thanks(Judgement(CorrectionKind.CLASS, "dog")) == "Thank you. Noted: dog."


def test_chinese_sentences_stand_without_a_space_between_them() -> None:
    with translation.override("zh-hans"):
        assert "。 " not in outcome.thanks(LYNX)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        (State.PENDING, "Staff review it before the model learns from it."),
        (State.ACCEPTED, "Accepted: this picture will teach the next version."),
        (State.REJECTED, "It was not accepted, so it is not used for training."),
    ],
)
def test_the_page_of_an_answer_says_what_became_of_its_correction(
    member_client: Client, member: User, state: str, sentence: str
) -> None:
    correction = make_correction(make_answer(user=member), state=state)

    assert sentence in member_client.get(f"/history/{correction.answer_id}/").content.decode()


def test_nothing_can_be_learned_from_a_picture_that_is_gone() -> None:
    correction = make_correction(make_answer(picture=False), state=State.ACCEPTED)

    assert "not kept" in outcome.of_correction(correction)
