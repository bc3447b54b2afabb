"""Results and provenance are read as far as they can be understood, whoever wrote them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recognizer.model_file.results import Calibration, CalibrationError, Phase, Provenance, Results, Validation, flat

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)
RESULTS = st.dictionaries(st.sampled_from([*Results.model_fields, "other"]), JSON)
PROVENANCE = st.dictionaries(st.sampled_from([*Provenance.model_fields, "other"]), JSON)


@given(RESULTS, PROVENANCE)
def test_whatever_a_file_says_can_be_read(results: dict[str, Any], provenance: dict[str, Any]) -> None:
    read = Results.read(results), Provenance.read(provenance)

    assert json.loads(json.dumps([record.to_dict() for record in read]))


def test_a_share_of_more_than_all_is_left_out() -> None:
    right = {"sources": 1, "pictures": 10, "rows": [{"part": 11, "whole": 10}]}

    found = Results.read({"by_source": {"right": right}}).by_source

    assert found is not None
    assert found.right is not None
    assert found.right.rows is None


@given(st.lists(JSON), JSON)
def test_whatever_a_history_or_matrix_holds_can_be_read(values: list[Any], value: Any) -> None:
    validation = {"accuracy": 0.5, "n": 2, "confusion_matrix": values, "per_class": {"cat": value}}
    crossed = {"accuracy_on_groups_left_out": 0.5, "accuracy_on_groups_trained_on": 0.5, "folds": values}
    read = Results.read(
        {"history": [{"loss": values, "unfreeze": value}], "validation": validation, "cross_validation": crossed}
    )

    assert read.validation is not None
    assert read.cross_validation is not None
    assert len(read.cross_validation.folds) == len(values)
    assert read.history is not None


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        7,
        "text",
        [],
        {"accuracy": 0.5},
        {"accuracy": 2, "n": 3},
        {"accuracy": 0.5, "n": -1},
        {"accuracy": 0.5, "n": 10**400},
        {"accuracy": "x", "n": 3},
    ],
)
def test_a_validation_without_its_figures_is_none_and_the_rest_is_read(wrong: Any) -> None:
    read = Results.read({"validation": wrong, "history": [{"loss": [1.0]}]})

    assert read.validation is None
    assert read.history == (Phase(loss=(1.0,)),)


def test_a_wrong_part_of_a_validation_is_none_and_the_rest_is_read() -> None:
    read = Results.read({"validation": {"accuracy": 0.5, "n": 4, "confusion_matrix": [[-1]], "per_class": {"cat": {}}}})

    assert read.validation is not None
    assert (read.validation.accuracy, read.validation.n) == (0.5, 4)
    assert (read.validation.confusion_matrix, read.validation.per_class) == (None, None)


@pytest.mark.parametrize("loss", [[1e300], ["x"], [None], [True, []], "high", {"0": 1}, [float("inf")]])
def test_numbers_that_no_training_has_are_none(loss: Any) -> None:
    [phase] = Results.read({"history": [{"loss": loss}]}).history or ()

    assert phase.loss is None


@pytest.mark.parametrize(
    "finished", ["yesterday", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", [1], 1e300]
)
def test_a_time_that_is_none_is_none(finished: Any) -> None:
    assert Provenance.read({"finished": finished}).finished is None


@pytest.mark.parametrize("name", ["to_dict", "read", "model_config", "model_fields", "__class__", "__dict__", ""])
def test_a_key_named_like_a_method_changes_nothing(name: str) -> None:
    record = Results.read({name: 1, "validation": {"accuracy": 0.5, "n": 4, name: [2]}})

    assert record.validation is not None
    assert record.validation.n == 4
    assert record.to_dict()[name] == 1


def test_keys_of_other_versions_are_kept() -> None:
    stored = {"validation": {"accuracy": 0.5, "n": 4, "kappa": [1]}, "fairness": {"a": None}}

    assert Results.read(stored).to_dict() == stored


def test_what_is_written_stands_under_the_names_that_files_have() -> None:
    results = Results(
        validation=Validation(accuracy=0.5, n=2, confusion_matrix=((1, 0), (1, 0))),
        history=(Phase(unfreeze="conv5", loss=(0.5,)),),
        calibration=Calibration(
            pictures=2,
            engine="openvino int8",
            before=CalibrationError(expected_calibration_error=0.2, log_loss=0.3),
            after=CalibrationError(expected_calibration_error=0.1),
        ),
    )
    provenance = Provenance(finished=datetime(2026, 11, 22, 1, 15, 37, tzinfo=UTC), git_commit=None)

    assert results.to_dict() == {
        "validation": {"accuracy": 0.5, "n": 2, "confusion_matrix": [[1, 0], [1, 0]]},
        "history": [{"unfreeze": "conv5", "loss": [0.5]}],
        "calibration": {
            "pictures": 2,
            "engine": "openvino int8",
            "before": {"expected_calibration_error": 0.2, "log_loss": 0.3},
            "after": {"expected_calibration_error": 0.1},
        },
    }
    assert provenance.to_dict() == {"finished": "2026-11-22T01:15:37+00:00", "git_commit": None}


def test_records_of_any_depth_become_rows() -> None:
    record = {
        "seed": 1,
        "head": {"l2": 0.4, "mirror": True},
        "epochs": [2, 2],
        "phases": [{"rate": 0.1}],
        "commit": None,
    }

    assert list(flat(record)) == [
        ("seed", "1"),
        ("head.l2", "0.4"),
        ("head.mirror", "true"),
        ("epochs", "2, 2"),
        ("phases.1.rate", "0.1"),
        ("commit", "–"),
    ]
