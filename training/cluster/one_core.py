"""What a task's process computes with: the one core that Ray has given it."""

from __future__ import annotations

from functools import cache

from recognizer.engines.quiet import load_tensorflow


@cache
def compute_on_one_core() -> None:
    """Loads TensorFlow, and keeps it to one thread; before anything is computed."""
    load_tensorflow()
    import tensorflow as tf

    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
