"""What the test run itself keeps to."""

from __future__ import annotations


def test_tests_are_collected_without_tensorflow(loaded_by_collection: set[str]) -> None:
    assert loaded_by_collection == set()
