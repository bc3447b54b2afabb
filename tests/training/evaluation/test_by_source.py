"""Figures source by source: the worst first, and no source judged by a picture or two."""

from __future__ import annotations

import json

from tests.training.answers import make_answered
from training.evaluation.by_source import BySource, by_source, record
from training.evaluation.confidence_intervals import Share
from training.evaluation.evaluate import Answered, Evaluation

WRONG, RIGHT = {"a": 0.1, "b": 0.9}, {"a": 0.9, "b": 0.1}


def make(**sources: tuple[int, int, int]) -> BySource:
    """Of each source: pictures, right ones, accepted ones."""
    answered: list[Answered] = []
    names = {}
    for source, (pictures, right, accepted) in sources.items():
        for number in range(pictures):
            scores = RIGHT if number < right else WRONG
            picture = make_answered("a", scores, file=f"{source}-{number}.png", known=number < accepted)
            answered.append(picture)
            names[picture.path] = source
    return by_source(Evaluation(("a", "b"), tuple(answered), ()), names)


def test_the_worst_source_comes_first_whether_it_is_named_wrongly_or_turned_away() -> None:
    found = make(good=(20, 20, 20), turned_away=(20, 20, 8), wrong=(20, 12, 20))

    assert [(row.name, row.right, row.accepted) for row in found.rows] == [
        ("turned_away", Share(20, 20), Share(8, 20)),
        ("wrong", Share(12, 20), Share(20, 20)),
        ("good", Share(20, 20), Share(20, 20)),
    ]


def test_sources_with_few_pictures_are_one_row_at_the_end() -> None:
    found = make(good=(20, 20, 20), one=(1, 0, 0), two=(2, 2, 2), wrong=(20, 12, 20))

    assert [row.title for row in found.rows] == ["wrong", "good", "2 sources with fewer than 10 pictures"]
    assert (found.rows[-1].right, found.rows[-1].accepted) == (Share(2, 3), Share(2, 3))


def test_the_sentence_is_for_pictures_from_elsewhere_and_does_not_know_what_was_trained_on() -> None:
    said = make(**{f"source{number}": (20, 18, 16) for number in range(6)}).sentence()

    assert said.startswith("If it was trained on none of these 6 sources: of pictures from people and places")
    assert "to be accepted as one of the classes" in said


def test_where_everything_is_accepted_no_promise_is_made_of_it() -> None:
    found = make(**{f"source{number}": (20, 18, 20) for number in range(6)})

    assert found.expected_accepted is None
    assert "accepted" not in found.sentence()


def test_few_sources_are_said_to_be_few() -> None:
    assert make(x=(20, 20, 20), y=(20, 20, 20)).sentence() == "2 sources are too few to say what to expect of others."


def test_the_record_for_programs_has_a_row_a_source() -> None:
    found = json.loads(json.dumps(make(good=(20, 20, 20), one=(1, 0, 0), two=(2, 2, 2)).to_dict()))

    assert found["n"] == 3
    assert [(row["name"], row["sources"], row["n"], row["right"]) for row in found["rows"]] == [
        ("good", 1, 20, 1.0),
        (None, 2, 3, 2 / 3),
    ]
    assert found["expected_right"] is None


def test_the_record_of_a_model_file_has_counts_and_no_names() -> None:
    found = record({"anna": Share(20, 20), "bob": Share(12, 20), "carl": Share(0, 1)}.values())

    assert (found.sources, found.pictures) == (3, 41)
    assert [(row.part, row.whole) for row in found.rows or ()] == [(12, 20), (20, 20)]
    assert not any(name in str(found.to_dict()) for name in ("anna", "bob", "carl"))
