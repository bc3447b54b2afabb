from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest

from webui.inference import admission
from webui.inference.admission import Admission
from webui.problems import ClientGone, TooBusy


class Scene:
    """Places with a clock of their own. Whoever waits plays the next line of the script, in the same thread."""

    def __init__(self, *, running: int = 1, queue_size: int = 3) -> None:
        self.now = 100.0
        self.script: Iterator[Callable[[], object]] = iter(())
        self._inside: list[AbstractContextManager[None]] = []  # One that nobody holds is left at once.
        self.slots = Admission(
            running=running,
            queue_size=queue_size,
            queue_timeout_s=5,
            clock=lambda: self.now,
            wait=self._wait,
        )

    def _wait(self, event: threading.Event, seconds: float) -> None:
        next(self.script, lambda: None)()
        if not event.is_set():
            self.now += seconds

    def enter(self, **kwargs: Any) -> AbstractContextManager[None]:
        """A request that is inside until it is closed."""
        slot = self.slots.slot(**kwargs)
        slot.__enter__()
        self._inside.append(slot)
        return slot

    def play(self, *script: Callable[[], object]) -> None:
        self.script = iter(script)


def leave(slot: AbstractContextManager[None]) -> None:
    slot.__exit__(None, None, None)


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_a_free_slot_is_taken_at_once(scene: Scene) -> None:
    with scene.slots.slot():
        assert (scene.slots.inside, scene.slots.waiting, scene.now) == (1, 0, 100)

    assert scene.slots.inside == 0


def test_a_request_that_fails_leaves_its_slot(scene: Scene) -> None:
    with pytest.raises(ZeroDivisionError), scene.slots.slot():
        raise ZeroDivisionError

    assert scene.slots.inside == 0


def test_as_many_are_inside_as_may_run() -> None:
    scene = Scene(running=3)

    with ExitStack() as stack:
        for _ in range(3):
            stack.enter_context(scene.slots.slot())
        assert scene.slots.inside == 3
        with pytest.raises(TooBusy), scene.slots.slot():
            pass


def test_who_waits_gets_the_slot_of_the_one_that_leaves(scene: Scene) -> None:
    first = scene.enter()
    scene.play(lambda: None, lambda: leave(first))

    with scene.slots.slot():
        assert (scene.slots.inside, scene.slots.waiting) == (1, 0)
        assert scene.now == pytest.approx(100 + admission.CHECK_S)


def test_who_waits_too_long_is_turned_away(scene: Scene) -> None:
    scene.enter()

    with pytest.raises(TooBusy, match="waited too long"):
        scene.enter()

    assert scene.now == pytest.approx(105)
    assert (scene.slots.inside, scene.slots.waiting) == (1, 0)


def refused(scene: Scene, **kwargs: Any) -> Callable[[], None]:
    """Somebody who comes now and gets no slot."""

    def come() -> None:
        with pytest.raises(TooBusy):
            scene.enter(**kwargs)

    return come


def test_a_full_queue_turns_away_at_once() -> None:
    scene = Scene(queue_size=1)
    scene.enter()

    def one_too_many() -> None:
        before = scene.now
        refused(scene)()
        assert scene.now == before

    scene.play(one_too_many)
    refused(scene)()


def test_the_slot_goes_to_the_longest_waiter(scene: Scene) -> None:
    first = scene.enter()
    scene.play(refused(scene), lambda: leave(first))  # The second waits within the wait of the first.

    with scene.slots.slot():
        assert scene.slots.inside == 1


def test_who_comes_later_does_not_get_past_those_who_wait(scene: Scene) -> None:
    first = scene.enter()

    def leave_and_come() -> None:
        leave(first)
        refused(scene)()

    scene.play(leave_and_come)
    with scene.slots.slot():
        assert scene.slots.inside == 1


