"""What the list of versions shows of each, and of the change that is under way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from recognizer.engines.graph_files import Precision
from webui.review.figures import agreement_by_model
from webui.versions import lenient, listing
from webui.versions.answering import Answering
from webui.versions.lenient import Validation
from webui.versions.listing import Listed
from webui.versions.models import Outcome, Switch

_NEWS_FOR = timedelta(minutes=10)


@dataclass(frozen=True)
class Agreement:
    """How often people said that a version was right, of the answers that they judged."""

    agreed: int
    n: int

    @property
    def share(self) -> float:
        """0 to 1."""
        return self.agreed / self.n


@dataclass(frozen=True)
class Row:
    """One version in the list."""

    version: Listed
    answers: bool
    """Whether this server answers with it."""
    validation: Validation | None
    agreement: Agreement | None
    """None where nobody has judged any of its answers."""
    made: datetime
    """When its training ended, else when its file was written."""

    @property
    def precision(self) -> Precision | None:
        """The fastest one that it is compiled for."""
        return next(iter(self.version.precisions), None)


@dataclass(frozen=True)
class News:
    """The latest change of the active version, while it is one to speak of."""

    switch: Switch
    outcome: Outcome
    is_answering: bool
    """Whether this server answers with the version already."""

    @property
    def is_open(self) -> bool:
        """Whether looking again in a moment will show something else."""
        return self.outcome == Outcome.RUNNING or (self.outcome == Outcome.DONE and not self.is_answering)


def rows(answering: Answering) -> list[Row]:
    """Every version, the newest first."""
    agreements = agreement_by_model()
    return [_row(version, answering, agreement(version, agreements)) for version in reversed(listing.versions())]


def agreement(version: Listed, counts: Mapping[str, tuple[int, int]]) -> Agreement | None:
    """What people think of a version; answers name a model by what its file says of itself."""
    metadata = version.metadata
    counted = counts.get(f"{metadata.name}-{metadata.version}") if metadata else None
    return Agreement(*counted) if counted and counted[1] else None


def news(answering: Answering) -> News | None:
    """What became of the latest change, if that was just now."""
    latest = Switch.objects.select_related("by").first()
    if latest is None or timezone.now() - (latest.finished or latest.asked) > _NEWS_FOR:
        return None
    return News(latest, latest.shown_outcome, is_answering=not answering.is_behind)


def _row(version: Listed, answering: Answering, agreed: Agreement | None) -> Row:
    metadata = version.metadata
    validation = lenient.results(metadata.results).validation if metadata else None
    made = lenient.provenance(metadata.provenance).finished if metadata else None
    return Row(version, answering.is_with(version), validation, agreed, made or version.modified)
