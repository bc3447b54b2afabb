"""Tells which version this process answers with, and whether that is the one that should."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from recognizer.registry import versions
from webui import services
from webui.inference import served_model
from webui.inference.served_model import State
from webui.versions.listing import Listed


@dataclass(frozen=True)
class Answering:
    """The version that this process answers with at a moment."""

    path: Path | None
    """The model file that answers; None while the first one is starting, or has failed."""
    digest: str
    engine: str
    problem: str
    """Why the file that should be served is not; names no folder of the server."""
    step: str
    """What takes a file that is being opened so long."""
    shortfall: str
    """Why the one that answers is slower than it could be."""
    pinned: Path | None
    """The file in the setting `MENAGERIE_MODEL`, which is served whatever is active."""

    @property
    def stem(self) -> str:
        """The name of the file that answers, without its suffix; empty where none does."""
        return self.path.stem if self.path else ""

    def is_with(self, version: Listed) -> bool:
        """Whether a version is the one that answers, as its file is now."""
        return self.path == version.path and self.digest == version.contents.digest

    @property
    def is_behind(self) -> bool:
        """Whether another version is active than the one that answers, with nothing in its way."""
        active = versions.or_none(versions.active, settings.ENVIRONMENT.models)
        return not self.pinned and not self.problem and active is not None and active != self.path


def now() -> Answering:
    """The version that this process answers with now; never waits."""
    model, pinned = services.current().model, settings.ENVIRONMENT.model
    problem, step, shortfall = (
        served_model.without_folders(text or "") for text in (model.problem, model.step, model.shortfall)
    )
    if model.state is not State.READY:
        return Answering(None, "", "", problem, step, shortfall, pinned)
    recognizer = model.recognizer()
    source = recognizer.artifact
    return Answering(source.path, source.digest, recognizer.engine.name, problem, step, shortfall, pinned)
