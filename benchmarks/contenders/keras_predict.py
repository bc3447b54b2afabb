"""`model.predict` in a loop: what tutorials do, without any HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import inputs, networks
from benchmarks.networks import Calls, Network
from benchmarks.plan import Plan, Step
from benchmarks.rows import Row

_BATCHES = (1, 8, 32)  # Not in threads: `predict` is not safe in several.


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """The stock model, as `load_model` gives it; silent, which is kinder to it than the default."""
    step("loading TensorFlow")
    import keras

    predict = partial(keras.models.load_model(plan.model, compile=False).predict, verbose=0)

    def batches(size: int) -> Calls:
        return Calls(lambda: [partial(predict, inputs.batch(size), batch_size=size)], pictures_per_call=size)

    network = Network(
        "Keras, model.predict",
        scores=lambda: predict(inputs.normalized(inputs.examples())),
        one=partial(predict, inputs.batch(1)),
        many={f"batches of {size}": batches(size) for size in _BATCHES},
    )
    return networks.measure(network, plan, step)
