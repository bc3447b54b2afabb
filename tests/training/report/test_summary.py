"""The sentences that a person reads first."""

from __future__ import annotations

from typing import Any

import pytest

from recognizer.model_file.rejection_record import Compared, Spread
from tests.recognizer.fakes import make_recognizer
from tests.recognizer.rejections import make_head_rejection, make_rejection
from tests.training.answers import make_evaluation, make_unknown
from training.evaluation.by_source import BySource, SourceRow
from training.evaluation.confidence_intervals import Share
from training.evaluation.open_set import OpenSetEvaluation
from training.report.contents import Contents
from training.report.summary import headline, of_hundred, sentences


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (1, "nearly all"),
        (0.999, "more than 99"),
        (0.992, "about 99"),
        (0.5, "about 50"),
        (0.001, "fewer than 1"),
        (0, "hardly any"),
    ],
)
def test_a_share_is_a_number_out_of_a_hundred(value: float, words: str) -> None:
    assert of_hundred(value) == words


def test_the_headline_can_be_remembered() -> None:
    assert headline(Share(355, 358)) == "Of 100 new pictures like these, about 99 are named rightly."


def said(*, results: dict[str, Any] | None = None, matrix: list[list[int]] | None = None, **changes: Any) -> str:
    fields: dict[str, Any] = {
        "recognizer": make_recognizer(results=results or {}),
        "evaluation": make_evaluation("ab", matrix or [[80, 20], [5, 95]]),
        "origin": "given",
    }
    return " ".join(sentences(Contents(**{**fields, **changes})))


def test_the_range_to_count_on_is_named() -> None:
    assert "named 175 of them rightly" in said()
    assert "the true share of pictures like these lies between 82.2 and 91.4 of 100" in said()


@pytest.mark.parametrize(
    ("kinds", "words"),
    [(3, "of kinds that it had not been shown."), (1, "but of the same kinds, which may flatter. Of 100")],
)
def test_kinds_that_it_had_not_been_shown_are_told_of_only_where_there_were_some(kinds: int, words: str) -> None:
    compared = Compared(method="rejection_head", unknown={"other": Spread(mean=0.02, lowest=0.0, highest=0.05)})
    rejection = make_head_rejection(comparison=(compared,), unknown_kinds=kinds, trials=3)

    assert words in said(recognizer=make_recognizer(results={}, rejection=rejection))


def test_the_class_that_is_missed_most_is_named_with_what_it_is_taken_for() -> None:
    assert "It misses “a” most often: of 100 such pictures it finds about 80." in said()
    assert "mostly takes for “b”" in said()


def test_without_unknown_pictures_the_file_says_what_its_rejection_reached() -> None:
    spread = Spread(mean=0.053, lowest=0.03, highest=0.08)
    rejection = make_rejection(comparison=(Compared(method="neighbours", unknown={"animal": spread}),))

    said_of_it = said(recognizer=make_recognizer(results={}, rejection=rejection))

    assert "it took 5.3\xa0% of “animal” for one of its classes" in said_of_it
    assert "was not tried" not in said_of_it


def test_the_gap_to_groups_left_out_is_said() -> None:
    crossed = {"accuracy_on_groups_left_out": 0.961, "accuracy_on_groups_trained_on": 0.994, "folds": [{}, {}, {}]}

    assert "In 3 more trainings" in said(origin="held back", results={"cross_validation": crossed})
    assert "96.1\xa0%" in said(origin="held back", results={"cross_validation": crossed})


@pytest.mark.parametrize("broken", [None, [], {}, {"folds": 3}, {"accuracy_on_groups_left_out": "x", "folds": []}])
def test_a_record_of_groups_left_out_that_is_none_is_passed_over(broken: object) -> None:
    assert "come from the same folders" in said(origin="held back", results={"cross_validation": broken})


BY_SOURCE = {"right": {"sources": 9, "pictures": 90, "expected": [0.921, 0.965]}}


def test_what_a_new_user_should_expect_is_said_as_the_file_has_it() -> None:
    words = "people and places that it has not met, expect 92 to 96 of 100 to be named rightly (the worst quarter"

    assert words in said(origin="held back", results={"by_source": BY_SOURCE})


def test_sources_of_the_pictures_at_hand_come_before_those_of_the_file() -> None:
    divided = BySource(tuple(SourceRow(str(n), 1, Share(10, 20), Share(20, 20)) for n in range(6)))

    text = said(divided=divided, results={"by_source": BY_SOURCE})

    assert "If it was trained on none of these 6 sources" in text
    assert "92 to 96" not in text


@pytest.mark.parametrize("broken", [None, [], {"right": 3}, {"right": {"sources": 9, "pictures": 9, "expected": [2]}}])
def test_a_record_of_sources_that_is_none_is_passed_over(broken: object) -> None:
    assert "has not met" not in said(results={"by_source": broken})


def test_where_nothing_is_missed_no_class_is_named() -> None:
    assert "misses" not in said(matrix=[[30, 0], [0, 30]])


@pytest.mark.parametrize(
    ("matrix", "words"),
    [
        ([[90, 10], [10, 90]], "Its scores mean what they say"),
        (
            [[60, 40], [40, 60]],
            "It is surer than it should be: on average it says 90.0\xa0% and is right in 60.0\xa0%.",
        ),
        ([[200, 0], [0, 200]], "It knows more than it says"),
    ],
)
def test_scores_are_compared_with_what_turned_out(matrix: list[list[int]], words: str) -> None:
    assert words in said(matrix=matrix)


def test_a_model_that_accepts_everything_cannot_say_none_of_these() -> None:
    unknown = OpenSetEvaluation((make_unknown("x/fox", 0.9),), ())

    assert "cannot say “none of these”" in said(unknown=unknown)


def test_the_share_of_other_things_that_is_accepted_is_named() -> None:
    pictures = tuple(make_unknown("x/fox", 0.9, known=number < 5) for number in range(100))

    assert "Of 100 pictures of other things, it takes about 5" in said(unknown=OpenSetEvaluation(pictures, ()))


def test_what_was_not_tried_is_said() -> None:
    assert "was not tried" in said()


def test_pictures_that_it_was_trained_on_are_a_caution() -> None:
    assert said(origin="trained on").startswith("Caution")
    assert "come from the same folders" in said(origin="held back")


@pytest.mark.parametrize(
    ("accuracy", "words"),
    [(0.88, "no more than chance"), (0.99, "these here are harder"), (0.7, "these here are easier")],
)
def test_pictures_from_elsewhere_are_compared_with_those_held_back(accuracy: float, words: str) -> None:
    assert words in said(results={"validation": {"accuracy": accuracy, "n": 500}})


@pytest.mark.parametrize(
    "validation", [None, {}, {"accuracy": "high", "n": 5}, {"accuracy": 7, "n": 5}, {"accuracy": 1, "n": 0}]
)
def test_results_that_cannot_be_read_are_passed_over(validation: Any) -> None:
    assert "held back when" not in said(results={"validation": validation})
