"""Whole HTTP requests, sent by other processes on the same cores: ours, and the way tutorials do it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager

from benchmarks import load, rows, servers
from benchmarks.load import Answers, Load
from benchmarks.pictures import LARGE, SMALL, Kind
from benchmarks.plan import Plan, Step
from benchmarks.rows import FIRST_ANSWER, OURS, Latency, Row
from benchmarks.servers import Server

_OPEN_LOOP_SHARE = 0.7
"""Of the throughput that was measured with `_OPEN_LOOP_AFTER` connections: busy, but not overloaded."""
_OPEN_LOOP_AFTER = 8
_OPEN_LOOP_CONNECTIONS = 64
_WARM_UP_S = 1.0

TUTORIAL = "Django + model.predict"


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """Menagerie as `make serve` starts it."""
    request = load.http_request(plan.jpegs(SMALL)[0], path="/api/v1/classify")
    server = servers.menagerie(request, plan.path / "menagerie.log", {"MENAGERIE_MODEL": plan.model})
    yield from _measure(OURS, "make serve", server, "/api/v1/classify", (SMALL, LARGE), plan, step)


def measure_tutorial_threads(plan: Plan, step: Step) -> Iterator[Row]:
    """One process with threads, as our own server has it: TensorFlow is loaded once."""
    yield from _measure_tutorial(["--workers", "1", "--threads", "4"], "", plan, step)


def measure_tutorial_workers(plan: Plan, step: Step) -> Iterator[Row]:
    """A process for each core, each with a TensorFlow of its own."""
    yield from _measure_tutorial(["--workers", str(plan.cores)], f", {plan.cores} workers", plan, step)


def _measure_tutorial(arguments: list[str], suffix: str, plan: Plan, step: Step) -> Iterator[Row]:
    request = load.http_request(plan.jpegs(SMALL)[0], path="/classify")
    command = [*arguments, "--timeout", "300", "benchmarks.tutorial_app"]
    environment = {"TUTORIAL_MODEL": plan.model}
    server = servers.gunicorn(command, request, plan.path / "tutorial.log", environment)
    settings = f"gunicorn {' '.join(arguments)}"
    yield from _measure(TUTORIAL + suffix, settings, server, "/classify", (SMALL,), plan, step)


def _measure(
    name: str,
    settings: str,
    starting: AbstractContextManager[Server],
    path: str,
    kinds: tuple[Kind, ...],
    plan: Plan,
    step: Step,
) -> Iterator[Row]:
    step("starting the server")
    with starting as server:
        start_ms = 1000 * server.first_answer_s
        times = Latency(start_ms, None, None, start_ms, 1)
        yield Row(FIRST_ANSWER, name, settings, times, memory=server.worker_memory())
        for kind in kinds:
            requests = tuple(load.http_request(jpeg, path=path) for jpeg in plan.jpegs(kind))
            for connections in plan.connections:
                step(f"{kind.name}, {connections} connections")
                answers = _closed_loop(server, requests, connections, plan)
                yield _row(rows.http(kind.name, connections), name, settings, answers, server)
                if kind is SMALL and connections == _OPEN_LOOP_AFTER:
                    step("open loop")
                    yield _open_loop(name, server, requests, answers.per_second, plan)


def _closed_loop(server: Server, requests: tuple[bytes, ...], connections: int, plan: Plan) -> Answers:
    load.run(Load(server.port, requests, connections, _WARM_UP_S))
    return load.run(Load(server.port, requests, connections, plan.seconds))


def _open_loop(name: str, server: Server, requests: tuple[bytes, ...], most: float, plan: Plan) -> Row:
    rate = _OPEN_LOOP_SHARE * most
    answers = load.run(Load(server.port, requests, _OPEN_LOOP_CONNECTIONS, plan.seconds, per_second=rate))
    return _row(rows.OPEN_LOOP, name, f"{rate:.0f} requests a second were due", answers, server)


def _row(scenario: str, name: str, settings: str, answers: Answers, server: Server) -> Row:
    answered = answers.latencies_s()
    sender = answers.sender_cpu_s / answers.duration_s if answers.answers else 0.0
    return Row(
        scenario,
        name,
        f"{settings}; the sender took {sender:.0%} of a core",
        latency=Latency.of(answered) if answered else None,
        per_second=answers.per_second,
        memory=server.worker_memory(),
        failures=answers.failures,
    )
