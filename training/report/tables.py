"""The tables of a model's page, as its template wants them."""

from __future__ import annotations

from dataclasses import dataclass

from training.audit.findings import Finding, FindingKind
from training.audit.inspect import Audit
from training.evaluation.open_set import OpenSetEvaluation, UnknownKind

# A kind is read off file names. Of fewer pictures, it might as well be the name of one.
_LEAST_OF_A_KIND = 5


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


def findings(audit: Audit | None) -> list[Found]:
    """The findings of an audit by kind, the gravest first."""
    if audit is None:
        return []
    return [
        Found(kind, count, tuple(finding for finding in audit.findings if finding.kind is kind))
        for kind, count in audit.counts().items()
    ]
