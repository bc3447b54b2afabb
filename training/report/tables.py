"""The tables of a model's page, as its template wants them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from training.audit.findings import Finding, FindingKind
from training.audit.inspect import Audit
from training.evaluation.confidence_intervals import Share
from training.evaluation.evaluate import Evaluation
from training.evaluation.open_set import OpenSetEvaluation, UnknownKind

MAX_MATRIX_CLASSES = 50
_MAX_CONFUSIONS = 10
# A kind is read off file names. Of fewer pictures, it might as well be the name of one.
_LEAST_OF_A_KIND = 5


@dataclass(frozen=True)
class Cell:
    """Pictures of one class that were taken for another, or for itself."""

    pictures: int
    share: float
    """Of the pictures of the class."""
    is_right: bool


@dataclass(frozen=True)
class Confusion:
    """Two classes that are mixed up."""

    actual: str
    predicted: str
    share: Share


@dataclass(frozen=True)
class Found:
    """All findings of one kind in an audit."""

    kind: FindingKind
    count: int
    findings: tuple[Finding, ...]


def matrix(evaluation: Evaluation) -> list[tuple[str, list[Cell]]] | None:
    """The confusion matrix, row by row; None where it is too large to be read."""
    if len(evaluation.class_names) > MAX_MATRIX_CLASSES:
        return None
    rows = zip(evaluation.class_names, evaluation.confusion_matrix.tolist(), strict=True)
    return [
        (name, [Cell(count, Share(count, sum(row)).value, position == index) for position, count in enumerate(row)])
        for index, (name, row) in enumerate(rows)
    ]


def confusions(evaluation: Evaluation) -> list[Confusion]:
    """What is mixed up most often, in pictures."""
    pairs = Counter((mistake.actual, mistake.predicted) for mistake in evaluation.mistakes)
    totals = {figures.name: figures.n for figures in evaluation.classes}
    return [
        Confusion(actual, predicted, Share(count, totals[actual]))
        for (actual, predicted), count in pairs.most_common(_MAX_CONFUSIONS)
    ]


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
