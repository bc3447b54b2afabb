"""Shows a person how far long work is, on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from types import TracebackType
from typing import TypeVar

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console(stderr=True, highlight=False)

T = TypeVar("T")


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
    """Passes `items` on and shows how many have been taken."""
    with bar(description, total) as progress:
        for item in items:
            yield item
            progress.advance(progress.task_ids[0])


_SHOWN = ("loss", "accuracy", "val_loss", "val_accuracy")


class EpochBar:
    """A bar while it is entered."""

    def __init__(self, description: str, *, epochs: int, steps: int, done: int = 0) -> None:
        """Prepares it.

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
        """One more is done; `loss` is the mean of the epoch so far."""
        self._progress.update(self._progress.task_ids[0], advance=1, note=f"loss {loss:.3f}")

    def epoch(self, number: int, metrics: Mapping[str, float]) -> None:
        """One more is done; `number` counts from 1."""
        figures = ", ".join(f"{name} {metrics[name]:.4f}" for name in _SHOWN if name in metrics)
        console.print(
            f"  epoch {number} of {self._epochs}: {figures}, rate {metrics['rate']:.2g},"
            f" {metrics['seconds']:.0f} s, {metrics['waiting']:.0%} of it waiting for pictures",
            soft_wrap=True,
        )
