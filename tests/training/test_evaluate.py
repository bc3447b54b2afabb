"""Evaluation: figures that can be checked by hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizer import Recognizer, architectures
from recognizer.artifact import Artifact
from recognizer.engines import Activations
from recognizer.metadata import ModelMetadata
from recognizer.preprocessing import Pixels, fingerprint
from training.dataset import scan
from training.errors import DatasetError
from training.evaluate import Evaluation, evaluate


class BrightestChannel:
    """An engine that knows red, green and blue, in this order."""

    name = "fake"

    def run(self, pixels: Pixels) -> Activations:
        means = pixels.mean(axis=(1, 2)).astype(np.float32)
        return Activations(logits=means / 10, embedding=means, feature_map=means[:, None, None])


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

    assert evaluate(recognizer, scan(class_folders)).per_class()["green"]["recall"] == 0


def test_a_folder_that_is_no_class_is_refused(recognizer: Recognizer, class_folders: Path) -> None:
    (class_folders / "red").rename(class_folders / "crimson")

    with pytest.raises(DatasetError, match="does not know: crimson"):
        evaluate(recognizer, scan(class_folders))


def test_precision_recall_and_f1_are_those_of_the_matrix() -> None:
    evaluation = Evaluation(("a", "b"), np.array([[6, 2], [1, 1]]), (), ())

    a = evaluation.per_class()["a"]

    assert a["precision"] == pytest.approx(6 / 7)
    assert a["recall"] == pytest.approx(6 / 8)
    assert a["f1"] == pytest.approx(2 * (6 / 7) * (6 / 8) / (6 / 7 + 6 / 8))
    assert a["n"] == 8
    assert evaluation.accuracy == pytest.approx(0.7)


def test_a_picture_that_cannot_be_opened_is_named_and_not_counted(recognizer: Recognizer, class_folders: Path) -> None:
    pictures = scan(class_folders)
    (class_folders / "red" / "00.png").unlink()

    evaluation = evaluate(recognizer, pictures)

    assert evaluation.n == 35
    assert [file for file, _ in evaluation.unreadable] == ["red/00.png"]
