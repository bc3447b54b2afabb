"""The log as lines of JSON, for programs that collect it: one object a line, whatever is in the message."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime


class JsonLines(logging.Formatter):
    """Writes time, level, logger, the request's id and the message; a traceback as one more field."""

    def format(self, record: logging.LogRecord) -> str:
        """One line, in ASCII."""
        said = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        request_id = getattr(record, "request_id", "-")
        if request_id != "-":
            said["request_id"] = request_id
        if record.exc_info:
            said["exception"] = self.formatException(record.exc_info)
        return json.dumps(said)
