from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack
from typing import Any

import pytest

from webui.inference import admission
from webui.inference.admission import Admission, Load, Turn, Weight, weigh
from webui.problems import ClientGone, TooBusy


class Scene:
    """Places with a clock of their own. Whoever waits plays the next line of the script, in the same thread."""

    def __init__(self, *, running: int = 1, queue_size: int = 3, memory_bytes: int = 2**29) -> None:
        self.now = 100.0
        self.script: Iterator[Callable[[], object]] = iter(())
        self._inside: list[AbstractContextManager[Turn]] = []  # One that nobody holds is left at once.
        self.slots = Admission(
            running=running,
            queue_size=queue_size,
            queue_timeout_s=5,
            memory_bytes=memory_bytes,
            clock=lambda: self.now,
            wait=self._wait,
        )

    def _wait(self, event: threading.Event, seconds: float) -> None:
        next(self.script, lambda: None)()
        if not event.is_set():
            self.now += seconds

    def enter(self, load: Load | None = None, **kwargs: Any) -> AbstractContextManager[Turn]:
        """A request that is inside, with its first picture if that is given, until it is closed."""
        slot = self.slots.slot(**kwargs)
        turn = slot.__enter__()
        self._inside.append(slot)
        if load is not None:
            turn.next(load)
        return slot

    def play(self, *script: Callable[[], object]) -> None:
        self.script = iter(script)


def leave(slot: AbstractContextManager[Turn]) -> None:
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


LIGHT, MEDIUM, COSTLY = Weight.LIGHT, Weight.MEDIUM, Weight.COSTLY
MB = 2**20


@pytest.mark.parametrize(
    ("cpu_s", "memory_mb", "weight"),
    [(0.05, 20, LIGHT), (0.2, 20, MEDIUM), (0.05, 100, MEDIUM), (1.5, 20, COSTLY), (0.05, 300, COSTLY)],
)
def test_processor_time_and_memory_make_a_request_heavy(cpu_s: float, memory_mb: int, weight: Weight) -> None:
    assert weigh(cpu_s, memory_mb * MB) is weight


@pytest.mark.parametrize(("weight", "running", "may_run"), [(MEDIUM, 3, 2), (COSTLY, 3, 1), (COSTLY, 8, 4)])
def test_heavy_requests_leave_slots_to_the_others(weight: Weight, running: int, may_run: int) -> None:
    scene = Scene(running=running)
    for _ in range(may_run):
        scene.enter(weight=weight)

    refused(scene, weight=weight)()

    with scene.slots.slot():
        assert scene.slots.inside == may_run + 1


@pytest.mark.parametrize("weight", Weight)
def test_a_heavy_request_alone_finds_the_only_slot(scene: Scene, weight: Weight) -> None:
    with scene.slots.slot(weight=weight):
        assert scene.slots.inside == 1


@pytest.mark.parametrize(("weight", "places"), [(LIGHT, 8), (MEDIUM, 4), (COSTLY, 2)])
def test_each_weight_has_its_places_in_the_queue(weight: Weight, places: int) -> None:
    scene = Scene(queue_size=8)
    scene.enter()
    turned_away: list[tuple[int, float]] = []

    def come() -> None:
        scene.play(come)
        before, waiting = scene.now, scene.slots.waiting
        refused(scene, weight=weight)()
        if scene.now == before:
            turned_away.append((waiting, scene.now))
            scene.play()

    come()

    assert turned_away == [(places, 100)]


def test_heavy_requests_that_wait_take_no_place_of_the_light_ones() -> None:
    scene = Scene(queue_size=1)
    scene.enter()
    waited_s: list[float] = []

    def a_light_one() -> None:
        before = scene.now
        refused(scene)()
        waited_s.append(scene.now - before)

    scene.play(a_light_one)
    refused(scene, weight=COSTLY)()

    assert waited_s == [pytest.approx(5)]  # It was not turned away at once.


def test_who_may_not_have_the_slot_is_passed_by() -> None:
    scene = Scene(running=2)
    scene.enter(weight=COSTLY)
    light = scene.enter()

    def one_that_may() -> None:
        with scene.slots.slot():
            assert scene.slots.inside == 2

    scene.play(one_that_may, lambda: leave(light))
    refused(scene, weight=COSTLY)()


def test_a_heavy_request_waits_for_a_heavy_one_to_leave() -> None:
    scene = Scene(running=2)
    heavy = scene.enter(weight=COSTLY)
    scene.play(lambda: leave(heavy))

    with scene.slots.slot(weight=COSTLY):
        assert scene.slots.inside == 1


def test_a_request_whose_pictures_turn_out_to_be_costly_waits_among_the_costly_ones() -> None:
    scene = Scene(running=3)
    scene.enter(weight=COSTLY)

    with scene.slots.slot() as turn:
        with pytest.raises(TooBusy, match="waited too long"):
            turn.next(Load(COSTLY))

        assert scene.now == pytest.approx(105)
        assert (scene.slots.inside, scene.slots.waiting) == (1, 0)


