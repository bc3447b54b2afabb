"""Looks at the pictures held back after an epoch: what Keras's `evaluate` says of them all, and the answer to each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from training.data.prefetch import Prefetch

if TYPE_CHECKING:
    import keras

    from training.data.batches import Batches

Floats = npt.NDArray[np.float32]


@dataclass
class Validator:
    """A network, and the pictures that it is not trained on."""

    network: keras.Model
    """Compiled; its weights may change from look to look."""
    batches: Batches

    def validate(self) -> tuple[dict[str, float], Floats]:
        """Answers all of them.

        Returns:
            The mean loss and the metrics; the outputs, (n, C) logits or (n, E) embeddings, in the order of the batches.
        """
        losses, sizes, outputs, metrics = list[float](), list[int](), list[Floats](), dict[str, Any]()
        self.network.reset_metrics()
        for batch in Prefetch(self.batches):
            loss, metrics, output = self._step(*batch)
            losses.append(float(loss))
            sizes.append(len(batch[0]))
            outputs.append(np.asarray(output, np.float32))
        loss_of_all = float(np.average(losses, weights=sizes))
        return {**{name: float(value) for name, value in metrics.items()}, "loss": loss_of_all}, np.concatenate(outputs)

    @cached_property
    def _step(self) -> Callable[..., tuple[Any, dict[str, Any], Any]]:
        import tensorflow as tf

        shapes = [tf.TensorSpec((None, *array.shape[1:]), array.dtype) for array in self.batches[0]]

        def step(images: tf.Tensor, labels: tf.Tensor, weights: tf.Tensor) -> tuple[Any, dict[str, Any], Any]:
            output = self.network(images, training=False)
            loss = self.network.compute_loss(images, labels, output, weights, training=False)
            # The metrics add up from batch to batch; the loss among them is that of the training.
            return loss, self.network.compute_metrics(images, labels, output, weights), output

        return tf.function(step, input_signature=shapes)  # type: ignore[no-any-return]
