"""Our engine alone."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from benchmarks import inputs, networks
from benchmarks.networks import Calls, Network
from benchmarks.plan import Plan, Step
from benchmarks.rows import OURS, Row
from recognizer import Recognizer, calibration

_BATCH = 16


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """`engine.run` of one picture, from several threads at once as the server does, and of a batch."""
    step("opening the model")
    recognizer = Recognizer.open(plan.model)
    run = recognizer.engine.run
    examples = inputs.examples()
    one = partial(run, examples[:1])
    batch = partial(run, examples.repeat(_BATCH // len(examples), axis=0))
    side_by_side = partial(Recognizer.open(plan.model, threads_per_picture=1).engine.run, examples[:1])
    threads = {f"{n} threads": Calls(partial(list, [side_by_side] * n)) for n in (2 * plan.cores, 4 * plan.cores)}
    network = Network(
        OURS,
        scores=lambda: calibration.probabilities(run(examples).logits, 1.0),
        one=one,
        many=threads | {f"batches of {_BATCH}": Calls(lambda: [batch], _BATCH)},
        settings=recognizer.engine.name,
    )
    return networks.measure(network, plan, step)
