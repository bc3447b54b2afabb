"""Notices that the client of a request has closed its connection."""

from __future__ import annotations

import select
from collections.abc import Callable, Mapping
from typing import Any

# Linux alone tells that the other side has shut its end down; elsewhere only a broken connection is seen.
_GONE = getattr(select, "POLLRDHUP", select.POLLHUP)


def gone(environ: Mapping[str, Any]) -> Callable[[], bool]:
    """A function that tells whether the client has closed its connection; always False where there is no socket.

    A client that shuts down only its sending side counts as gone too, as with nginx: no browser and no library
    does that before it has its answer.
    """
    connection = environ.get("gunicorn.socket")
    if connection is None:
        return lambda: False
    poll = select.poll()
    poll.register(connection, _GONE)
    return lambda: bool(poll.poll(0))
