"""Changes a picture so little that nobody sees it, and so that a model takes it for one of its classes.

    picture -> as the network sees it -> logits, log-odds of being known -> gradient by the picture -> a step, bounded

Projected gradient descent (Madry et al. 2018, https://arxiv.org/abs/1706.06083), averaged over small shifts and noise
(Athalye et al. 2018, https://arxiv.org/abs/1707.07397), for it has to survive JPEG and eight bits.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from recognizer import architectures
from recognizer.model_file import artifact
from recognizer.model_file.rejection_head import HeadScore

STEPS = 60
STEP = 0.75
MOST = 5.0
"""How much each number of a pixel may change at most, of 255."""
_NOISE = 2.0
_SHIFT = 3
_ENOUGH = 9.0
"""Log-odds from which on it is known well enough."""


def fooled(model_file: Path, picture: Image.Image, label: str) -> Image.Image:
    """A copy of a square picture that the model takes for one of the class `label`."""
    import keras
    import tensorflow as tf

    source = artifact.read(model_file)
    score, preprocessing = source.ood_score, source.metadata.preprocessing
    if not isinstance(score, HeadScore):
        raise TypeError(f"{model_file} has no rejection head.")
    model = keras.models.load_model(model_file, compile=False)
    outputs = [model.get_layer(name).output for name in (architectures.EMBEDDING_LAYER, architectures.LOGITS_LAYER)]
    network = keras.Model(model.input, outputs)
    wanted = source.metadata.class_names.index(label)
    start = tf.constant(np.asarray(picture.convert("RGB"), np.float32))
    mean, std = (tf.constant(numbers, tf.float32) for numbers in (preprocessing.mean, preprocessing.std))
    size, resized = preprocessing.input_size, preprocessing.resized_short_side
    rng = np.random.default_rng(0)

    @tf.function  # type: ignore[untyped-decorator]
    def gradient(change: Any, noise: Any, shift: Any) -> Any:
        with tf.GradientTape() as tape:
            tape.watch(change)
            pixels = tf.roll(start + change, shift, (0, 1)) + noise
            seen = tf.image.resize(pixels[None], (resized, resized), "bicubic", antialias=True)
            offset = (resized - size) // 2
            seen = (seen[:, offset : offset + size, offset : offset + size] - mean) / std
            embedding, logits = network(seen, training=False)
            others = tf.reduce_logsumexp(tf.boolean_mask(logits, tf.range(logits.shape[1]) != wanted, axis=1))
            known = log_odds(score, embedding)
            loss = tf.nn.relu(_ENOUGH - (logits[0, wanted] - others)) + tf.nn.relu(_ENOUGH - known)
        return tape.gradient(loss, change), loss, known

    change = tf.zeros_like(start)
    for _ in range(STEPS):
        noise = tf.constant(rng.normal(0, _NOISE, start.shape), tf.float32)
        shift = tf.constant(rng.integers(-_SHIFT, _SHIFT + 1, 2), tf.int32)
        slope, loss, known = gradient(change, noise, shift)
        change = tf.clip_by_value(change - STEP * tf.sign(slope), -MOST, MOST)
        change = tf.clip_by_value(start + change, 0, 255) - start
        print(f"loss {float(loss):.2f}, log-odds {float(known):.2f}")
    pixels: npt.NDArray[np.uint8] = np.rint((start + change).numpy()).astype(np.uint8)
    return Image.fromarray(pixels)


def log_odds(score: HeadScore, embedding: Any) -> Any:
    """`HeadScore` in TensorFlow, for one embedding (1, D)."""
    import tensorflow as tf

    unit = tf.math.l2_normalize(embedding, axis=1)
    if (hidden := score.hidden) is None:
        logits = unit @ score.kernel.T + score.bias
    else:
        logits = tf.nn.relu(unit @ hidden.kernel.T + hidden.bias) @ hidden.output_kernel.T + hidden.output_bias
    head = tf.reduce_logsumexp(logits[:, :-1], axis=1) - logits[:, -1]
    kinds = tf.nn.softmax(embedding @ score.backbone.kernel.T + score.backbone.bias)
    own = tf.reduce_sum(kinds * score.own, axis=1)
    odds = tf.math.log(own + 1e-6) - tf.math.log(tf.maximum(1 - own, 0) + 1e-6)
    return (head + score.backbone_weight * odds)[0]
