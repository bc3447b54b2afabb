"""Writes into the log why requests are refused for the address they came by: a few lines a minute, not one for each."""

from __future__ import annotations

import logging

from webui import services
from webui.problems import Throttled

_LINES_PER_MINUTE = 6
_MOST_LETTERS = 100

_logger = logging.getLogger(__name__)


def write(kind: str, message: str, *args: object) -> None:
    """Logs a refusal; the kinds are limited each by itself."""
    try:
        services.current().rate_limits.allowance("lines of refusals", _LINES_PER_MINUTE, 60).spend(kind)
    except Throttled:
        return
    _logger.warning(message, *args)


def shown(text: str) -> str:
    """What a client sent, short enough for a line, and in letters that a terminal can show."""
    cut = text if len(text) <= _MOST_LETTERS else f"{text[:_MOST_LETTERS]}..."
    return ascii(cut)[1:-1] if not cut.isprintable() or not cut.isascii() else cut
