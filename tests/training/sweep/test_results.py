"""What is kept of a trial, and what is no such thing."""

from __future__ import annotations

import json

import pytest

from training.evaluation.confidence_intervals import Share
from training.sweep.results import Result


def test_a_result_is_kept_as_it_was() -> None:
    result = Result("1-01", Share(3, 4), 1.5)

    assert Result.from_dict(json.loads(json.dumps(result.to_dict()))) == result


@pytest.mark.parametrize(
    "kept",
    [
        "{}",
        "[]",
        '{"answers": "", "held_back": {"part": 1, "whole": 2}, "cpu_s": 1}',
        '{"answers": "12", "held_back": {"part": 1, "whole": 2}, "cpu_s": 1}',
        '{"answers": "1", "held_back": {"part": 1}, "cpu_s": 1}',
        '{"answers": "1", "held_back": {"part": 1, "whole": 2}, "cpu_s": "x"}',
    ],
)
def test_something_else_is_no_result(kept: str) -> None:
    with pytest.raises((ValueError, TypeError, LookupError)):
        Result.from_dict(json.loads(kept))
