"""ONNX Runtime in float32, on its CPU provider."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import numpy as np

from benchmarks import conversion, inputs, networks
from benchmarks.inputs import Floats
from benchmarks.networks import Calls, Network
from benchmarks.plan import Plan, Step
from benchmarks.rows import Row
from benchmarks.timing import Call


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """A session with all cores; for throughput also sessions with one core each."""
    step("converting to ONNX (once)")
    path = conversion.converted("f32.onnx", plan)
    session = _session(str(path), plan.cores)
    one = _call(session)
    network = Network(
        "ONNX Runtime, f32",
        scores=lambda: _scores(session),
        one=one,
        many={
            f"1 session x {plan.cores} threads": Calls(lambda: [one]),
            f"1 session x {plan.cores} threads, 2 callers": Calls(lambda: [one, one]),
            f"{plan.cores} sessions x 1 thread": Calls(
                lambda: [_call(_session(str(path), 1)) for _ in range(plan.cores)]
            ),
        },
    )
    return networks.measure(network, plan, step)


def _session(path: str, threads: int) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()  # All optimisations of the graph are on by default.
    options.intra_op_num_threads = threads
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def _call(session: Any) -> Call:
    return partial(session.run, None, {"image": inputs.batch(1)})


def _scores(session: Any) -> Floats:
    pictures = inputs.normalized(inputs.examples())
    return np.concatenate([session.run(None, {"image": picture[None]})[0] for picture in pictures])
