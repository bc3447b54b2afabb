"""Images that gradient ascent can climb: held as spectra, in colours that vary independently.

    spectrum (variable) -> / frequency -> inverse FFT -> decorrelated colours -> sigmoid -> pixels from 0 to 1

Steps in pixels end in noise of the highest frequencies. In this form, all frequencies and colours of natural pictures
are as easy to reach: Olah et al. 2017, "Feature Visualization", https://distill.pub/2017/feature-visualization/,
"Preconditioning and Parameterization"; numbers as in Lucid.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import tensorflow as tf

# How red, green and blue vary together in ImageNet's photographs: the square root of their covariance, as Lucid has it.
_COLOURS = np.array([[0.26, 0.09, 0.02], [0.27, 0.00, -0.05], [0.27, -0.09, 0.03]], np.float32)
COLOURS = _COLOURS / np.linalg.norm(_COLOURS, axis=0).max()
"""Columns: brightness, blue against yellow, green against magenta; (RGB, 3)."""

GREY, CLOUDS = 0.01, 0.4
"""Standard deviation of the spectrum to begin with: an even grey, nearly; or clouds in natural colours."""


class FourierImages:
    """A batch of square images, as a variable."""

    def __init__(self, count: int, size: int, *, seed: int, decay: float = 1.0, contrast: float = GREY) -> None:
        """Begins with even grey, or with clouds of chance.

        Args:
            count: of images.
            size: side in pixels.
            seed: of the small noise that they begin with.
            decay: power of the frequency that a coefficient is divided by; more makes calmer pictures.
            contrast: of what they begin with.
        """
        import tensorflow as tf

        self._size = size
        self._weights = tf.constant(_weights(size, decay), tf.complex64)
        noise = np.random.default_rng(seed).normal(0, contrast, (2, count, 3, size, size // 2 + 1))
        self.spectrum = tf.Variable(noise.astype(np.float32))

    def pixels(self) -> tf.Tensor:
        """The images, (N, S, S, 3) from 0 to 1."""
        import tensorflow as tf

        spectrum = tf.complex(self.spectrum[0], self.spectrum[1]) * self._weights
        waves = tf.signal.irfft2d(spectrum, fft_length=[self._size, self._size]) / 4.0  # (N, 3, S, S)
        return tf.sigmoid(tf.transpose(waves, [0, 2, 3, 1]) @ tf.constant(COLOURS.T))


def _weights(size: int, decay: float) -> npt.NDArray[np.float32]:
    """What each coefficient counts, (S, S // 2 + 1); together as much for any decay as for that of photographs, 1."""
    frequency = np.maximum(np.hypot(np.fft.fftfreq(size)[:, None], np.fft.rfftfreq(size)[None]), 1 / size)
    weights = frequency**-decay
    return np.asarray(size * weights * np.linalg.norm(1 / frequency) / np.linalg.norm(weights), np.float32)
