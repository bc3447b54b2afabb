"""The address whose requests are too large to be kept in memory: its view reads them as they arrive.

It loads nothing of Django, for gunicorn's main loop asks before there is a request of Django's.
"""

from __future__ import annotations

PATH = "/api/v1/batches"


def is_streamed(method: str, path: str) -> bool:
    """Whether a request is read by its view while it arrives; a path below a proxy's may have a prefix."""
    return method == "POST" and path.endswith(PATH)
