"""When to send a request again: after 429 and 503, as the server's Retry-After says, within bounds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

import httpx2

_AGAIN = frozenset({429, 503})
_FIRST_WAIT_S = 0.5


@dataclass(frozen=True)
class Retries:
    """How often, and how long, a client waits before it gives up on one request."""

    most: int = 5
    """Further tries; 0 gives up at once."""
    longest_s: float = 60
    """All waiting together, in seconds. A server that asks for more is given up on at once."""


class Waits:
    """The waits of one request."""

    def __init__(self, retries: Retries) -> None:
        self._retries = retries
        self._tries = 0
        self._waited_s = 0.0

    def after(self, response: httpx2.Response) -> float | None:
        """Seconds to wait before the request is sent again; None: this answer is the last one."""
        if response.status_code not in _AGAIN or self._tries >= self._retries.most:
            return None
        stated = _stated_s(response.headers.get("Retry-After", ""))
        wait_s = _FIRST_WAIT_S * 2**self._tries if stated is None else stated
        if self._waited_s + wait_s > self._retries.longest_s:
            return None
        self._tries += 1
        self._waited_s += wait_s
        return wait_s


def _stated_s(text: str) -> float | None:
    """Seconds that a Retry-After header asks for, as a number or as a date; None: nothing that can be read."""
    if text.isascii() and text.isdigit():
        return float(text)
    try:
        until = parsedate_to_datetime(text)
    except ValueError:
        return None
    until = until if until.tzinfo else until.replace(tzinfo=UTC)
    return max(0.0, (until - datetime.now(UTC)).total_seconds())
