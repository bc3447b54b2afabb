"""Shows a person how far a Keras training is."""

from __future__ import annotations

import keras

from training.progress import bar, console


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
