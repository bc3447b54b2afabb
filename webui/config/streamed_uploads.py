"""The addresses whose requests are too large to be kept in memory: their views read them as they arrive.

It loads nothing of Django, for gunicorn's main loop asks before there is a request of Django's.
"""

from __future__ import annotations

_PATHS = ("/api/v1/batches", "/batches/")


def is_streamed(method: str, path: str) -> bool:
    """Whether a request is read by its view while it arrives; a path below a proxy's may have a prefix."""
    return method == "POST" and path.endswith(_PATHS)
