"""The tables of a model's page, as its template wants them."""

from __future__ import annotations

from dataclasses import dataclass

from recognizer.model_file import results
from training.audit.findings import Finding, FindingKind
from training.audit.inspect import Audit
from training.evaluation.by_source import BySource, SourceRow
from training.evaluation.confidence_intervals import Share
from training.evaluation.open_set import OpenSetEvaluation, UnknownKind

# A kind is read off file names. Of fewer pictures, it might as well be the name of one.
_LEAST_OF_A_KIND = 5
_MOST_SOURCES = 10


@dataclass(frozen=True)
class Found:
    """All findings of one kind in an audit."""

    kind: FindingKind
    count: int
    findings: tuple[Finding, ...]


def kinds(unknown: OpenSetEvaluation, folder: str, *, photographs: bool) -> list[UnknownKind]:
    """The kinds of unknown pictures in a top folder, the most accepted first.

    Without photographs, kinds of few pictures are left out: their names may be those of single pictures.
    """
    least = 1 if photographs else _LEAST_OF_A_KIND
    found = [kind for kind in unknown.by_kind if kind.folder == folder and kind.accepted.whole >= least]
    return sorted(found, key=lambda kind: -kind.accepted.value)


@dataclass(frozen=True)
class Recorded:
    """What a model file says of one share on sources that it did not learn from."""

    title: str
    sources: int
    pictures: int
    rows: tuple[Share, ...]
    """The worst sources with pictures enough, the worst first."""
    not_shown: int
    """Sources that are not among the rows."""


def sources(divided: BySource | None, *, photographs: bool) -> list[tuple[str, SourceRow]]:
    """What each row by source is called, and the row. Without photographs, names of sources are left out, too."""
    rows = divided.rows if divided else ()
    return [
        (row.title if photographs or row.name is None else f"source {number}", row)
        for number, row in enumerate(rows, start=1)
    ]


def recorded(found: results.BySource | None) -> list[Recorded]:
    """What a model file says of sources that it did not learn from, share by share."""
    named = (("Named rightly", found.right), ("Accepted as one of its classes", found.accepted)) if found else ()
    return [_recorded(title, of_sources) for title, of_sources in named if of_sources is not None]


def _recorded(title: str, found: results.Sources) -> Recorded:
    rows = tuple(Share(row.part, row.whole) for row in (found.rows or ())[:_MOST_SOURCES])
    return Recorded(title, found.sources, found.pictures, rows, max(0, found.sources - len(rows)))


def findings(audit: Audit | None) -> list[Found]:
    """The findings of an audit by kind, the gravest first."""
    if audit is None:
        return []
    return [
        Found(kind, count, tuple(finding for finding in audit.findings if finding.kind is kind))
        for kind, count in audit.counts().items()
    ]
