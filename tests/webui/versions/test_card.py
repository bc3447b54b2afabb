from __future__ import annotations

from typing import Any

import pytest
from django.utils import translation

from recognizer.charts.confusion_matrix import confusion_matrix
from recognizer.model_file.rejection_record import Compared, SecondLook, Spread
from recognizer.model_file.results import Provenance
from tests.recognizer.fakes import make_metadata
from tests.recognizer.rejections import make_head_rejection, make_rejection
from tests.webui.versions.conftest import Put
from webui.versions import listing
from webui.versions.card import Card, card
from webui.versions.changes import changes
from webui.versions.limits import limits
from webui.versions.origin import facts, options, way_of_looking

FIGURES = {"precision": 0.9, "recall": 0.8, "f1": 0.85, "n": 10}
VALIDATION = {
    "accuracy": 0.975,
    "n": 40,
    "per_class": dict.fromkeys(("cat", "chicken", "dog", "horse"), FIGURES),
    "confusion_matrix": [[10, 0, 0, 0], [0, 10, 0, 0], [1, 0, 9, 0], [0, 0, 0, 10]],
}


def sentences(**fields: Any) -> str:
    metadata = make_metadata(**fields)
    results = metadata.measured
    matrix = results.validation.confusion_matrix if results.validation else None
    found = confusion_matrix(matrix, metadata.class_names, most_classes=25)
    return "\n".join(limits(metadata, results, metadata.origin, found))


def card_of(put: Put, **changes: object) -> Card:
    put("animals-1", **changes)
    [version] = listing.versions()
    assert version.metadata is not None
    return card(version, version.metadata)


def test_the_mistakes_on_pictures_held_back_are_told() -> None:
    text = sentences(results={"validation": VALIDATION})

    assert "Of 40 pictures held back from its training, it took 1 for another class." in text
    assert "Its commonest mistake there: dog taken for cat." in text


def test_a_version_without_results_says_so() -> None:
    assert "Nobody has measured how often it is right" in sentences()


def test_a_version_that_takes_everything_for_a_class_says_so() -> None:
    assert "It cannot say “none of these”" in sentences(rejection=None)


def test_what_it_takes_of_other_things_is_told() -> None:
    judged = Compared(method="neighbours", unknown={"animal": Spread(mean=0.05, lowest=0.04, highest=0.08)})

    text = sentences(rejection=make_rejection(comparison=(judged,)))

    assert "(animal), it takes 5.0% for one of its classes, between 4.0% and 8.0% depending on their kind." in text
    assert "It says “none of these” to 5.0% of the pictures, held back from its training," in text


def test_classes_with_few_pictures_are_named() -> None:
    text = sentences(provenance={"data": {"images": {"cat": 1000, "dog": 900, "horse": 1}}})

    assert "It has seen only 1 picture of horse, and 1000 of another class." in text
    assert "of dog" not in text


def test_sources_left_out_are_told() -> None:
    crossed = {"accuracy_on_groups_left_out": 0.91, "accuracy_on_groups_trained_on": 0.97, "folds": []}

    assert "it named 91.0% correctly" in sentences(results={"validation": VALIDATION, "cross_validation": crossed})


BY_SOURCE = {
    "right": {"sources": 12, "pictures": 300, "expected": [0.921, 0.9649]},
    "accepted": {"sources": 12, "pictures": 300, "expected": [0.85, 0.95]},
}


@pytest.mark.parametrize(
    ("language", "named", "accepted"),
    [
        ("en", "expect it to name 92.1% to 96.5% correctly.", "expect it to accept 85.0% to 95.0%, and to say"),
        ("zh-hans", "预计识别正确的占 92.1% 到 96.5%。", "预计它会接受其中的 85.0% 到 95.0%"),
    ],
)
def test_what_new_people_should_expect_is_told(language: str, named: str, accepted: str) -> None:
    with translation.override(language):
        text = sentences(results={"validation": VALIDATION, "by_source": BY_SOURCE})

    assert named in text
    assert accepted in text


def test_too_few_sources_to_say_are_passed_over() -> None:
    few = {"right": {"sources": 2, "pictures": 30, "expected": None}, "accepted": 7}

    assert "has not met" not in sentences(results={"validation": VALIDATION, "by_source": few})


@pytest.mark.parametrize(
    "record",
    [
        {"validation": 3, "history": "x", "calibration": [], "cross_validation": None},
        {"validation": {"accuracy": 2, "n": -1}},
        {"history": [{"loss": ["x"]}, 7]},
        {"validation": {**VALIDATION, "per_class": {"cat": {}}, "confusion_matrix": [[-1]]}},
    ],
)
def test_results_of_another_shape_are_left_out(put: Put, record: dict[str, Any]) -> None:
    shown = card_of(put, results=record)

    assert (shown.classes, shown.confusion, shown.charts) == ([], None, [])


