"""Bounds the requests that decode and compute at the same time, and the memory that they decode in.

slot(load) -> there is room for it: in, at once
           -> waiting, first come first served -> in | too long: TooBusy | its client went away: ClientGone
           -> as many wait as may: TooBusy, at once
Turn.next  -> to the next picture: gives the slot to those who wait where it has had it for long, or needs more room

What is costly to decode never has all slots, and waits in places of its own.
"""

from __future__ import annotations

import math
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum

from webui.problems import ClientGone, TooBusy

CHECK_S = 0.1
"""How often a waiting request looks whether its client is still there."""

TURN_S = 0.1
"""How long a request with several pictures goes on before it lets those go first who wait."""

MAX_RETRY_AFTER_S = 30

UNCOUNTED_BYTES = 32 * 2**20
"""A picture that takes no more memory than this waits for none; the number of slots bounds these."""

# A request weighs so much in the mean time that requests take.
_SMOOTHING = 0.1
# Who was turned away comes back within seconds, so a pause of this length means that the rush is over.
_QUIET_S = 3.0
_LONG_S = 10.0


class Weight(IntEnum):
    """How much a request costs."""

    LIGHT = 0
    MEDIUM = 1
    COSTLY = 2


# From which weight on: processor time of all pictures of a request, memory of the largest.
_MEDIUM_CPU_S, _MEDIUM_BYTES = 0.1, 64 * 2**20
_COSTLY_CPU_S, _COSTLY_BYTES = 1.0, 256 * 2**20
# What a request is expected to take before one of its weight has been answered.
_LEAST_S = {Weight.LIGHT: 0.0, Weight.MEDIUM: _MEDIUM_CPU_S, Weight.COSTLY: _COSTLY_CPU_S}


@dataclass(frozen=True)
class Load:
    """What a request needs for its next picture."""

    weight: Weight = Weight.LIGHT
    memory_bytes: int = 0

    @property
    def counted_bytes(self) -> int:
        """What of its memory has to be there before it may begin."""
        return self.memory_bytes if self.memory_bytes > UNCOUNTED_BYTES else 0


def weigh(cpu_s: float, memory_bytes: int) -> Weight:
    """The weight of a request whose pictures together take so much processor time, and the largest so much memory."""
    if cpu_s >= _COSTLY_CPU_S or memory_bytes >= _COSTLY_BYTES:
        return Weight.COSTLY
    return Weight.MEDIUM if cpu_s >= _MEDIUM_CPU_S or memory_bytes >= _MEDIUM_BYTES else Weight.LIGHT


def never() -> bool:
    """Always False: the client is taken to be there."""
    return False


@dataclass(eq=False)
class Turn:
    """One request: what it has, or waits for."""

    _admission: Admission
    load: Load
    gone: Callable[[], bool]
    deadline: float
    """Until when it waits; infinite once its first picture has been begun."""
    inside: bool = False
    since: float = 0.0
    """When it got the slot that it has."""
    held_s: float = 0.0
    admitted: threading.Event = field(default_factory=threading.Event)

    def next(self, load: Load) -> None:
        """Goes on to the next picture, at once or once it is this request's turn again.

        Args:
            load: what the picture needs; what the last one needed is given back.

        Raises:
            TooBusy: this is the first picture, it needs more than the request came in with, and there was no room.
            ClientGone: the client went away.
        """
        self._admission.go_on(self, load)


