"""Shows a person how far long work is, on standard error."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TypeVar

import keras
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

console = Console(stderr=True, highlight=False)

T = TypeVar("T")


@contextmanager
def bar(description: str, total: int) -> Iterator[Progress]:
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
        progress.add_task(description, total=total, note="")
        yield progress


def track(items: Iterable[T], description: str, *, total: int) -> Iterator[T]:
    """Passes `items` on and shows how many have been taken."""
    with bar(description, total) as progress:
        for item in items:
            yield item
            progress.advance(progress.task_ids[0])


class EpochBar(keras.callbacks.Callback):  # type: ignore[misc]  # Keras has no type stubs.
    """Shows a Keras training as one bar over all its batches, with a line for each epoch that was validated."""

    def __init__(self, description: str, epochs: int, *, steps: int = 1) -> None:
        super().__init__()
        self._epochs = epochs
        self._steps = steps
        self._bar = bar(description, epochs * steps)

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        self._progress = self._bar.__enter__()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        if self._steps > 1:
            note = f"loss {logs['loss']:.3f}" if logs else ""
            self._progress.update(self._progress.task_ids[0], advance=1, note=note)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        if self._steps == 1:
            self._progress.advance(self._progress.task_ids[0])
        if logs and "val_loss" in logs:
            metrics = ", ".join(f"{name} {value:.4f}" for name, value in logs.items())
            console.print(f"  epoch {epoch + 1} of {self._epochs}: {metrics}", soft_wrap=True)

    def on_train_end(self, logs: dict[str, float] | None = None) -> None:
        """Called by Keras."""
        self._bar.__exit__(None, None, None)
