from __future__ import annotations

import pytest
from django.utils import translation

from recognizer import Recognizer
from tests.webui.factories import make_answer, make_correction
from webui.history.models import CorrectionKind, State
from webui.review import class_labels
from webui.review.class_labels import WrongLabel

HOSTILE = [
    "../../etc/passwd",
    "..",
    ".",
    ".hidden",
    "a/b",
    "a\\b",
    "/root",
    "C:x",
    "a\0b",
    "a\u202eb",
    "=1+1",
    "-rf",
    "a.",
    "~",
]


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("fox", "fox"),
        ("  red \t panda\n", "red panda"),
        ("e\u0301lan", "\u00e9lan"),
        ("小 熊\u3000猫", "小 熊 猫"),
        ("St. Bernard (young)", "St. Bernard (young)"),
        ("7-spot ladybird", "7-spot ladybird"),
    ],
)
def test_a_new_class_is_spelled_in_one_way(text: str, label: str) -> None:
    assert class_labels.cleaned(text) == label


@pytest.mark.parametrize("text", ["", "   ", "x" * 201, "猫" * 100, "Unknown", *HOSTILE])
def test_what_cannot_be_a_folder_everywhere_is_no_class(text: str) -> None:
    with pytest.raises(WrongLabel):
        class_labels.cleaned(text)


@pytest.mark.parametrize("language", ["en", "zh-hans"])
@pytest.mark.parametrize("text", ["Dog", "DOG", "狗"])
def test_a_class_is_known_in_any_case_and_in_any_language_of_the_pages(text: str, language: str) -> None:
    with translation.override(language):
        assert class_labels.matching(text, ["cat", "dog"]) == "dog"


@pytest.mark.parametrize("text", ["Red Panda", "red_panda", "RED  PANDA.", "red p\u0430nda"])
def test_names_that_fit_would_refuse_beside_each_other_mean_the_same(text: str) -> None:
    assert class_labels.matching(text, ["red panda"]) == "red panda"


def test_names_of_which_nothing_is_left_to_compare_mean_nothing_else() -> None:
    assert class_labels.matching(".", ["_", "dog"]) is None


def test_a_class_that_the_model_does_not_have_matches_none() -> None:
    assert class_labels.matching("fox", ["cat", "dog"]) is None


@pytest.mark.django_db
def test_the_classes_of_an_answer_are_the_likeliest_and_then_those_of_the_model_served(served: Recognizer) -> None:
    answer = make_answer(top=[["horse", 0.5], ["zebra", 0.4]], label="horse", score=0.5, picture=False)

    assert class_labels.of_answer(answer) == ["horse", "zebra", "cat", "chicken", "dog"]


@pytest.mark.django_db
def test_only_accepted_new_classes_are_offered_again() -> None:
    for label, state in (("fox", State.ACCEPTED), ("fox", State.ACCEPTED), ("cow", State.PENDING)):
        make_correction(make_answer(picture=False), CorrectionKind.NEW_CLASS, label, state=state)

    assert class_labels.accepted_new_classes() == ["fox"]


@pytest.mark.parametrize("label", ["cat", "chats & chiens", "猫", "What?"])
def test_most_labels_are_folder_names(label: str) -> None:
    assert class_labels.is_folder_name(label)


@pytest.mark.parametrize("label", ["", ".", "..", "../x", "/x", "a/b", "a\\b", ".git", "a\0b", "x" * 300, "unknown"])
def test_labels_that_would_lie_elsewhere_are_none(label: str) -> None:
    assert not class_labels.is_folder_name(label)


@pytest.mark.parametrize("text", ["CON", "nul.txt", "com1", "Lpt9 .b"])
def test_what_windows_takes_for_a_device_is_refused_by_name(text: str) -> None:
    with pytest.raises(WrongLabel, match="Windows has no folder of that name"):
        class_labels.cleaned(text)


@pytest.mark.parametrize("text", ["Constable", "com", "auxiliary horse", "a.con"])
def test_names_that_only_begin_like_one_are_taken(text: str) -> None:
    assert class_labels.cleaned(text) == text
