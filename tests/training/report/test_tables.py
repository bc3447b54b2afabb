"""The tables of a report."""

from __future__ import annotations

from recognizer.model_file import results
from tests.training.answers import make_unknown
from training.evaluation.by_source import BySource, SourceRow, record
from training.evaluation.confidence_intervals import Share
from training.evaluation.open_set import OpenSetEvaluation
from training.report import tables


def test_kinds_of_a_few_pictures_are_left_out_with_the_photographs() -> None:
    foxes = [make_unknown("animal/fox", 0.9) for number in range(5)]
    unknown = OpenSetEvaluation((*foxes, make_unknown("animal/anna", 0.9), make_unknown("thing/cup", 0.9)), ())

    assert [kind.name for kind in tables.kinds(unknown, "animal", photographs=True)] == ["anna", "fox"]
    assert [kind.name for kind in tables.kinds(unknown, "animal", photographs=False)] == ["fox"]


def test_names_of_sources_are_left_out_with_the_photographs() -> None:
    rows = (SourceRow("anna", 1, Share(9, 12), Share(9, 12)), SourceRow("bob", 1, Share(12, 12), Share(12, 12)))

    assert [title for title, _ in tables.sources(BySource(rows), photographs=True)] == ["anna", "bob"]
    assert [title for title, _ in tables.sources(BySource(rows), photographs=False)] == ["source 1", "source 2"]
    assert tables.sources(None, photographs=True) == []


def test_what_the_file_says_of_sources_is_shown_as_far_as_it_goes() -> None:
    right = record([*[Share(19, 20)] * 12, Share(1, 2)])

    [found] = tables.recorded(results.BySource(right=right))

    assert (found.title, found.sources, len(found.rows), found.not_shown) == ("Named rightly", 13, 10, 3)
    assert found.rows[0] == Share(19, 20)
    assert tables.recorded(None) == []
