from __future__ import annotations

import pytest
from django.utils import translation

from recognizer import Recognizer
from tests.webui.factories import make_answer, make_correction
from webui.history.models import Answer, Correction, CorrectionKind, State
from webui.review import judgements
from webui.review.judgements import AGREES, Judgement, WrongJudgement

pytestmark = pytest.mark.django_db


@pytest.fixture
def cat(served: Recognizer) -> Answer:
    return make_answer(picture=False)


@pytest.fixture
def turned_away(served: Recognizer) -> Answer:
    return make_answer(picture=False, known=False, score=0.6, top=[["cat", 0.6], ["dog", 0.4]])


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"kind": "right"}, Judgement(CorrectionKind.RIGHT, "cat")),
        ({"kind": "class", "label": "dog"}, Judgement(CorrectionKind.CLASS, "dog")),
        ({"kind": "class", "label": "cat"}, Judgement(CorrectionKind.RIGHT, "cat")),
        ({"kind": "none"}, Judgement(CorrectionKind.NONE)),
        ({"kind": "new_class", "label": " red  panda "}, Judgement(CorrectionKind.NEW_CLASS, "red panda")),
        ({"kind": "new_class", "label": "DOG "}, Judgement(CorrectionKind.CLASS, "dog")),
        ({"kind": "new_class", "label": "Cat"}, Judgement(CorrectionKind.RIGHT, "cat")),
        ({"kind": "class", "label": "fox"}, Judgement(CorrectionKind.NEW_CLASS, "fox")),
    ],
)
def test_a_form_says_what_is_in_a_picture(cat: Answer, form: dict[str, str], expected: Judgement) -> None:
    assert judgements.read(cat, form) == expected


@pytest.mark.parametrize(
    ("form", "expected"),
    [
        ({"kind": "right"}, Judgement(CorrectionKind.NONE)),
        ({"kind": "none"}, Judgement(CorrectionKind.NONE)),
        ({"kind": "class", "label": "cat"}, Judgement(CorrectionKind.CLASS, "cat")),
    ],
)
def test_of_a_picture_that_was_turned_away_right_means_none_of_these(
    turned_away: Answer, form: dict[str, str], expected: Judgement
) -> None:
    assert judgements.read(turned_away, form) == expected


@pytest.mark.parametrize(
    "form", [{}, {"kind": ""}, {"kind": "withdraw"}, {"kind": "class"}, {"kind": "new_class", "label": "../x"}]
)
def test_a_form_that_says_nothing_usable_is_refused(cat: Answer, form: dict[str, str]) -> None:
    with pytest.raises(WrongJudgement):
        judgements.read(cat, form)


def test_a_models_own_odd_class_can_be_chosen(served: Recognizer) -> None:
    answer = make_answer(picture=False, top=[["cat", 0.9], ["dogs/wolves", 0.1]])

    assert judgements.read(answer, {"kind": "class", "label": "dogs/wolves"}).kind == CorrectionKind.CLASS


def test_a_new_class_takes_the_spelling_that_staff_accepted_before(cat: Answer) -> None:
    make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, "Fox", state=State.ACCEPTED)

    assert judgements.read(cat, {"kind": "new_class", "label": "fox"}) == Judgement(CorrectionKind.NEW_CLASS, "Fox")


@pytest.mark.parametrize("text", ["Zebra", "ZEBRA", "z\u0435bra"])
def test_a_new_class_takes_that_spelling_however_many_there_are_and_however_alike_it_looks(
    cat: Answer, text: str
) -> None:
    for label in (*(f"animal {number:03}" for number in range(100)), "zebra"):
        make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, label, state=State.ACCEPTED)

    assert judgements.read(cat, {"kind": "new_class", "label": text}).label == "zebra"


def test_judgements_read_in_the_readers_language() -> None:
    with translation.override("zh-hans"):
        assert [str(Judgement(CorrectionKind.CLASS, "dog")), str(Judgement(CorrectionKind.NEW_CLASS, "dog"))] == [
            "狗",
            "dog",
        ]


@pytest.mark.parametrize(
    ("known", "kind", "agrees"),
    [
        (True, CorrectionKind.RIGHT, True),
        (True, CorrectionKind.CLASS, False),
        (True, CorrectionKind.NONE, False),
        (True, CorrectionKind.NEW_CLASS, False),
        (False, CorrectionKind.NONE, True),
        (False, CorrectionKind.NEW_CLASS, True),
        (False, CorrectionKind.CLASS, False),
    ],
)
def test_agreement_is_what_the_model_said(known: bool, kind: CorrectionKind, agrees: bool) -> None:
    make_correction(make_answer(picture=False, known=known), kind, "" if kind == CorrectionKind.NONE else "dog")

    assert Correction.objects.filter(AGREES).exists() is agrees
