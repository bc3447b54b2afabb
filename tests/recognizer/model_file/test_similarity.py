"""How well a picture is known: numbers that one can check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.errors import ArtifactError
from recognizer.model_file import ood_score
from recognizer.model_file.numbers import STORED
from tests.recognizer.rejections import REFERENCES, UNKNOWN_WEIGHTS, make_ood_score, make_rejection


def embedding(*numbers: float) -> np.ndarray:
    return np.array([numbers], np.float32)


@pytest.mark.parametrize(
    ("picture", "expected"),
    [
        (embedding(7, 0, 0, 0), 1.0),  # On the first reference, however long.
        (embedding(0, 0, 5, 0), 0.0),  # At right angles to all of them.
        (embedding(3, 4, 0, 0), 1.0),  # (0.6, 0.8) is the third.
        (embedding(1, 0, 1, 0), np.sqrt(0.5)),
        (embedding(-1, 0, 0, 0), 0.0),  # Opposite to the first; the second is nearest.
    ],
)
def test_one_neighbour_is_the_largest_cosine(picture: np.ndarray, expected: float) -> None:
    assert make_ood_score()(picture) == pytest.approx([expected], abs=1e-6)


def test_of_several_neighbours_it_is_the_mean() -> None:
    # Cosines with the references: 1, 0, 0.6.
    assert make_ood_score(neighbours=2)(embedding(2, 0, 0, 0)) == pytest.approx([0.8])
    assert make_ood_score(neighbours=3)(embedding(2, 0, 0, 0)) == pytest.approx([1.6 / 3])


def test_the_output_for_unknown_pictures_is_added_to_the_weighted_similarity() -> None:
    measure = make_ood_score(unknown_weights=UNKNOWN_WEIGHTS, similarity_weight=10.0)

    # Of length 5: (0.6, 0, 0, 0.8). Cosines 0.6, 0 and 0.36. Output 0.6 * 0.5 - 0.8 * 1.
    assert measure(embedding(3, 0, 0, 4)) == pytest.approx([10 * 0.6 + 0.3 - 0.8])


def test_each_picture_has_its_own() -> None:
    pictures = np.array([[1, 0, 0, 0], [0, 0, 1, 0], [0, 2, 0, 0]], np.float32)

    assert make_ood_score()(pictures) == pytest.approx([1, 0, 1])


def test_a_picture_that_the_network_sees_nothing_in_scores_nothing() -> None:
    assert make_ood_score()(embedding(0, 0, 0, 0)).tolist() == [0.0]


@pytest.mark.parametrize("weights", [None, UNKNOWN_WEIGHTS])
def test_what_is_stored_comes_back(weights: np.ndarray | None) -> None:
    method = "neighbours" if weights is None else "neighbours_and_unknown"
    measure = make_ood_score(unknown_weights=weights, similarity_weight=2.0)
    record = make_rejection(method=method, similarity_weight=2.0)

    for again in (
        ood_score.from_bytes(ood_score.to_bytes(measure), record),
        ood_score.from_stored(ood_score.to_stored(measure), record),
    ):
        assert again.references == pytest.approx(REFERENCES, abs=1e-3)  # Half precision.
        assert (again.unknown_weights is None) == (weights is None)
        assert again(embedding(1, 2, 3, 4)) == pytest.approx(measure(embedding(1, 2, 3, 4)), abs=2e-3)


@pytest.mark.parametrize("length", [0, 1, 23, 25, 32])
def test_too_few_or_too_many_bytes_are_refused(length: int) -> None:
    with pytest.raises(ArtifactError, match=f"Expected 24 bytes for rejection. Received: {length}"):
        ood_score.from_bytes(bytes(length), make_rejection())


@pytest.mark.parametrize(
    "stored",
    [np.zeros((4, 4), STORED), np.zeros(12, STORED), np.zeros((3, 4), np.float32), np.zeros((4, 3), STORED)],
)
def test_another_shape_or_type_is_refused(stored: np.ndarray) -> None:
    with pytest.raises(ArtifactError, match=r"Expected numbers for rejection of the shape \(3, 4\)"):
        ood_score.from_stored(stored, make_rejection())


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
def test_what_is_no_number_is_refused(number: float) -> None:
    stored = np.zeros((3, 4), STORED)
    stored[1, 2] = number

    with pytest.raises(ArtifactError, match="not finite"):
        ood_score.from_stored(stored, make_rejection())
