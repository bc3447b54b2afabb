"""Progress of long work, and of a training's epochs: bars on standard error, and events for another program.

track, EpochBar -> a bar; and, between `telling` and its end, events in a file, see events.py
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from recognizer.commands.events import Events, Value

console = Console(stderr=True, highlight=False)

T = TypeVar("T")

_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")
_TELL_EVERY_S = 0.5


class _Teller:
    """Tells a program of the progress, if there is one that listens."""

    def __init__(self, events: Events | None = None) -> None:
        self._events = events
        self._stage = ""
        self._told = 0.0

    def tell(self, event: str, **fields: Value) -> None:
        if self._events:
            self._events.write(event, **fields, seconds=self._events.seconds)

    def progress(self, stage: str, done: int, total: int) -> None:
        """Tells how far a stage is: at its beginning, at its end, and twice a second in between."""
        now = time.monotonic()
        if stage != self._stage or done >= total or now - self._told >= _TELL_EVERY_S:
            self._stage, self._told = stage, now
            self.tell("progress", stage=stage, done=done, total=total)


_teller = _Teller()


@contextmanager
def telling(events: Events) -> Iterator[None]:
    """Has the progress of this process written to events, until the block ends."""
    global _teller  # noqa: PLW0603 - a process has one standard error, and one that listens.
    _teller = _Teller(events)
    try:
        yield
    finally:
        _teller = _Teller()


@contextmanager
def silent() -> Iterator[None]:
    """Nothing is shown meanwhile: where many trainings run, each has a line of its own."""
    before, console.quiet = console.quiet, True
    try:
        yield
    finally:
        console.quiet = before


def tell(event: str, **fields: Value) -> None:
    """Tells of an event, if somebody listens."""
    _teller.tell(event, **fields)


def stage(name: str) -> None:
    """Tells that a stage has begun which cannot say how far it is."""
    _teller.progress(name, 0, 1)


def tell_epoch(phase: str, number: int, epochs: int, metrics: Mapping[str, float]) -> None:
    """Tells of an epoch that has ended, if somebody listens; `number` counts from 1."""
    known = {name: round(float(metrics[name]), 5) for name in _METRICS if name in metrics}
    tell("epoch", phase=phase, epoch=number, epochs=epochs, **known)


@contextmanager
def bar(description: str, total: int, *, done: int = 0) -> Iterator[Progress]:
    """A progress bar with the time left; nothing but its end where standard error is no terminal."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}"),
    )
    with Progress(*columns, console=console) as progress:
        progress.add_task(description, total=total, completed=done, note="")
        yield progress


def track(items: Iterable[T], description: str, *, total: int) -> Iterator[T]:
    """Passes `items` on, with a progress bar of how many have been taken."""
    with bar(description, total) as progress:
        for done, item in enumerate(items):
            _teller.progress(description, done, total)
            yield item
            progress.advance(progress.task_ids[0])
    _teller.progress(description, total, total)


class EpochBar:
    """A progress bar over the steps of a phase, and a line for each epoch; shown while it is entered."""

    def __init__(self, description: str, *, epochs: int, steps: int, done: int = 0) -> None:
        """Prepares the bar.

        Args:
            description: of the phase.
            epochs: in the phase.
            steps: in an epoch.
            done: steps of the phase that an earlier session has done.
        """
        self._description = description
        self._epochs = epochs
        self._done, self._total = done, epochs * steps
        self._bar = bar(description, self._total, done=done)

    def __enter__(self) -> EpochBar:
        self._progress: Progress = self._bar.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._bar.__exit__(kind, error, trace)

    def step(self, loss: float) -> None:
        """Moves the bar on by a step; `loss` is the mean of the epoch so far."""
        self._progress.update(self._progress.task_ids[0], advance=1, note=f"loss {loss:.3f}")
        self._done += 1
        _teller.progress(self._description, self._done, self._total)

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Prints the metrics of an epoch that has ended; `number` counts from 1."""
        figures = ", ".join(f"{name} {metrics[name]:.4f}" for name in _METRICS if name in metrics)
        console.print(
            f"  epoch {number} of {self._epochs}: {figures}, rate {metrics['rate']:.2g},"
            f" {metrics['seconds']:.0f} s, {metrics['waiting']:.0%} of it waiting for pictures",
            soft_wrap=True,
        )
        tell_epoch(self._description, number, self._epochs, metrics)
