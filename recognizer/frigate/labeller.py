"""Answers an object's best snapshot, and writes what it is as the object's sub-label.

    event -> of a wanted kind? -> a new snapshot? -> answer -> known, sure enough, surer than before? -> sub-label

An object that is none of the classes gets none: a low score is no name.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass

from recognizer.bulk.classify_files import Answer
from recognizer.errors import ImageError
from recognizer.frigate.events import Event
from recognizer.frigate.nvr import Frigate

_MOST_OBJECTS = 1000
"""That are remembered at once; Frigate tracks far fewer."""


@dataclass
class _Seen:
    """What is known of an object that is still there."""

    snapshot_time: float = -1.0
    label: str | None = None
    score: float = 0.0


class Labeller:
    """Names the objects of one Frigate, one event after the other."""

    def __init__(
        self,
        frigate: Frigate,
        answer: Callable[[bytes], Answer],
        report: Callable[[str], None],
        *,
        kinds: frozenset[str] = frozenset(),
        least_score: float = 0.0,
    ) -> None:
        """Does nothing yet.

        Args:
            frigate: where the snapshots are.
            answer: of a picture.
            report: gets a line for each object that was looked at.
            kinds: what Frigate must take an object for, such as `cat`; empty: anything.
            least_score: that a class must have, 0 to 1.
        """
        self._frigate = frigate
        self._answer = answer
        self._report = report
        self._kinds = kinds
        self._least_score = least_score
        self._objects: OrderedDict[str, _Seen] = OrderedDict()

    def take(self, event: Event) -> None:
        """Looks at an event's snapshot, if it is one that was not looked at.

        Raises:
            MenagerieError: Frigate, or what answers, does not.
        """
        if self._kinds and event.label not in self._kinds:
            return
        seen = self._remembered(event)
        if event.snapshot_time <= seen.snapshot_time:
            return
        snapshot = self._frigate.snapshot(event.id)
        if snapshot is None:
            if event.ended:
                self._say(event, "no snapshot. Are snapshots enabled for this camera?")
            return
        self._name(event, seen, self._answer(snapshot))
        seen.snapshot_time = event.snapshot_time  # Not before: where something failed, the next event tries again.

    def _remembered(self, event: Event) -> _Seen:
        """What is known of the object; forgotten with its last event."""
        seen = self._objects.pop(event.id, None) or _Seen()
        if not event.ended:
            self._objects[event.id] = seen
            if len(self._objects) > _MOST_OBJECTS:
                self._objects.popitem(last=False)
        return seen

    def _name(self, event: Event, seen: _Seen, answer: Answer) -> None:
        if isinstance(answer, ImageError):
            self._say(event, f"{answer.title}: {answer}")
        elif answer.label is None:
            self._say(event, f"none of these (most like {answer.top[0].label})")
        elif answer.score < self._least_score:
            self._say(event, f"{answer.label} {answer.score:.2f}, too unsure")
        elif (answer.label, answer.score) != (seen.label, seen.score) and answer.score >= seen.score:
            self._frigate.set_sub_label(event.id, answer.label, answer.score)
            seen.label, seen.score = answer.label, answer.score
            self._say(event, f"{answer.label} {answer.score:.2f}")

    def _say(self, event: Event, what: str) -> None:
        self._report(f"{event.camera}: {event.label} {event.id}: {what}")
