"""What the test run itself keeps to."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conftest import LONGEST


def test_tests_are_collected_without_tensorflow(loaded_by_collection: set[str]) -> None:
    assert loaded_by_collection == set()


def test_files_that_come_first_are_there() -> None:
    assert [name for name in LONGEST if not (Path(__file__).parent / name).is_file()] == []


def test_a_file_that_comes_first_is_given_out_first(pytestconfig: pytest.Config) -> None:
    assert pytestconfig.option.loadscopereorder is False
