from __future__ import annotations

import json

import numpy as np
import pytest

from recognizer.predictions import ClassScore, HeatMap, Prediction, rank
from tests.recognizer.fakes import CLASS_NAMES

TOP = (ClassScore("cat", 0.7), ClassScore("dog", 0.2), ClassScore("horse", 0.1))


def test_classes_are_ranked_best_first() -> None:
    ranked = rank(CLASS_NAMES, np.array([0.1, 0.2, 0.6, 0.1], np.float32))

    assert [entry.label for entry in ranked] == ["dog", "chicken", "cat", "horse"]


def test_equal_scores_stay_in_class_order() -> None:
    ranked = rank(CLASS_NAMES, np.full(4, 0.25, np.float32))

    assert tuple(entry.label for entry in ranked) == CLASS_NAMES


def test_scores_are_plain_numbers_of_six_decimals() -> None:
    score = rank(("a", "b"), np.array([1 / 3, 2 / 3], np.float32))[0].score

    assert type(score) is float
    assert score == 0.666667


def test_a_known_picture_has_the_label_and_score_of_the_best_class() -> None:
    prediction = Prediction(5, 3, known=True, top=TOP)

    assert (prediction.label, prediction.score) == ("cat", 0.7)


def test_an_unknown_picture_has_no_label_but_keeps_its_scores() -> None:
    answer = Prediction(5, 3, known=False, top=TOP).to_dict()

    assert (answer["known"], answer["label"], answer["score"]) == (False, None, 0.7)
    assert len(answer["top"]) == 3


def test_the_json_is_the_contract() -> None:
    answer = Prediction(500, 375, known=True, top=TOP[:2], likeness=0.9, passes=2).to_dict()

    assert json.loads(json.dumps(answer)) == {
        "width": 500,
        "height": 375,
        "known": True,
        "label": "cat",
        "score": 0.7,
        "likeness": 0.9,
        "passes": 2,
        "top": [{"label": "cat", "score": 0.7}, {"label": "dog", "score": 0.2}],
        "heatmap": None,
    }


@pytest.mark.parametrize(("top_k", "count"), [(None, 3), (1, 1), (2, 2), (99, 3)])
def test_top_k_limits_the_classes(top_k: int | None, count: int) -> None:
    assert len(Prediction(5, 3, known=True, top=TOP).to_dict(top_k=top_k)["top"]) == count


def test_a_heat_map_is_a_picture_that_fits_into_json() -> None:
    answer = Prediction(5, 3, known=True, top=TOP, heatmap=HeatMap("cat", b"\x89PNG", "top left")).to_dict()

    assert answer["heatmap"] == {"label": "cat", "where": "top left", "image": "data:image/png;base64,iVBORw=="}
