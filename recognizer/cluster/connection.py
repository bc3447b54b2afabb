"""A connection to a Ray cluster: to one that is there, or to one on this machine that is started for the work."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager

import ray

from recognizer.cluster.head import ClusterFailed, refuse_unreachable

_OUR_ERROR = re.compile(r"^(?:recognizer|training)\.[\w.]+: ")


@contextmanager
def connected(address: str | None) -> Iterator[int]:
    """A connection to a cluster, and how many cores that has.

    Args:
        address: of its head, host:port; None: $RAY_ADDRESS, the cluster on this machine, or one that is started for
            the block.

    Raises:
        CallerError: the address is none.
        ClusterFailed: it cannot be reached, does not start, or has no core.
    """
    if there := address or os.environ.get("RAY_ADDRESS"):
        refuse_unreachable(there)
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # Nothing is told to anybody.
    os.environ.setdefault("RAY_BACKEND_LOG_LEVEL", "fatal")
    try:
        ray.init(address, log_to_driver=False, logging_level="ERROR", include_dashboard=False)
    except Exception as err:  # Ray raises plain ones: where a node takes longer than 30 s to start, too.
        cure = "Start a cluster first, with `ray start --head`, and give the command again."
        raise ClusterFailed(f"{cause(err)} {cure}") from err
    try:
        cores = int(ray.cluster_resources().get("CPU", 0))
        if not cores:
            raise ClusterFailed("The cluster has no core to give. Start a node with --num-cpus of 1 or more.")
        yield cores
    finally:
        ray.shutdown()


def cause(err: BaseException) -> str:
    """The last line of what Ray says: it has the whole way of a failure in its text."""
    lines = [line.strip() for line in str(err).splitlines() if line.strip()]
    return _OUR_ERROR.sub("", lines[-1]) if lines else type(err).__name__
