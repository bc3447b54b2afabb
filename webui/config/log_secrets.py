"""Keeps what opens something out of the log: the tokens of shared answers, which stand in their addresses."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"(/shared/)[^/\s]+")


class WithoutTokens(logging.Filter):
    """A filter for handlers that takes tokens out of lines; every line is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True; Django's lines about faults name the address of the request."""
        message = record.getMessage()
        if "/shared/" in message:
            record.msg, record.args = _TOKEN.sub(r"\1...", message), ()
        return True
