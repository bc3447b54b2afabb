"""Progress bars on standard error: for any long work, and for the epochs of a training."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console(stderr=True, highlight=False)

T = TypeVar("T")

_METRICS = ("loss", "accuracy", "val_loss", "val_accuracy")


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
        for item in items:
            yield item
            progress.advance(progress.task_ids[0])


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
        self._epochs = epochs
        self._bar = bar(description, epochs * steps, done=done)

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

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """Prints the metrics of an epoch that has ended; `number` counts from 1."""
        figures = ", ".join(f"{name} {metrics[name]:.4f}" for name in _METRICS if name in metrics)
        console.print(
            f"  epoch {number} of {self._epochs}: {figures}, rate {metrics['rate']:.2g},"
            f" {metrics['seconds']:.0f} s, {metrics['waiting']:.0%} of it waiting for pictures",
            soft_wrap=True,
        )
