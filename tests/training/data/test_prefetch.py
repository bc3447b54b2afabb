"""Batches that are prepared ahead."""

from __future__ import annotations

import threading

import pytest

from training.data.prefetch import Prefetch


class Numbers:
    def __init__(self, count: int) -> None:
        self.count = count
        self.threads: set[int] = set()

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, index: int) -> int:
        self.threads.add(threading.get_ident())
        if index == 99:
            raise ValueError("unreadable")
        return 10 * index


def test_they_come_in_their_order() -> None:
    assert list(Prefetch(Numbers(20))) == [10 * index for index in range(20)]


def test_they_start_where_they_are_told_to() -> None:
    assert list(Prefetch(Numbers(5), first=3)) == [30, 40]


def test_other_threads_prepare_them() -> None:
    numbers = Numbers(5)

    list(Prefetch(numbers))

    assert threading.get_ident() not in numbers.threads


def test_what_goes_wrong_is_told_where_they_are_taken() -> None:
    with pytest.raises(ValueError, match="unreadable"):
        list(Prefetch(Numbers(100), first=98))


def test_whoever_stops_taking_them_leaves_no_threads() -> None:
    before = threading.active_count()

    taken = iter(Prefetch(Numbers(20)))
    next(taken)
    taken.close()

    assert threading.active_count() == before
