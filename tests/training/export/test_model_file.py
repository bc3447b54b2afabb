"""What a model file says of the pictures held back, whatever the number of its classes."""

from __future__ import annotations

import pytest

from recognizer.model_file.results import Results, Validation
from tests.training.answers import make_answered
from training.evaluation.evaluate import Evaluation
from training.export import model_file


def of_classes(count: int) -> Validation:
    """Of a picture of each class, all but the first of them right."""
    names = tuple(f"species {n}" for n in range(count))
    answered = [make_answered(name, {names[max(1, n)]: 0.9}) for n, name in enumerate(names)]
    return model_file.validation(Evaluation(names, tuple(answered), ()))


def test_each_row_of_the_confusion_matrix_is_what_pictures_show() -> None:
    assert of_classes(3).confusion_matrix == ((0, 1, 0), (0, 1, 0), (0, 0, 1))


@pytest.mark.parametrize(("classes", "has_one"), [(4, True), (5, False)])
def test_of_too_many_classes_there_is_no_confusion_matrix(
    monkeypatch: pytest.MonkeyPatch, classes: int, has_one: bool
) -> None:
    monkeypatch.setattr(model_file, "_MOST_CLASSES_IN_MATRIX", 4)

    found = of_classes(classes)

    assert (found.confusion_matrix is not None) is has_one
    assert len(found.per_class or {}) == classes
    assert Results.read(Results(validation=found).to_dict()).validation == found
