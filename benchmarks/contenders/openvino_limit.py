"""OpenVINO's own `benchmark_app` on our compiled graph: the limit of what our engine can reach on this machine."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.plan import Plan, Step
from benchmarks.rows import AS_MANY_AS_IT_CAN, ONE_AT_A_TIME, Latency, Row
from recognizer.engines.choice import find_graph
from recognizer.engines.graph_files import Graph, Precision

NAME = "OpenVINO's benchmark_app"
# As our engine has it: what is not quantised in an int8 graph is faster in f32.
_INFER_PRECISION: dict[Precision, str] = {"int8": "f32", "bf16": "bf16", "f32": "f32"}


def measure(plan: Plan, step: Step) -> Iterator[Row]:
    """Synchronous latency, and the best of some settings for throughput."""
    graph, cores = _graph(plan), str(plan.cores)
    step("one picture at a time")
    results = _run(graph, plan, ["-hint", "latency", "-api", "sync"])
    yield Row(ONE_AT_A_TIME, NAME, f"{graph.precision}, -hint latency", _latency(results))
    rates = {}
    for settings in (
        "-hint throughput",
        f"-hint none -nstreams 1 -nthreads {cores} -nireq 2",
        f"-hint none -nstreams {cores} -nthreads {cores} -nireq {2 * plan.cores}",
    ):
        step(settings)
        rates[settings] = float(_run(graph, plan, ["-api", "async", *settings.split()])["throughput"])
    best = max(rates, key=rates.__getitem__)
    yield Row(AS_MANY_AS_IT_CAN, NAME, best, per_second=rates[best])


def _graph(plan: Plan) -> Graph:
    """The graph that our engine runs."""
    graph = find_graph(Path(plan.model), "auto")
    if graph is None:
        raise RuntimeError(f"There is no compiled graph of {plan.model}")
    return graph


def _run(graph: Graph, plan: Plan, options: list[str]) -> dict[str, Any]:
    """What `benchmark_app` writes down; it is a script beside Python."""
    with tempfile.TemporaryDirectory() as folder:
        report = ["-report_type", "no_counters", "-json_stats", "-report_folder", folder]
        time_s = ["-t", str(max(1, round(plan.seconds)))]
        command = [str(Path(sys.executable).with_name("benchmark_app")), "-m", str(graph.path), "-d", "CPU"]
        precision = ["-infer_precision", _INFER_PRECISION[graph.precision]]
        subprocess.run([*command, *precision, *options, *time_s, *report], check=True, stdout=sys.stderr)
        text = Path(folder, "benchmark_report.json").read_text(encoding="utf-8")
    results: dict[str, Any] = json.loads(text)["execution_results"]
    return results


def _latency(results: dict[str, Any]) -> Latency:
    """It keeps no percentiles but the one that is asked for: the median."""
    median, longest = float(results["latency (ms)"]), float(results["max latency"])
    return Latency(median, None, None, longest, int(results["total number of iterations"]))
