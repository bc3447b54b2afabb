"""Who waits for an item gets it in his turn, and nothing is lost."""

from __future__ import annotations

import threading
import time
from queue import Empty, SimpleQueue

import pytest

from recognizer.engines import fair_queue
from recognizer.engines.fair_queue import FairQueue


def waiting_for(queue: FairQueue[str], number: int) -> None:
    """Returns once so many wait."""
    until = time.monotonic() + 30
    while len(queue._waiting) < number:
        assert time.monotonic() < until
        time.sleep(0.001)


def test_what_is_put_back_goes_to_who_waits_and_not_to_who_asks_again() -> None:
    queue: FairQueue[str] = FairQueue()
    got: list[str] = []
    other = threading.Thread(target=lambda: got.append(queue.get()))
    other.start()
    waiting_for(queue, 1)

    queue.put("request")

    assert queue.empty()
    with pytest.raises(Empty):
        queue.get_nowait()
    other.join(30)
    assert got == ["request"]


def test_those_who_wait_are_served_in_their_order() -> None:
    queue: FairQueue[str] = FairQueue()
    got: dict[int, str] = {}
    threads = []
    for number in range(4):
        threads.append(threading.Thread(target=lambda number=number: got.__setitem__(number, queue.get())))
        threads[-1].start()
        waiting_for(queue, number + 1)

    for item in "abcd":
        queue.put(item)
    for thread in threads:
        thread.join(30)

    assert [got[number] for number in range(4)] == ["a", "b", "c", "d"]


def test_of_many_threads_each_item_is_with_one_at_a_time_and_none_is_lost() -> None:
    queue: FairQueue[str] = FairQueue()
    for item in "ab":
        queue.put(item)
    held: list[str] = []
    twice: list[str] = []

    def work() -> None:
        for _ in range(100):
            item = queue.get()
            twice.extend({item} & {*held})
            held.append(item)
            held.remove(item)
            queue.put(item)

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert twice == []
    assert sorted(queue.get_nowait() for _ in range(queue.qsize())) == ["a", "b"]


@pytest.mark.parametrize("was_given", [False, True])
def test_who_is_interrupted_while_he_waits_takes_nothing_along(
    monkeypatch: pytest.MonkeyPatch, was_given: bool
) -> None:
    queue: FairQueue[str] = FairQueue()

    class Interrupted(SimpleQueue[str]):
        def get(self, *_: object, **__: object) -> str:
            if was_given:
                queue.put("request")
            raise KeyboardInterrupt

    monkeypatch.setattr(fair_queue, "SimpleQueue", Interrupted)
    with pytest.raises(KeyboardInterrupt):
        queue.get()
    if not was_given:
        queue.put("request")

    assert queue.get_nowait() == "request"