def test_a_client_that_goes_away_gives_up_its_turn(scene: Scene) -> None:
    scene.enter()
    answers = iter([False, False, True])

    with pytest.raises(ClientGone):
        scene.enter(gone=lambda: next(answers))

    assert scene.now == pytest.approx(100 + 3 * admission.CHECK_S)
    assert (scene.slots.inside, scene.slots.waiting) == (1, 0)


def test_a_client_that_goes_away_as_it_gets_its_turn_hands_it_on(scene: Scene) -> None:
    first = scene.enter()
    scene.play(lambda: leave(first))

    with pytest.raises(ClientGone):
        scene.enter(gone=lambda: True)

    assert scene.slots.inside == 0


def test_a_slot_that_comes_at_the_last_moment_is_taken(scene: Scene) -> None:
    first = scene.enter()

    def the_last_moment() -> None:
        scene.now += 5

    scene.play(the_last_moment, lambda: leave(first))
    with scene.slots.slot():
        assert scene.slots.inside == 1


def test_heavy_requests_leave_one_slot_to_the_others() -> None:
    scene = Scene(running=3)
    for _ in range(2):
        scene.enter(heavy=True)

    refused(scene, heavy=True)()

    with scene.slots.slot():
        assert scene.slots.inside == 3


def test_a_heavy_request_alone_finds_the_only_slot(scene: Scene) -> None:
    with scene.slots.slot(heavy=True):
        assert scene.slots.inside == 1


def test_who_may_not_have_the_slot_is_passed_by() -> None:
    scene = Scene(running=2)
    scene.enter(heavy=True)
    light = scene.enter()

    def one_that_may() -> None:
        with scene.slots.slot():
            assert scene.slots.inside == 2

    scene.play(one_that_may, lambda: leave(light))
    refused(scene, heavy=True)()


def test_a_heavy_request_waits_for_a_heavy_one_to_leave() -> None:
    scene = Scene(running=2)
    heavy = scene.enter(heavy=True)
    scene.play(lambda: leave(heavy))

    with scene.slots.slot(heavy=True):
        assert scene.slots.inside == 1


def retry_after_s(scene: Scene) -> int:
    with pytest.raises(TooBusy) as caught:
        scene.enter()
    assert f"again in {caught.value.retry_after_s} s" in str(caught.value)
    return caught.value.retry_after_s


@pytest.mark.parametrize(("took_s", "seconds"), [(0.01, 1), (4, 4), (1000, admission.MAX_RETRY_AFTER_S)])
def test_the_time_to_come_back_is_what_those_in_the_queue_will_take(scene: Scene, took_s: float, seconds: int) -> None:
    slot = scene.enter()
    scene.now += took_s
    leave(slot)
    scene.enter()

    assert retry_after_s(scene) == seconds


def test_turning_some_away_is_no_overload(scene: Scene) -> None:
    scene.enter()
    refused(scene)()

    assert not scene.slots.overloaded


def test_turning_away_for_long_is_an_overload() -> None:
    scene = Scene(queue_size=0)
    scene.enter()
    seen = []

    for _ in range(12):
        refused(scene)()
        seen.append(scene.slots.overloaded)
        scene.now += 1

    assert seen == [False] * 11 + [True]


def test_a_quiet_pause_ends_an_overload() -> None:
    scene = Scene(queue_size=0)
    scene.enter()
    for _ in range(20):
        refused(scene)()
        scene.now += 1
    assert scene.slots.overloaded

    scene.now += 3

    assert not scene.slots.overloaded


def test_real_threads_all_get_their_turn() -> None:
    slots = Admission(running=2, queue_size=50, queue_timeout_s=60)
    most_inside: list[int] = []
    start = threading.Barrier(20)

    def come() -> None:
        start.wait()
        for _ in range(20):
            with slots.slot():
                most_inside.append(slots.inside)

    threads = [threading.Thread(target=come) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(most_inside) == 400
    assert max(most_inside) <= 2
    assert (slots.inside, slots.waiting) == (0, 0)
