"""What one measurement found: the record that contenders hand to the report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

OURS = "Menagerie"

# Scenarios: rows of the same scenario did the same work and are compared with each other.
ONE_AT_A_TIME = "the network alone, one picture at a time"
AS_MANY_AS_IT_CAN = "the network alone, as many as it can"
OPEN_LOOP = "HTTP, 500 x 375, open loop at 70 % of its throughput with 8 connections"
LOADGEN_OFFLINE = "the network alone, judged by MLPerf's LoadGen, Offline"
LOADGEN_SERVER = "the network alone, judged by MLPerf's LoadGen, Server"
FIRST_ANSWER = "from the start of the process to the first HTTP answer"


def decoding(picture: str) -> str:
    """Bytes to the network's input, in one thread."""
    return f"decoding, {picture}"


def in_process(picture: str) -> str:
    """Bytes to answers without HTTP, as many as it can."""
    return f"bytes to answer without HTTP, {picture}"


def http(picture: str, connections: int) -> str:
    """Whole requests in a closed loop."""
    return f"HTTP, {picture}, {connections} connection{'s' if connections > 1 else ''}"


@dataclass(frozen=True)
class Latency:
    """How long single answers took, in milliseconds."""

    p50_ms: float
    p95_ms: float | None
    """None where a foreign tool does not tell."""
    p99_ms: float | None
    max_ms: float
    n: int
    """How many answers were timed."""

    @classmethod
    def of(cls, seconds: Sequence[float] | np.ndarray[Any, Any]) -> Latency:
        """Summarises at least one time."""
        p50, p95, p99, most = 1000 * np.percentile(np.asarray(seconds), (50, 95, 99, 100))
        return cls(float(p50), float(p95), float(p99), float(most), len(seconds))


@dataclass(frozen=True)
class Memory:
    """What the process that did the work holds in memory, in MB of 10^6 bytes, libraries and weights included."""

    resident_mb: float
    peak_mb: float


@dataclass(frozen=True)
class Row:
    """One measurement of one contender."""

    scenario: str
    contender: str
    settings: str = ""
    """What was chosen for it, such as the number of threads; with a throughput, the best that was tried."""
    latency: Latency | None = None
    per_second: float | None = None
    memory: Memory | None = None
    score_difference: float | None = None
    """Largest difference of a score to Keras's, 0 to 1: shows that the same network was measured."""
    failures: int = 0
    """Requests that were not answered with 200."""

    def to_dict(self) -> dict[str, Any]:
        """The row as JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, fields: dict[str, Any]) -> Row:
        """The inverse of `to_dict`."""
        latency, memory = fields["latency"], fields["memory"]
        nested = {
            "latency": Latency(**latency) if latency else None,
            "memory": Memory(**memory) if memory else None,
        }
        return cls(**{**fields, **nested})