class Admission:
    """The slots of one process, and its memory for decoding. Thread-safe."""

    def __init__(
        self,
        *,
        running: int,
        queue_size: int,
        queue_timeout_s: float,
        memory_bytes: int = 2**29,
        clock: Callable[[], float] = time.monotonic,
        wait: Callable[[threading.Event, float], object] = threading.Event.wait,
    ) -> None:
        """Opens.

        Args:
            running: requests that are inside at the same time; those of some weight leave one of these slots to the
                others, costly ones half of them.
            queue_size: light requests that wait at the same time. Others have half as many places besides, of which
                costly ones take no more than half.
            queue_timeout_s: how long each of them waits, in seconds.
            memory_bytes: what the requests inside may take to decode, but for `UNCOUNTED_BYTES` of each.
            clock: the time, in seconds.
            wait: waits for an event, at most so many seconds.
        """
        self._running = running
        self._slots = {Weight.LIGHT: running, Weight.MEDIUM: max(1, running - 1), Weight.COSTLY: max(1, running // 2)}
        self._places = {
            Weight.LIGHT: queue_size,
            Weight.MEDIUM: math.ceil(queue_size / 2),
            Weight.COSTLY: math.ceil(queue_size / 4),
        }
        self._queue_timeout_s = queue_timeout_s
        self._memory_bytes = memory_bytes
        self._clock = clock
        self._wait = wait
        self._lock = threading.Lock()
        self._begun: set[Turn] = set()
        self._waiting: deque[Turn] = deque()
        self._mean_s = dict.fromkeys(Weight, 0.0)
        self._rush_began = self._last_turned_away = -math.inf

    @property
    def inside(self) -> int:
        """The number of requests that have a slot at this moment."""
        with self._lock:
            return len(self._inside())

    @property
    def waiting(self) -> int:
        """The number of requests that wait for a slot at this moment."""
        return len(self._waiting)

    @property
    def overloaded(self) -> bool:
        """Whether requests have been turned away for more than 10 seconds without a quiet pause.

        Costly ones do not count: whoever sends them would have the others sent elsewhere.
        """
        with self._lock:
            return self._is_rush() and self._clock() - self._rush_began > _LONG_S

    @contextmanager
    def slot(self, *, gone: Callable[[], bool] = never, weight: Weight = Weight.LIGHT) -> Iterator[Turn]:
        """Holds a slot while the block runs, but for the time that `Turn.next` waits.

        Args:
            gone: says whether the client has gone away; asked now and then while the request waits.
            weight: what is known of the request before its pictures have been looked at.

        Raises:
            TooBusy: there is no slot, and none became free in time.
            ClientGone: the client went away meanwhile.
        """
        turn = Turn(self, Load(weight), gone, self._clock() + self._queue_timeout_s)
        try:
            with self._lock:
                self._line_up(turn)
            self._wait_for_turn(turn)
            yield turn
        finally:
            self._end(turn)

    def go_on(self, turn: Turn, load: Load) -> None:
        """See `Turn.next`."""
        if turn.deadline == math.inf and turn.gone():  # Not at the first: a client may end its side after it has asked.
            raise ClientGone("The client went away before all of its pictures were answered.")
        with self._lock:
            others_wait = self._clock() - turn.since >= TURN_S or (load.counted_bytes and self._is_memory_awaited())
            self._step_out(turn)
            if load.weight > turn.load.weight:
                self._begun.discard(turn)
            turn.load = load
            if not others_wait and self._fits(turn):
                self._admit(turn)
            else:
                self._line_up(turn)
        self._wait_for_turn(turn)
        turn.deadline = math.inf

    def _line_up(self, turn: Turn) -> None:
        turn.admitted.clear()
        self._waiting.append(turn)
        self._hand_on()
        if turn not in self._begun and turn in self._waiting and not self._has_place(turn.load.weight):
            self._waiting.remove(turn)
            raise self._turned_away(turn, "Too many pictures are waiting to be answered.")

    def _has_place(self, weight: Weight) -> bool:
        """Whether no more wait than may, of those who share their places with such a weight."""
        waiting = [waiter.load.weight for waiter in self._waiting]
        if weight is Weight.LIGHT:
            return waiting.count(weight) <= self._places[weight]
        heavier = [one for one in (Weight.MEDIUM, Weight.COSTLY) if one <= weight]
        return all(sum(other >= one for other in waiting) <= self._places[one] for one in heavier)

    def _wait_for_turn(self, turn: Turn) -> None:
        while not turn.admitted.is_set():
            remaining_s = turn.deadline - self._clock()
            self._wait(turn.admitted, max(0.0, min(CHECK_S, remaining_s)))
            if turn.gone():
                raise ClientGone("The client went away while its request waited.")
            if remaining_s <= 0:
                self._give_up(turn)

    def _give_up(self, turn: Turn) -> None:
        with self._lock:
            if turn.admitted.is_set():  # At the last moment.
                return
            self._waiting.remove(turn)
            raise self._turned_away(turn, "The picture waited too long for its turn.")

    def _end(self, turn: Turn) -> None:
        with self._lock:
            self._step_out(turn)
            self._begun.discard(turn)
            if turn in self._waiting:
                self._waiting.remove(turn)
            if turn.held_s:
                mean_s, weight = self._mean_s, turn.load.weight
                mean_s[weight] += (turn.held_s - mean_s[weight]) * (_SMOOTHING if mean_s[weight] else 1.0)
            self._hand_on()

    def _step_out(self, turn: Turn) -> None:
        if turn.inside:
            turn.inside = False
            turn.held_s += self._clock() - turn.since

    def _admit(self, turn: Turn) -> None:
        self._begun.add(turn)
        turn.inside, turn.since = True, self._clock()
        turn.admitted.set()

    def _hand_on(self) -> None:
        """Lets in whom there is room for. Who waits for memory is not overtaken by others who need some."""
        memory_is_awaited = False
        for turn in list(self._waiting):
            if turn.load.counted_bytes and memory_is_awaited:
                continue
            if self._fits(turn):
                self._waiting.remove(turn)
                self._admit(turn)
            else:
                memory_is_awaited |= bool(turn.load.counted_bytes) and self._has_slot(turn)

    def _fits(self, turn: Turn) -> bool:
        return self._has_slot(turn) and self._has_memory(turn)

    def _has_slot(self, turn: Turn) -> bool:
        # One that has begun counts as one of its weight, even while it lets others go first: else all would be begun.
        others = self._begun - {turn}
        return len(self._inside()) < self._running and all(
            sum(other.load.weight >= weight for other in others) < self._slots[weight]
            for weight in (Weight.MEDIUM, Weight.COSTLY)
            if weight <= turn.load.weight
        )

    def _has_memory(self, turn: Turn) -> bool:
        taken = sum(other.load.counted_bytes for other in self._inside())
        return not turn.load.counted_bytes or taken + turn.load.counted_bytes <= self._memory_bytes

    def _inside(self) -> list[Turn]:
        return [turn for turn in self._begun if turn.inside]

    def _is_memory_awaited(self) -> bool:
        return any(waiter.load.counted_bytes for waiter in self._waiting)

    def _turned_away(self, turn: Turn, reason: str) -> TooBusy:
        weight = turn.load.weight
        if weight < Weight.COSTLY:
            if not self._is_rush():
                self._rush_began = self._clock()
            self._last_turned_away = self._clock()
        seconds = self._retry_after_s(weight)
        return TooBusy(f"{reason} Send the request again in {seconds} s.", retry_after_s=seconds)

    def _is_rush(self) -> bool:
        return self._clock() - self._last_turned_away <= _QUIET_S

    def _retry_after_s(self, weight: Weight) -> int:
        """The seconds until all of such a weight who wait now will have been answered."""
        ahead = sum(waiter.load.weight >= weight for waiter in self._waiting)
        seconds = (ahead + 1) * (self._mean_s[weight] or _LEAST_S[weight]) / self._slots[weight]
        return max(1, min(math.ceil(seconds), MAX_RETRY_AFTER_S))
