"""The rows of the list of versions, and the news of an activation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from recognizer.engines.graph_files import Precision
from recognizer.model_file.results import Validation
from webui.review.figures import agreement_by_model
from webui.versions import listing
from webui.versions.answering import Answering
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
        """The share of agreement, 0 to 1."""
        return self.agreed / self.n


@dataclass(frozen=True)
class Row:
    """One version in the list of versions."""

    version: Listed
    answers: bool
    """Whether this server answers with it."""
    validation: Validation | None
    agreement: Agreement | None
    """None where nobody has judged any of its answers."""
    made: datetime
    """When its training ended, else when its file was written."""
    copy_of: str = ""
    """The version whose file is the same, where that comes before this one."""

    @property
    def precision(self) -> Precision | None:
        """The fastest precision that the version is compiled for."""
        return next(iter(self.version.precisions), None)


@dataclass(frozen=True)
class News:
    """The latest activation, while it is recent."""

    switch: Switch
    outcome: Outcome
    is_answering: bool
    """Whether this server answers with the version already."""

    @property
    def is_open(self) -> bool:
        """Whether the page will say something else in a moment."""
        return self.outcome == Outcome.RUNNING or (self.outcome == Outcome.DONE and not self.is_answering)


def rows(answering: Answering) -> list[Row]:
    """A row for every version, the newest first."""
    agreements, found = agreement_by_model(), listing.versions()
    first_of = {version.contents.digest: version.stem for version in reversed(found) if version.metadata}
    return [_row(version, answering, agreement(version, agreements), first_of) for version in reversed(found)]


def agreement(version: Listed, counts: Mapping[str, tuple[int, int]]) -> Agreement | None:
    """How often people agreed with a version; answers name a model by what its file says of itself."""
    metadata = version.metadata
    counted = counts.get(f"{metadata.name}-{metadata.version}") if metadata else None
    return Agreement(*counted) if counted and counted[1] else None


def news(answering: Answering) -> News | None:
    """The latest activation, if it was within the last ten minutes."""
    latest = Switch.objects.select_related("by").first()
    if latest is None or timezone.now() - (latest.finished or latest.asked) > _NEWS_FOR:
        return None
    return News(latest, latest.shown_outcome, is_answering=not answering.is_behind)


def _row(version: Listed, answering: Answering, agreed: Agreement | None, first_of: Mapping[str, str]) -> Row:
    """Args: first_of: the first version of each file, by its digest."""
    metadata = version.metadata
    first = first_of.get(version.contents.digest, version.stem)
    validation = metadata.measured.validation if metadata else None
    made = metadata.origin.finished if metadata else None
    copy_of = "" if first == version.stem else first
    return Row(version, answering.is_with(version), validation, agreed, made or version.modified, copy_of)
