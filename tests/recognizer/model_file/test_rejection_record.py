"""What a file says about its rejection is believed only where it makes sense."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from recognizer.errors import ArtifactError
from recognizer.model_file.metadata import MAX_CLASSES, ModelMetadata
from recognizer.model_file.rejection_record import MAX_NUMBERS, Compared, Spread
from recognizer.terminal import printable
from tests.recognizer.fakes import make_metadata
from tests.recognizer.rejections import make_head_rejection, make_rejection


def record(**changes: Any) -> str:
    whole = json.loads(make_metadata(rejection=make_rejection()).to_json())
    whole["rejection"] |= changes
    return json.dumps(whole)


def test_a_record_comes_back_as_it_was() -> None:
    spread = Spread(mean=0.1, lowest=0.0, highest=0.3)
    compared = Compared(method="energy", unknown={"animal": spread})
    metadata = make_metadata(rejection=make_rejection(comparison=(compared,), trials=5))

    assert ModelMetadata.from_json(metadata.to_json()) == metadata


NONE_TAKEN = Spread(mean=0.0, lowest=0.0, highest=0.0)
SHOWN = "neighbours_and_unknown"


@pytest.mark.parametrize(
    ("kinds", "trials", "whole"), [(91, 3, True), (3, 3, True), (2, 3, False), (1, 3, False), (0, 0, None)]
)
def test_fewer_kinds_than_folds_are_not_left_out_as_a_whole(kinds: int, trials: int, whole: bool | None) -> None:
    rejection = make_head_rejection(unknown_kinds=kinds, trials=trials)

    assert rejection.whole_kinds is whole
    assert ("of kinds" in rejection.judged_on) is bool(whole)


@pytest.mark.parametrize(
    ("method", "folders", "kinds", "whole"),
    [
        (SHOWN, ["a"], 2, True),
        (SHOWN, ["a"], 1, False),
        (SHOWN, ["a", "b"], 2, False),
        (SHOWN, ["a", "b"], 3, None),  # One of the folders has a single kind.
        ("neighbours", ["a"], 0, None),  # It is fitted on no pictures of other things at all.
    ],
)
def test_a_folder_of_one_kind_is_halved_picture_by_picture(
    method: str, folders: list[str], kinds: int, whole: bool | None
) -> None:
    compared = Compared(method="energy", unknown=dict.fromkeys(folders, NONE_TAKEN))

    assert make_rejection(method=method, comparison=(compared,), unknown_kinds=kinds).whole_kinds is whole


def test_a_model_of_before_has_no_rejection() -> None:
    older = json.loads(make_metadata().to_json())
    del older["rejection"]

    assert ModelMetadata.from_json(json.dumps(older)).rejection is None


def test_an_output_for_unknown_pictures_is_one_row_more() -> None:
    assert make_rejection().shape == (3, 4)
    assert make_rejection(method="neighbours_and_unknown").shape == (4, 4)


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "energy"},
        {"method": "a"},
        {"neighbours": 0},
        {"neighbours": 4},
        {"references": 0},
        {"references": 2_001},
        {"references": 10**30},
        {"embedding_size": -4},
        {"embedding_size": 16_385},
        {"similarity_weight": 0.0},
        {"similarity_weight": 1e300},
        {"threshold": "0.5"},
        {"threshold": None},
        {"accepted_share": 1.1},
        {"comparison": [{"method": "energy", "unknown": {}}] * 7},
        {"comparison": [{"method": "energy", "unknown": {"a" * 1_531: {"mean": 0, "lowest": 0, "highest": 0}}}]},
        {"unknown_pictures": -1},
        {"colour": "red"},
    ],
)
def test_a_record_that_makes_no_sense_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ArtifactError, match="rejection"):
        ModelMetadata.from_json(record(**changes))


@pytest.mark.parametrize("hidden_units", [0, 256])
def test_a_head_may_have_as_many_classes_as_a_model(hidden_units: int) -> None:
    head = make_head_rejection(
        backbone_classes=1_000, outputs=MAX_CLASSES + 1, embedding_size=4_096, hidden_units=hidden_units
    )

    assert head.shape[1] == 4_098


def test_a_head_of_more_numbers_than_there_is_room_for_is_refused() -> None:
    outputs = MAX_NUMBERS // 4_098 - 4

    assert make_head_rejection(outputs=outputs, embedding_size=4_096)
    with pytest.raises(ValueError, match=f"at most {MAX_NUMBERS} numbers"):
        make_head_rejection(outputs=outputs + 1, embedding_size=4_096)


def test_the_longest_file_name_that_is_not_utf_8_can_be_spelled_out() -> None:
    name = printable(os.fsdecode(b"\xe4" * 255))

    assert Compared(method="energy", unknown={name: NONE_TAKEN})


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e999"])
def test_a_threshold_that_is_no_number_is_refused(number: str) -> None:
    text = record().replace('"threshold": 0.9', f'"threshold": {number}')

    with pytest.raises(ArtifactError, match="rejection"):
        ModelMetadata.from_json(text)
