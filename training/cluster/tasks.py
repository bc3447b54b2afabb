"""Ray's tasks at work: each is done by a process with a core of its own, and again elsewhere where that dies.

items -> a few for each core ahead -> Ray -> (item, result), in the order in which they are ready
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, TypeVar

import ray
import ray.exceptions

from recognizer.cluster.connection import cause
from recognizer.cluster.head import ClusterFailed
from recognizer.errors import MenagerieError

T = TypeVar("T")

MOST_RETRIES = 5
"""What brings down one process after another ends the run instead of going round for ever."""
# One is done, one is on its way, one waits.
_AHEAD = 3


def results(start: Callable[[T], Any], items: Iterable[T]) -> Iterator[tuple[T, Any]]:
    """What came of each item, in the order in which they are ready; machines that join meanwhile take part.

    Args:
        start: starts the task of an item, and returns Ray's reference to its result.
        items: only so many of them are started that no core waits.

    Raises:
        MenagerieError: a task raised it.
        ClusterFailed: Ray gave up, or a task failed in another way.
    """
    left, under_way = iter(items), dict[Any, T]()
    try:
        while True:
            room = _AHEAD * max(1, int(ray.cluster_resources().get("CPU", 0))) - len(under_way)
            under_way |= {start(item): item for item in islice(left, max(room, 0))}
            if not under_way:
                return
            [ready], _ = ray.wait(list(under_way), num_returns=1)
            yield under_way.pop(ready), _result(ready)
    finally:
        for reference in under_way:
            ray.cancel(reference, force=True)


def _result(reference: Any) -> Any:
    try:
        return ray.get(reference)
    except ray.exceptions.RayTaskError as err:
        if isinstance(err.cause, MenagerieError):
            raise err.cause from None
        raise ClusterFailed(cause(err)) from err
    except ray.exceptions.RayError as err:
        raise ClusterFailed(cause(err)) from err
