"""Temperature scaling: logits -> probabilities that are as often right as they say."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]


def probabilities(logits: Floats, temperature: float) -> Floats:
    """Softmax of the logits divided by a temperature (Guo et al. 2017, "On Calibration of Modern Neural Networks").

    Args:
        logits: (N, C) float32.
        temperature: over 0; above 1 makes the scores more modest, 1 leaves them.

    Returns:
        (N, C) float32, each row sums to 1.
    """
    exact = logits.astype(np.float64)
    exponentials = np.exp((exact - exact.max(axis=1, keepdims=True)) / temperature)
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True), np.float32)  # (N, C)
