"""TensorFlow at its best: the model traced into graphs of fixed shapes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

from benchmarks import inputs, networks
from benchmarks.inputs import Floats
from benchmarks.networks import Calls, Network
from benchmarks.plan import Plan, Step
from benchmarks.rows import Row

_BATCHES = (1, 8, 16, 32)


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """float32 throughout."""
    return networks.measure(_network("TensorFlow, f32", plan, step), plan, step)


def measure_bf16(plan: Plan, step: Step) -> Iterator[Row]:
    """With TensorFlow's own rewriting to bfloat16, for processors that calculate in it."""
    step("loading TensorFlow")
    import tensorflow as tf

    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": True})
    return networks.measure(_network("TensorFlow, bf16", plan, step), plan, step)


def _network(name: str, plan: Plan, step: Step) -> Network:
    step("loading TensorFlow")
    import keras

    model = keras.models.load_model(plan.model, compile=False)

    def batches(size: int) -> Calls:
        return Calls(lambda: [partial(_graph(model, size), inputs.batch(size))], pictures_per_call=size)

    one = _graph(model, 1)
    return Network(
        name,
        scores=lambda: _graph(model, len(inputs.examples()))(inputs.normalized(inputs.examples())),
        one=partial(one, inputs.batch(1)),
        many={f"batches of {size}": batches(size) for size in _BATCHES}
        | {f"{plan.cores} threads": Calls(lambda: [partial(one, inputs.batch(1))] * plan.cores)},
        settings="tf.function",
    )


def _graph(model: Callable[..., object], size: int) -> Callable[[Floats], Floats]:
    import tensorflow as tf

    signature = [tf.TensorSpec((size, inputs.SIZE, inputs.SIZE, 3), tf.float32)]
    function = tf.function(lambda image: model(image, training=False), input_signature=signature)
    return lambda batch: function(batch).numpy()
