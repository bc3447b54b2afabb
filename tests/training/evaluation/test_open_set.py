"""Pictures of other things: how many are taken for a class, kind by kind."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recognizer import Recognizer
from tests.recognizer.fakes import BLUE, make_recognizer, plain
from tests.training.answers import make_answered, make_prediction, make_unknown
from training.errors import DatasetError
from training.evaluation.open_set import OpenSetEvaluation, evaluate_open_set, score, score_name, separation


@pytest.fixture
def recognizer() -> Recognizer:
    return make_recognizer()


def save(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(plain(BLUE))


def test_every_picture_has_its_folder_its_kind_and_its_answer(recognizer: Recognizer, tmp_path: Path) -> None:
    save(tmp_path / "animal" / "fox-012.png")
    save(tmp_path / "cup" / "IMG_0001.png")

    pictures = evaluate_open_set(recognizer, [tmp_path]).pictures

    assert [(picture.folder, picture.kind) for picture in pictures] == [("animal", "fox"), ("cup", "cup")]
    assert [picture.prediction.top[0].label for picture in pictures] == ["dog", "dog"]


def test_accepted_pictures_are_counted_by_kind_by_folder_and_in_all() -> None:
    pictures = [make_unknown("animal/fox", 0.9), make_unknown("animal/fox", 0.5, known=False)]
    unknown = OpenSetEvaluation((*pictures, make_unknown("thing/cup", 0.5, known=False)), ())

    assert [(kind.name, kind.accepted.part, kind.accepted.whole) for kind in unknown.by_kind] == [
        ("fox", 1, 2),
        ("cup", 0, 1),
    ]
    assert {name: (share.part, share.whole) for name, share in unknown.by_folder.items()} == {
        "animal": (1, 2),
        "thing": (0, 1),
    }
    assert (unknown.accepted.part, unknown.accepted.whole) == (1, 3)


def test_a_kind_of_two_folders_is_named_with_its_folder() -> None:
    unknown = OpenSetEvaluation((make_unknown("animal/mixed", 0.9), make_unknown("thing/mixed", 0.9)), ())

    assert [kind.name for kind in unknown.by_kind] == ["animal/mixed", "thing/mixed"]


def test_separation_is_that_of_the_scores() -> None:
    known = [make_answered("a", {"a": score, "b": 1 - score}) for score in (0.95, 0.9, 0.7)]

    separated = separation(known, [make_unknown("x/x", score) for score in (0.8, 0.6)])

    assert separated.score == "probability"
    assert separated.auroc == pytest.approx(5 / 6)
    assert separated.accepted_at_95 == pytest.approx(1 / 2)


def test_the_in_distribution_score_is_preferred_where_every_answer_has_one() -> None:
    plain_answer = make_prediction({"a": 1.0})
    with_it = replace(plain_answer, ood_score=0.3)

    assert score_name([with_it, with_it]) == "familiarity"
    assert score_name([with_it, plain_answer]) == "probability"
    assert (score(with_it, "familiarity"), score(with_it, "probability")) == (0.3, 1.0)


def test_the_record_has_the_share_accepted_by_kind() -> None:
    unknown = OpenSetEvaluation((make_unknown("animal/fox", 0.9), make_unknown("animal/wolf", 0.9, known=False)), ())

    record = unknown.to_dict([make_answered("a", {"a": 0.95, "b": 0.05})])

    assert (record["n"], record["accepted"]) == (2, 0.5)
    assert record["by_kind"]["fox"]["accepted"] == 1
    assert record["by_kind"]["wolf"]["accepted"] == 0
    assert record["by_folder"]["animal"]["n"] == 2


def test_each_folder_is_judged_at_the_threshold_that_known_pictures_pass() -> None:
    pictures = (make_unknown("animal/fox", 0.9), make_unknown("animal/wolf", 0.55), make_unknown("thing/cup", 0.55))

    by_folder = OpenSetEvaluation(pictures, ()).to_dict([make_answered("a", {"a": 0.6, "b": 0.4})])["by_folder"]

    assert {name: entry["accepted_at_95_known"] for name, entry in by_folder.items()} == {"animal": 0.5, "thing": 0.0}


def test_unreadable_pictures_are_named_and_not_counted(recognizer: Recognizer, tmp_path: Path) -> None:
    save(tmp_path / "fox-1.png")
    (tmp_path / "fox-2.png").write_bytes(b"broken")

    unknown = evaluate_open_set(recognizer, [tmp_path])

    assert len(unknown.pictures) == 1
    assert [file for file, _ in unknown.unreadable] == ["fox-2.png"]


@pytest.mark.parametrize("folder", ["missing", "empty"])
def test_a_folder_without_pictures_is_refused(recognizer: Recognizer, tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()

    with pytest.raises(DatasetError):
        evaluate_open_set(recognizer, [tmp_path / folder])
