"""Evaluation: figures that can be checked by hand."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizer import Recognizer, architectures
from recognizer.engines import Outputs
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.preprocessing import Pixels, fingerprint
from tests.training.answers import make_answered, make_evaluation
from training.data.dataset import scan
from training.errors import DatasetError
from training.evaluation.evaluate import Evaluation, evaluate


class BrightestChannel:
    """An engine that knows red, green and blue, in this order."""

    name = "fake"

    def run(self, pixels: Pixels) -> Outputs:
        means = pixels.mean(axis=(1, 2)).astype(np.float32)
        return Outputs(logits=means / 10, embedding=means, feature_map=means[:, None, None])


@pytest.fixture
def recognizer() -> Recognizer:
    preprocessing = architectures.get("resnet50").preprocessing
    metadata = ModelMetadata(
        name="colours",
        version="1",
        architecture="resnet50",
        class_names=("red", "green", "blue"),
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
        provenance={},
        results={},
    )
    return Recognizer(Artifact(Path("colours-1.h5"), metadata, "sha256:0"), BrightestChannel())


def test_folders_are_matched_to_the_models_classes_by_name(recognizer: Recognizer, class_folders: Path) -> None:
    evaluation = evaluate(recognizer, scan(class_folders))

    assert evaluation.class_names == ("red", "green", "blue")
    assert evaluation.confusion_matrix.tolist() == [[12, 0, 0], [0, 12, 0], [0, 0, 12]]
    assert (evaluation.accuracy, evaluation.n) == (1.0, 36)


def test_a_model_of_another_systems_spelling_knows_its_classes(recognizer: Recognizer, class_folders: Path) -> None:
    names = ("ro\u0302t", "green", "blue")
    (class_folders / "red").rename(class_folders / "r\u00f4t ")
    source = replace(recognizer.artifact, metadata=recognizer.metadata.model_copy(update={"class_names": names}))

    evaluation = evaluate(Recognizer(source, BrightestChannel()), scan(class_folders))

    assert (evaluation.class_names, evaluation.accuracy) == (names, 1.0)


def test_a_folder_that_differs_in_capital_letters_is_refused_with_the_cure(
    recognizer: Recognizer, class_folders: Path
) -> None:
    (class_folders / "red").rename(class_folders / "Red")

    with pytest.raises(DatasetError, match="rename the folder 'Red' to 'red'"):
        evaluate(recognizer, scan(class_folders))


def test_a_picture_in_the_wrong_folder_is_a_mistake_with_its_score(recognizer: Recognizer, class_folders: Path) -> None:
    (class_folders / "red" / "00.png").rename(class_folders / "blue" / "moved.png")

    evaluation = evaluate(recognizer, scan(class_folders))

    (mistake,) = evaluation.mistakes
    assert (mistake.file, mistake.actual, mistake.predicted) == ("blue/moved.png", "blue", "red")
    assert mistake.score > 0.9
    assert evaluation.accuracy == pytest.approx(35 / 36)


def test_unreadable_pictures_are_named_and_not_counted(recognizer: Recognizer, class_folders: Path) -> None:
    (class_folders / "red" / "00.png").write_bytes(b"broken")

    evaluation = evaluate(recognizer, scan(class_folders))

    assert evaluation.n == 35
    assert [file for file, _ in evaluation.unreadable] == ["red/00.png"]


def test_a_class_may_be_missing_from_the_folder(recognizer: Recognizer, class_folders: Path) -> None:
    for path in (class_folders / "green").iterdir():
        path.unlink()
    (class_folders / "green").rmdir()

    evaluation = evaluate(recognizer, scan(class_folders))

    assert evaluation.to_dict()["per_class"]["green"]["recall"] == 0
    assert evaluation.accuracy == 1


def test_a_folder_that_is_no_class_is_refused(recognizer: Recognizer, class_folders: Path) -> None:
    (class_folders / "red").rename(class_folders / "crimson")

    with pytest.raises(DatasetError, match="does not know: crimson"):
        evaluate(recognizer, scan(class_folders))


def test_the_matrix_counts_what_was_taken_for_what() -> None:
    evaluation = make_evaluation("ab", [[6, 2], [1, 1]])

    assert evaluation.confusion_matrix.tolist() == [[6, 2], [1, 1]]
    assert evaluation.accuracy == pytest.approx(0.7)
    assert evaluation.labels.tolist() == [0] * 8 + [1] * 2


def test_the_most_confident_mistake_comes_first() -> None:
    scores = [{"a": 0.4, "b": 0.6}, {"a": 0.1, "b": 0.9}, {"a": 0.7, "b": 0.3}]
    answered = [make_answered("a", entry, file=f"{number}.png") for number, entry in enumerate(scores)]

    evaluation = Evaluation(("a", "b"), tuple(answered), ())

    assert [mistake.file for mistake in evaluation.mistakes] == ["a/1.png", "a/0.png"]


def test_pictures_that_are_not_accepted_count_for_the_accuracy_all_the_same() -> None:
    accepted = make_answered("a", {"a": 0.9, "b": 0.1})
    refused = make_answered("a", {"a": 0.3, "b": 0.7}, known=False)

    evaluation = Evaluation(("a", "b"), (accepted, refused), ())

    assert evaluation.accuracy == 0.5
    assert (evaluation.accepted.part, evaluation.accepted.whole) == (1, 2)
    assert evaluation.correct_of_accepted.value == 1


def test_probabilities_stand_in_class_order() -> None:
    evaluation = Evaluation(("a", "b", "c"), (make_answered("b", {"c": 0.7, "a": 0.2, "b": 0.1}),), ())

    assert evaluation.probabilities.tolist() == [[0.2, 0.1, 0.7]]


def test_the_record_is_plain_json_with_the_promised_keys() -> None:
    record = json.loads(json.dumps(make_evaluation("abc", [[6, 2, 0], [1, 1, 0], [0, 0, 0]]).to_dict()))

    assert {"accuracy", "n", "per_class", "confusion_matrix"} <= record.keys()
    assert record["accuracy_interval"][0] < record["accuracy"] < record["accuracy_interval"][1]
    assert {"precision", "recall", "f1", "n"} <= record["per_class"]["a"].keys()
    assert {"expected_calibration_error", "log_loss", "brier"} <= record["calibration"].keys()


def test_a_picture_that_cannot_be_opened_is_named_and_not_counted(recognizer: Recognizer, class_folders: Path) -> None:
    pictures = scan(class_folders)
    (class_folders / "red" / "00.png").unlink()

    evaluation = evaluate(recognizer, pictures)

    assert evaluation.n == 35
    assert [file for file, _ in evaluation.unreadable] == ["red/00.png"]
