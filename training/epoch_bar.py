"""Shows a person how far the training of a phase is: a bar over its steps, a line for each epoch."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType

from rich.progress import Progress

from training.progress import bar, console

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
