"""What is counted, and how it is called in Prometheus. Nothing of it says who asked, or what is in a picture.

With several processes each writes into files of its own, in the folder that PROMETHEUS_MULTIPROC_DIR names, and whoever
is asked adds them up; `server/gunicorn_conf.py` makes the folder.
"""

from __future__ import annotations

import math
import os
from collections.abc import Iterable, Mapping

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, multiprocess

from recognizer import ImageError, Prediction, machine
from recognizer.model_file.histogram import LIKENESS_BOUNDS, SCORE_BOUNDS
from webui.drift.assess import Drift, Of

_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
_MULTIPROCESS = "PROMETHEUS_MULTIPROC_DIR"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_registry = CollectorRegistry()
_requests = Counter(
    "menagerie_requests", "Requests that were answered.", ("address", "method", "status"), registry=_registry
)
_request_seconds = Histogram(
    "menagerie_request_seconds",
    "From a request's last byte to its answer.",
    ("address",),
    buckets=_SECONDS,
    registry=_registry,
)
_stage_seconds = Histogram(
    "menagerie_stage_seconds",
    "Where the time of requests with pictures goes: wait, decode, network.",
    ("stage",),
    buckets=_SECONDS,
    registry=_registry,
)
_pictures = Counter(
    "menagerie_pictures", "Pictures that were answered.", ("model", "label", "known"), registry=_registry
)
_unreadable = Counter(
    "menagerie_unreadable_pictures", "Pictures that could not be read.", ("code",), registry=_registry
)
_waiting = Gauge(
    "menagerie_waiting_requests",
    "Requests that wait for their turn.",
    multiprocess_mode="livesum",
    registry=_registry,
)
_inside = Gauge(
    "menagerie_running_requests",
    "Requests that decode and compute.",
    multiprocess_mode="livesum",
    registry=_registry,
)
_memory = Gauge(
    "menagerie_resident_memory_bytes",
    "Memory of the server's processes.",
    multiprocess_mode="livesum",
    registry=_registry,
)
_model = Gauge(
    "menagerie_model",
    "1 for the model that answers.",
    ("model",),
    multiprocess_mode="livemax",
    registry=_registry,
)
_score = Histogram(
    "menagerie_score",
    "Scores of the best classes.",
    ("model",),
    buckets=(*SCORE_BOUNDS, 1),
    registry=_registry,
)
_likeness = Histogram(
    "menagerie_likeness",
    "How like what the model learned pictures are, 0 to 1.",
    ("model",),
    buckets=(*LIKENESS_BOUNDS, 1),
    registry=_registry,
)
_drift_index = Gauge(
    "menagerie_drift_index",
    "Population stability index of the last 7 days' pictures.",
    ("of",),
    multiprocess_mode="mostrecent",
    registry=_registry,
)
_drift_found = Gauge(
    "menagerie_drift_found",
    "1 where the pictures of the last 7 days are others than before.",
    ("of",),
    multiprocess_mode="mostrecent",
    registry=_registry,
)
_drift_pictures = Gauge(
    "menagerie_drift_pictures",
    "Pictures that are compared.",
    ("period",),
    multiprocess_mode="mostrecent",
    registry=_registry,
)
_drift_unlike = Gauge(
    "menagerie_drift_none_ratio",
    "Share of them that is none of the classes.",
    ("period",),
    multiprocess_mode="mostrecent",
    registry=_registry,
)
_model_before = ""


def count_request(address: str, method: str, status: int, seconds: float) -> None:
    """Counts a request by the name of its address."""
    _requests.labels(address, method, str(status)).inc()
    _request_seconds.labels(address).observe(seconds)


def count_pictures(model: Mapping[str, object], outcomes: Iterable[Prediction | ImageError]) -> None:
    """Counts the pictures of a request: what they were taken for, and those that could not be read."""
    name = f"{model['name']}-{model['version']}"
    for outcome in outcomes:
        if isinstance(outcome, ImageError):
            _unreadable.labels(outcome.code).inc()
        else:
            _pictures.labels(name, outcome.top[0].label, str(outcome.known).lower()).inc()
            _score.labels(name).observe(outcome.score)
            if outcome.likeness is not None:
                _likeness.labels(name).observe(outcome.likeness)


def measure_stages(**seconds: float) -> None:
    """Notes how long the stages of a request took."""
    for stage, took in seconds.items():
        _stage_seconds.labels(stage).observe(took)


def look_at_process(*, waiting: int, inside: int, model: str) -> None:
    """Notes how this process is now; `model` is empty where none answers."""
    global _model_before  # noqa: PLW0603 - of this process, as the gauges are.
    _waiting.set(waiting)
    _inside.set(inside)
    _memory.set(machine.resident_bytes(os.getpid()))
    if _model_before not in ("", model):
        _model.labels(_model_before).set(0)
    if model:
        _model.labels(model).set(1)
    _model_before = model


def tell_drift(drift: Drift) -> None:
    """Notes how people's pictures have changed; what cannot be said is no number."""
    for of in Of:
        change = drift.changes.get(of)
        _drift_index.labels(of.value).set(change.shift.index if change else math.nan)
        _drift_found.labels(of.value).set(change.shift.is_found if change else math.nan)
    for period, tally in (("recent", drift.recent), ("before", drift.before), ("validation", drift.validation)):
        _drift_pictures.labels(period).set(tally.pictures)
        _drift_unlike.labels(period).set(tally.unlike_share if tally.pictures else math.nan)


def exposition() -> bytes:
    """All figures of all processes, in Prometheus's text format."""
    if _MULTIPROCESS not in os.environ:
        return generate_latest(_registry)
    together = CollectorRegistry()
    multiprocess.MultiProcessCollector(together)  # type: ignore[no-untyped-call]
    return generate_latest(together)
