"""The problem of a project that cannot be trained, or of a training that cannot go on."""

from __future__ import annotations

from recognizer.errors import CallerError


class NotTrainable(CallerError):
    """There is nothing to train on, or to go on with; `reason` says what is missing."""

    code = "not_trainable"
    title = "This cannot be trained"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason
