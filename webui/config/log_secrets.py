"""Keeps out of the log what opens something, the tokens of shared answers, and who asked, the addresses of clients."""

from __future__ import annotations

import logging
import re

_TOKEN = re.compile(r"(/shared/)[^/\s]+")
_CLIENT = re.compile(r"\A(Invalid request) from ip=\S*?(?=: )")


class WithoutTokens(logging.Filter):
    """A filter for handlers that takes tokens out of lines; every line is written."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True; Django's lines about faults name the address of the request."""
        message = record.getMessage()
        if "/shared/" in message:
            record.msg, record.args = _TOKEN.sub(r"\1...", message), ()
        return True


class WithoutClients(logging.Filter):
    """A filter for gunicorn's logger that takes the client's address out of its lines about malformed requests."""

    def filter(self, record: logging.LogRecord) -> bool:
        """True; every line is written."""
        message = record.getMessage()
        if _CLIENT.match(message):
            record.msg, record.args = _CLIENT.sub(r"\1", message), ()
        return True
