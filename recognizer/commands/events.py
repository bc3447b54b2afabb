"""A file of events, for another program that wants to know how far long work is: one JSON object a line.

A dream:

    {"event": "started", "steps": 36}
    {"event": "step", "done": 12, "steps": 36, "octave": 1, "octaves": 3, "share": 0.15, "seconds": 4.1}
    {"event": "picture", "done": 12, "file": "step-012.jpg", "width": 261, "height": 196}
    {"event": "done", "file": "dream.jpg", "width": 512, "height": 384, "seconds": 14.2}

A training:

    {"event": "started", "seconds": 0.0}
    {"event": "progress", "stage": "Computing features", "done": 3, "total": 32, "seconds": 21.4}
    {"event": "pictures", "training": 340, "held_back": 60, "classes": ["cat", "dog"], "left_out": 2, "seconds": 9.8}
    {"event": "epoch", "phase": "conv5", "epoch": 1, "epochs": 8, "loss": 0.41, "val_accuracy": 0.93, "seconds": 80.2}
    {"event": "wrong", "wrong": 3, "of": 60, "pictures": [{"file": "cat/7.jpg", "actual": "cat", "said": "dog", ...}]}
    {"event": "estimate", "seconds_left": 410.0, "seconds": 95.0}
    {"event": "done", "model": "pets-1.h5", "report": "pets-1.report.html", "right": 58, "of": 60, "seconds": 301.7}

A batch; what an earlier run has answered counts as done, and `share` is that of what this one has to do:

    {"event": "started", "steps": 2000, "done": 512}
    {"event": "step", "steps": 2000, "done": 530, "errors": 3, "share": 0.012, "seconds": 0.5}

An export:

    {"event": "started", "seconds": 0.0}
    {"event": "done", "folder": "export", "seconds": 41.3}

All end with `failed` where they fail, a training with `stopped` where somebody stopped it:

    {"event": "failed", "code": "invalid_dataset", "message": "Expected two classes or more: ..."}

`seconds` is the time since the work began. A reader takes whole lines only: the last one may be half written. It
passes over events and fields that it does not know. All but ASCII is escaped, so that a file name which is not UTF-8
can be told as well.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from recognizer import files, terminal
from recognizer.errors import CallerError, MenagerieError

_FIRST_BYTES = b'{"event": '
Value = str | float | Sequence[str] | Sequence[Mapping[str, str | float]]


class Events:
    """Writes events to a file, each at once."""

    def __init__(self, path: Path | None) -> None:
        """Begins the file anew; without a path, nothing is written.

        Raises:
            CallerError: another program wrote what is in the file.
            OSError: it cannot be written there.
        """
        if path and files.begins_otherwise(path, _FIRST_BYTES):  # Else a slip of the pen would empty a model.
            raise CallerError(f"{path} is no file of events, and is left as it is. Choose another file for --events.")
        self._file = path.open("w", encoding="utf-8") if path else None
        self._began = time.monotonic()

    @property
    def seconds(self) -> float:
        """Since they were begun."""
        return round(time.monotonic() - self._began, 2)

    def write(self, event: str, **fields: Value) -> None:
        """Adds a line."""
        if self._file:
            self._file.write(json.dumps({"event": event, **fields}) + "\n")
            self._file.flush()

    def close(self) -> None:
        """Ends the file."""
        if self._file:
            self._file.close()


@contextmanager
def told(path: Path | None) -> Iterator[Events]:
    """The events of one piece of work; where it fails with an error that its caller can understand, they say why.

    Raises:
        CallerError: another program wrote what is in the file.
        OSError: they cannot be written there.
    """
    events = Events(path)
    try:
        yield events
    except (MenagerieError, ModuleNotFoundError, OSError) as err:
        known = terminal.not_installed(err) if isinstance(err, ModuleNotFoundError) else err
        if known:
            code = _code(known)
            with suppress(OSError):  # A full disk may refuse the event as well.
                events.write("stopped" if code == "stopped" else "failed", code=code, message=_message(known))
        raise
    finally:
        events.close()


def _code(error: MenagerieError | OSError) -> str:
    """What the event of an error calls it; a full disk is one cause, whatever could not be written to it."""
    if files.lacks_space(error):
        return "storage_full"
    return error.code if isinstance(error, MenagerieError) else "os_error"


def _message(error: MenagerieError | OSError) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error)
