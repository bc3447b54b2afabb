"""A file of events, for another program that wants to know how far a dream is: one JSON object a line.

    {"event": "started", "steps": 36}
    {"event": "step", "done": 12, "steps": 36, "octave": 1, "octaves": 3, "share": 0.15, "seconds": 4.1}
    {"event": "picture", "done": 12, "file": "step-012.jpg", "width": 261, "height": 196}
    {"event": "done", "file": "dream.jpg", "width": 512, "height": 384, "seconds": 14.2}
    {"event": "failed", "code": "invalid_dream", "message": "Expected a class of this model: ..."}

A reader takes whole lines only: the last one may be half written. It passes over events that it does not know.
"""

from __future__ import annotations

import json
from pathlib import Path


class Events:
    """Writes events to a file, each at once."""

    def __init__(self, path: Path | None) -> None:
        """Begins the file anew; without a path, nothing is written.

        Raises:
            OSError: it cannot be written there.
        """
        self._file = path.open("w", encoding="utf-8") if path else None

    def write(self, event: str, **fields: str | float) -> None:
        """Adds a line."""
        if self._file:
            self._file.write(json.dumps({"event": event, **fields}) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        if self._file:
            self._file.close()
