"""The rejection head: numbers that one can check by hand."""

from __future__ import annotations

import numpy as np
import pytest

from recognizer.errors import ArtifactError
from recognizer.model_file import ood_score
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.rejection_head import BackboneHead, HeadScore
from tests.recognizer.fakes import make_metadata
from tests.recognizer.rejections import make_head_rejection, make_head_score, make_hidden_layer


def embedding(*numbers: float) -> np.ndarray:
    return np.array([numbers], np.float32)


def test_where_nothing_is_known_it_is_the_odds_of_two_classes_against_one_background() -> None:
    score = HeadScore(
        BackboneHead(np.zeros((2, 4), np.float32), np.zeros(2, np.float32), np.zeros(4, np.float32)),
        own=np.array([1, 0], np.float32),
        kernel=np.zeros((3, 4), np.float32),
        bias=np.zeros(3, np.float32),
        backbone_weight=1.0,
    )

    # Log-odds of two equal classes against the background, and of one equal output of the backbone against the other.
    assert score(embedding(1, 2, 3, 4)) == pytest.approx([np.log(2) + 0], abs=1e-5)


def test_the_head_sees_directions_and_the_backbone_lengths() -> None:
    score = make_head_score()
    short, long = score(embedding(1, 0, 0, 0))[0], score(embedding(10, 0, 0, 0))[0]

    # Head: log(e^2 + e^0) - 0. Backbone: softmax of (length, 0, 0), whose first output is a class.
    def expected(length: float) -> float:
        return float(np.log(np.exp(2) + 1) + length - np.log(2))

    assert short == pytest.approx(expected(1), abs=1e-3)
    assert long == pytest.approx(expected(10), abs=2e-2)  # The least share makes 10 a little less.


def test_evidence_averages_to_the_head_and_is_greatest_where_the_class_is() -> None:
    feature_map = np.zeros((2, 3, 4), np.float32)
    feature_map[1, 2] = [6, 0, 0, 0]  # Average: (1, 0, 0, 0), of length 1.

    evidence = make_head_score().evidence(feature_map)

    assert evidence.shape == (2, 3)
    assert evidence[1, 2] == pytest.approx(12)
    assert evidence.mean() == pytest.approx(2)


def test_a_hidden_layer_says_whether_and_leaves_where_to_the_linear_head() -> None:
    linear, hidden = (
        make_head_score(backbone_weight=0.0),
        make_head_score(backbone_weight=0.0, hidden=make_hidden_layer()),
    )
    first, second = embedding(5, 0, 0, 0), embedding(0, 5, 0, 0)

    # Units (1, 0) and (0, 0.5): log(e^3 + e^0) - 1, and log(e^0 + e^0) - 3.
    assert hidden(first) == pytest.approx([np.log(np.exp(3) + 1) - 1], abs=1e-5)
    assert hidden(second) == pytest.approx([np.log(2) - 3], abs=1e-5)
    seen = np.random.default_rng(1).normal(size=(2, 3, 4)).astype(np.float32)
    assert np.array_equal(hidden.evidence(seen), linear.evidence(seen))


def test_a_hidden_layer_comes_back_as_it_was_stored() -> None:
    score, record = make_head_score(hidden=make_hidden_layer()), make_head_rejection(hidden_units=2)

    again = ood_score.from_stored(ood_score.to_stored(score), record)

    assert isinstance(again, HeadScore)
    assert again.hidden is not None
    for name in ("kernel", "bias", "output_kernel", "output_bias"):
        assert np.array_equal(getattr(again.hidden, name), getattr(make_hidden_layer(), name))
    assert again(embedding(1, 2, 3, 4)) == pytest.approx(score(embedding(1, 2, 3, 4)), abs=1e-2)


def test_a_map_of_zeros_has_evidence_of_nothing() -> None:
    assert not make_head_score().evidence(np.zeros((2, 2, 4), np.float32)).any()


def test_what_is_stored_comes_back() -> None:
    score, record = make_head_score(), make_head_rejection()

    for again in (
        ood_score.from_stored(ood_score.to_stored(score), record),
        ood_score.from_bytes(ood_score.to_bytes(score), record),
    ):
        assert isinstance(again, HeadScore)
        assert again(embedding(1, 2, 3, 4)) == pytest.approx(score(embedding(1, 2, 3, 4)), abs=1e-2)
        assert again.own.tolist() == [1, 0, 0]
        assert again.backbone.centre.tolist() == [0.5] * 4


def test_a_record_comes_back_as_it_was() -> None:
    metadata = make_metadata(rejection=make_head_rejection())

    assert ModelMetadata.from_json(metadata.to_json()) == metadata


@pytest.mark.parametrize(
    "stored",
    [
        np.zeros((6, 4), np.float16),
        np.zeros((5, 6), np.float16),
        np.zeros((7, 6), np.float32),
        np.zeros(42, "<f2"),
        np.zeros((6, 6), np.float16),
    ],
)
def test_another_shape_or_type_is_refused(stored: np.ndarray) -> None:
    with pytest.raises(ArtifactError, match=r"Expected numbers for rejection of the shape \(7, 6\)"):
        ood_score.from_stored(stored, make_head_rejection())


@pytest.mark.parametrize(
    "changes",
    [
        {"backbone_classes": 1},
        {"backbone_classes": 10**9},
        {"outputs": 2},
        {"backbone_weight": -1.0},
        {"spread": 0.0},
        {"second_look": {"lowest": 0.0, "highest": 1.0, "logit_margin": -1.0, "side": 0.5}},
        {"second_look": {"lowest": 0.0, "highest": 1.0, "logit_margin": 1.0, "side": 1.5}},
        {"second_look": {"side": 0.5}},
        {"references": 3},
        {"hidden_units": -1},
        {"hidden_units": 5},  # The embedding has four numbers.
        {"hidden_units": 10**9},
    ],
)
def test_a_record_that_makes_no_sense_is_refused(changes: dict[str, object]) -> None:
    record = make_head_rejection().model_dump() | changes

    with pytest.raises(ValueError, match="validation error"):
        type(make_head_rejection())(**record)


def test_likeness_is_a_half_at_the_threshold_and_grows_with_the_score() -> None:
    record = make_head_rejection(threshold=2.0, spread=1.0)

    assert record.likeness(2.0) == pytest.approx(0.5)
    assert record.likeness(5.0) == pytest.approx(0.953, abs=1e-3)
    assert record.likeness(-1e9) == pytest.approx(0)
    assert make_head_rejection(spread=None).likeness(3.0) is None