def test_the_time_in_the_queue_counts_for_both_waits() -> None:
    scene = Scene(running=2)
    costly, light = scene.enter(weight=COSTLY), scene.enter()

    def three_seconds_later() -> None:
        scene.now += 3
        leave(light)

    scene.play(three_seconds_later)
    with scene.slots.slot() as turn, pytest.raises(TooBusy):
        turn.next(Load(COSTLY))

    assert scene.now == pytest.approx(105)
    leave(costly)


def test_a_picture_no_heavier_than_expected_keeps_the_slot(scene: Scene) -> None:
    with scene.slots.slot() as turn:
        scene.play(lambda: pytest.fail("It waited."))
        turn.next(Load(memory_bytes=20 * MB))

        assert scene.slots.inside == 1


def test_between_pictures_a_slot_goes_to_those_who_wait() -> None:
    now, did = 100.0, list[str]()
    slots = Admission(running=1, queue_size=1, queue_timeout_s=60, clock=lambda: now)

    def come() -> None:
        with slots.slot():
            did.append(f"another, {slots.inside} inside")

    other = threading.Thread(target=come)
    with slots.slot() as form:
        form.next(Load())
        other.start()
        while not slots.waiting:
            other.join(0.001)
        now += 2 * admission.TURN_S
        form.next(Load())
        did.append(f"the form, {slots.inside} inside")
    other.join()

    assert did == ["another, 1 inside", "the form, 1 inside"]


def test_a_form_that_has_just_got_its_slot_keeps_it_between_pictures(scene: Scene) -> None:
    with scene.slots.slot() as form:
        scene.now += admission.TURN_S / 2
        form.next(Load())

        assert scene.slots.inside == 1


def test_a_form_whose_client_has_gone_ends_between_pictures(scene: Scene) -> None:
    with scene.slots.slot(gone=lambda: True) as form:
        form.next(Load())
        with pytest.raises(ClientGone):
            form.next(Load())

    assert scene.slots.inside == 0


def test_memory_is_given_to_as_many_as_it_is_enough_for() -> None:
    scene = Scene(running=3, memory_bytes=500 * MB)
    first = scene.enter(Load(MEDIUM, 200 * MB))
    left: list[int] = []

    def first_leaves() -> None:
        left.append(scene.slots.waiting)
        leave(first)

    scene.play(first_leaves)
    scene.enter(Load(memory_bytes=300 * MB))
    assert left == []

    scene.enter(Load(memory_bytes=200 * MB))
    assert left == [1]  # It had to wait for that.


def test_memory_of_the_last_picture_is_given_back_for_the_next(scene: Scene) -> None:
    with scene.slots.slot() as turn:
        for _ in range(3):
            turn.next(Load(memory_bytes=400 * MB))

        assert scene.now == 100


def test_small_pictures_wait_for_no_memory() -> None:
    scene = Scene(running=3, memory_bytes=500 * MB)
    with scene.slots.slot() as large:
        large.next(Load(COSTLY, 500 * MB))
        with scene.slots.slot() as small:
            small.next(Load(memory_bytes=admission.UNCOUNTED_BYTES))

            assert (scene.slots.inside, scene.now) == (2, 100)


def test_who_waits_for_memory_is_not_overtaken_by_others_who_need_some() -> None:
    scene = Scene(running=4, memory_bytes=500 * MB)
    scene.enter(Load(memory_bytes=300 * MB))
    tried: list[str] = []

    def one_that_would_fit() -> None:
        with scene.slots.slot() as later, pytest.raises(TooBusy):
            later.next(Load(memory_bytes=100 * MB))
        tried.append("in vain")

    scene.play(one_that_would_fit)
    with scene.slots.slot() as waiting, pytest.raises(TooBusy):
        waiting.next(Load(memory_bytes=400 * MB))

    assert tried == ["in vain"]


def retry_after_s(scene: Scene, **kwargs: Any) -> int:
    with pytest.raises(TooBusy) as caught:
        scene.enter(**kwargs)
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


def test_turning_costly_requests_away_is_no_overload() -> None:
    scene = Scene(queue_size=0)
    scene.enter()
    for _ in range(20):
        refused(scene, weight=COSTLY)()
        scene.now += 1

    assert not scene.slots.overloaded


def test_costly_requests_are_told_to_come_back_when_the_costly_ones_have_been_answered() -> None:
    scene = Scene(running=3, queue_size=2)
    slot = scene.enter(weight=COSTLY)
    scene.now += 7
    leave(slot)
    scene.enter(weight=COSTLY)

    assert retry_after_s(scene, weight=COSTLY) == 7


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
