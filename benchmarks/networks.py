"""Measures the network alone, in the same way for every runtime: one picture at a time, then as many as it can."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from benchmarks import conversion, processes, timing
from benchmarks.inputs import Floats
from benchmarks.plan import Plan, Step
from benchmarks.rows import AS_MANY_AS_IT_CAN, ONE_AT_A_TIME, Row
from benchmarks.timing import Call


@dataclass(frozen=True)
class Calls:
    """A way to run many pictures: each call is made over and over in a thread of its own."""

    make: Callable[[], Sequence[Call]]
    """Prepares them; not timed."""
    pictures_per_call: int = 1


@dataclass(frozen=True)
class Network:
    """A runtime that has loaded the model."""

    name: str
    scores: Callable[[], Floats]
    """Its answer to `inputs.examples()`, (N, C)."""
    one: Call
    """Runs one picture that is ready in memory."""
    many: Mapping[str, Calls]
    """Settings -> what to run. The best is reported."""
    settings: str = ""


def measure(network: Network, plan: Plan, step: Step) -> Iterator[Row]:
    """Two rows: latency of single pictures, and the best throughput."""
    step("checking its scores against Keras")
    difference = conversion.score_difference(network.scores(), plan)
    step("one picture at a time")
    times = timing.latency(network.one, plan.seconds)
    memory = processes.memory()
    yield Row(ONE_AT_A_TIME, network.name, network.settings, times, memory=memory, score_difference=difference)
    rates = {}
    for settings, calls in network.many.items():
        step(settings)
        rates[settings] = timing.per_second(calls.make(), plan.seconds, pictures_per_call=calls.pictures_per_call)
    best = max(rates, key=rates.__getitem__)
    yield Row(AS_MANY_AS_IT_CAN, network.name, best, per_second=rates[best], memory=processes.memory())
