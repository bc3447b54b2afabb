"""What scores and likenesses are called."""

from __future__ import annotations

import pytest
from django.utils import translation

from recognizer.explain.heat_place import PLACES
from webui import wording


@pytest.mark.parametrize(
    ("likeness", "words"),
    [
        (1.0, "Much like what it learned"),
        (0.8, "Much like what it learned"),
        (0.5, "Somewhat like what it learned"),
        (0.499, "Not much like what it learned"),
        (0.0, "Quite unlike what it learned"),
    ],
)
def test_a_likeness_has_words(likeness: float, words: str) -> None:
    assert wording.likeness(likeness) == words


def test_every_likeness_has_words_in_chinese() -> None:
    with translation.override("zh-hans"):
        words = [str(entry["words"]) for entry in wording.likenesses()]

    assert len(set(words)) == 4
    assert all(text.startswith("与它学过的图片") for text in words)


@pytest.mark.parametrize(
    ("score", "likeness", "is_perhaps"),
    [(0.99, 0.49, True), (0.8, 0.2, True), (0.79, 0.4, False), (0.99, 0.19, False), (0.99, None, False)],
)
def test_a_sure_score_on_what_is_not_quite_unlike_is_perhaps(
    score: float, likeness: float | None, is_perhaps: bool
) -> None:
    assert (wording.perhaps("dog", score, likeness) is not None) == is_perhaps


@pytest.mark.parametrize(
    ("language", "label", "words"),
    [
        ("en", "dog", "Perhaps a dog|It looks unlike the dogs it learned from.|Yes, a dog"),
        ("en", "fox", "Perhaps: fox|It looks unlike the pictures of “fox” it learned from.|Yes, fox"),
        ("zh-hans", "dog", "可能是狗|看起来不太像它学过的狗。|对，是狗"),
        ("zh-hans", "狐狸", "可能是：狐狸|看起来不太像它学过的“狐狸”图片。|对，是狐狸"),
    ],
)
def test_perhaps_is_said_of_every_class_in_every_language(language: str, label: str, words: str) -> None:
    with translation.override(language):
        said = wording.perhaps(label, 0.9, 0.4)

    assert said is not None
    assert [said.headline, said.doubt, said.yes] == words.split("|")


def test_every_class_that_is_translated_has_its_own_words_for_perhaps() -> None:
    assert wording.script_perhaps()["words"].keys() == wording.class_names().keys()


@pytest.mark.parametrize(
    ("language", "one", "many", "other"),
    [
        ("en", "{count} cat", "{count} cats", "{count} × {label}"),
        ("zh-hans", *["猫 {count} 张"] * 2, "{label} {count} 张"),
    ],
)
def test_pictures_of_a_class_are_counted_as_the_language_does(language: str, one: str, many: str, other: str) -> None:
    with translation.override(language):
        assert wording.counted_classes()["cat"] == (one, many)
        assert wording.counted_classes().keys() == wording.class_names().keys()
        assert wording.counted_other_class() == (other, other)


def test_every_place_of_a_heat_map_has_a_sentence_of_its_own_in_every_language() -> None:
    for language in ("en", "zh-hans"):
        with translation.override(language):
            assert len(set(map(wording.heat_place, PLACES))) == len(PLACES) == 10


@pytest.mark.parametrize(
    ("share", "words"), [(1.0, "100.0%"), (0.9996, "99.9%"), (0.9879, "98.8%"), (1 / 3000, "0.1%"), (0.0, "0.0%")]
)
def test_only_a_share_of_all_is_100_percent(share: float, words: str) -> None:
    assert wording.counted(share) == words


@pytest.mark.parametrize("name", ["כלב", "قطة 2", "a\u202egnp.jpg"])
def test_what_is_written_right_to_left_is_kept_apart_from_its_line(name: str) -> None:
    assert wording.isolated(name) == f"\u2068{name}\u2069"


def test_other_names_are_shown_as_they_are() -> None:
    assert [wording.isolated(name) for name in ("cat", "猫", "1.jpg")] == ["cat", "猫", "1.jpg"]


def test_a_class_stands_in_a_sentence_by_itself() -> None:
    assert wording.remark("כלב", 0.3, 0.1, known=False) == "Nearest: \u2068כלב\u2069"