def test_the_card_shows_what_the_file_knows(put: Put) -> None:
    history = [{"accuracy": [0.5, 0.6], "val_accuracy": [0.4, 0.5], "loss": [2.0, 1.0], "val_loss": [2.5, 1.5]}]

    shown = card_of(put, results={"validation": VALIDATION, "history": history})

    assert [tile.figure for tile in shown.tiles] == ["97.5%"]
    assert len(shown.classes) == 4
    assert [chart.metric for chart in shown.charts] == ["accuracy", "loss"]


def test_of_very_many_classes_the_worst_are_shown(put: Put) -> None:
    many = {f"class {number}": {**FIGURES, "f1": number / 100} for number in range(100)}

    shown = card_of(put, results={"validation": {**VALIDATION, "per_class": many}})

    assert shown.shows_worst
    assert [row.name for row in shown.classes[:2]] == ["class 0", "class 1"]


def test_how_it_tells_other_things_is_told(put: Put) -> None:
    put("animals-1")
    [version] = listing.versions()
    options = SecondLook(lowest=0.0, highest=2.0, logit_margin=1.0, side=0.5)
    once, twice, by_similarity = (
        " ".join(card(version, make_metadata(rejection=rejection)).rejection)
        for rejection in (make_head_rejection(), make_head_rejection(second_look=options), make_rejection())
    )

    assert "learned to tell 3 kinds of things apart" in once
    assert "a second time" not in once
    assert "Where it is unsure, it looks a second time" in twice
    assert "compared with 3 examples" in by_similarity


def test_where_it_comes_from_is_told_in_plain_words() -> None:
    provenance = Provenance.read(
        {
            "finished": "2026-11-22T01:15:37+00:00",
            "training_seconds": 1604,
            "data": {"images": {"cat": 3, "dog": 4}, "train": 5, "validation": 2},
            "starting_weights": {"kind": "model", "name": "animals", "version": "1"},
            "git_commit": "10cb82947f30203c308b1c304897b120ee9029de",
            "git_dirty": True,
            "python": "3.11.7",
            "packages": {"keras": "3.15.1"},
        }
    )

    told = dict(facts(make_metadata(), provenance))

    assert told["Took"] == "27 minutes"
    assert told["Pictures"] == "5 to learn from, 2 held back to judge it"
    assert told["By class"] == "cat 3, dog 4"
    assert told["Began with"] == "the model animals-1"
    assert told["Code"] == "commit 10cb82947f30, with changes"
    assert told["Software"] == "Python 3.11.7, keras 3.15.1"


IMPORTED = {
    "file": "flowers.keras",
    "digest": f"sha256:{'a' * 64}",
    "keras": "2.11.0",
    "at": "2026-11-22T01:15:37+00:00",
    "layers": 155,
    "backbone": "mobilenetv2_1.00_224",
}


@pytest.mark.parametrize(
    ("language", "network", "file"),
    [
        ("en", "155 layers imported, around mobilenetv2_1.00_224", "Original file"),
        ("zh-hans", "导入了 155 层，主体为 mobilenetv2_1.00_224", "原文件"),
    ],
)
def test_of_an_imported_model_the_original_is_told(language: str, network: str, file: str) -> None:
    with translation.override(language):
        told = dict(facts(make_metadata(architecture="imported"), Provenance.read({"imported": IMPORTED})))

    assert network in told.values()
    assert told[file] == "flowers.keras"
    assert {"Keras 2.11.0", f"sha256:{'a' * 64}"} <= set(told.values())


def test_an_older_record_of_an_import_says_what_it_has() -> None:
    record = {"imported": {**IMPORTED, "keras": "", "layers": None, "backbone": None}}

    told = dict(facts(make_metadata(architecture="imported"), Provenance.read(record)))

    assert (told["Network"], told["Written by"]) == ("imported", "Keras")
    assert told["Imported"].startswith("Nov. 22, 2026")


def test_a_file_that_says_nothing_of_its_making_has_few_facts() -> None:
    assert facts(make_metadata(), Provenance.read({})) == [("Network", "resnet50v1.5")]


def test_every_option_of_the_recipe_is_listed() -> None:
    provenance = Provenance.read({"recipe": {"seed": 1, "head": {"views": [1, 2], "mirror": True, "l2": None}}})

    assert options(provenance) == [("seed", "1"), ("head.views", "1, 2"), ("head.mirror", "true"), ("head.l2", "–")]


def test_how_it_looks_at_a_picture_is_told() -> None:
    told = way_of_looking(make_metadata().preprocessing)

    assert told[0] == "The whole picture is seen, stretched to a square."
    assert told[1].startswith("It is scaled to 224 × 224 pixels")


def test_what_changes_with_another_version_is_told() -> None:
    before = make_metadata(class_names=("cat", "dog"))
    after = make_metadata(version="2", class_names=("cat", "fox"))

    found = changes(before, after)

    assert found is not None
    assert (found.lost, found.gained) == (["dog"], ["fox"])
    assert [change.name for change in found.facts if change.is_change] == ["Version", "Classes"]


def test_nothing_can_be_told_of_a_version_that_cannot_be_used() -> None:
    assert changes(make_metadata(), None) is None
