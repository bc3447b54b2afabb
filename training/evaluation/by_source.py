"""An evaluation source by source, the worst first: how a model does for each person, place or camera.

Evaluation and the source of each picture -> BySource: a row a source, and what a new one should expect
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from recognizer.model_file import results
from training.evaluation import new_source
from training.evaluation.confidence_intervals import Interval, Share
from training.evaluation.evaluate import Answered, Evaluation

FEW = 10
"""A source with fewer pictures is shown together with others like it: of a single picture, 0 % says nothing."""
_MOST_RECORDED = 50


@dataclass(frozen=True)
class SourceRow:
    """How a model does on one source, or on several that have few pictures."""

    name: str | None
    """None of several sources."""
    sources: int
    right: Share
    """Of its pictures, those whose best class is right, accepted or not."""
    accepted: Share

    @property
    def title(self) -> str:
        """What people call it."""
        return self.name or f"{self.sources} sources with fewer than {FEW} pictures"

    def to_dict(self) -> dict[str, Any]:
        """The row as `evaluate --json` prints it."""
        return {
            "name": self.name,
            "sources": self.sources,
            "n": self.right.whole,
            "right": self.right.value,
            "right_interval": self.right.interval,
            "accepted": self.accepted.value,
            "accepted_interval": self.accepted.interval,
        }


@dataclass(frozen=True)
class BySource:
    """An evaluation source by source."""

    each: tuple[SourceRow, ...]
    """Every source on its own, the worst first, by the lower of its two shares."""

    @property
    def rows(self) -> tuple[SourceRow, ...]:
        """The sources with pictures enough, the worst first; then the others as one."""
        few = [row for row in self.each if row.right.whole < FEW]
        if len(few) < 2:  # A single one stays what it is.
            return self.each
        together = SourceRow(None, len(few), summed(row.right for row in few), summed(row.accepted for row in few))
        return (*(row for row in self.each if row.right.whole >= FEW), together)

    @cached_property
    def expected_right(self) -> Interval | None:
        """What share of its pictures a new source should expect to be right, see `new_source.expected`."""
        return new_source.expected([row.right for row in self.each])

    @cached_property
    def expected_accepted(self) -> Interval | None:
        """What share it should expect to be accepted; None where everything is."""
        shares = [row.accepted for row in self.each]
        return None if summed(shares).value == 1 else new_source.expected(shares)

    def sentence(self) -> str:
        """What a new user should expect, in words."""
        found = new_source.sentence(self.expected_right, self.expected_accepted)
        if not found:
            return f"{len(self.each)} sources are too few to say what to expect of others."
        return f"If it was trained on none of these {len(self.each)} sources: {found[0].lower()}{found[1:]}"

    def to_dict(self) -> dict[str, Any]:
        """The figures as `evaluate --json` prints them."""
        return {
            "n": len(self.each),
            "rows": [row.to_dict() for row in self.rows],
            "expected_right": self.expected_right,
            "expected_accepted": self.expected_accepted,
        }


def by_source(evaluation: Evaluation, sources: Mapping[Path, str]) -> BySource:
    """Divides an evaluation.

    Args:
        evaluation: of some pictures.
        sources: where each of them comes from.
    """
    groups: dict[str, list[Answered]] = defaultdict(list)
    for picture in evaluation.answered:
        groups[sources[picture.path]].append(picture)
    rows = [
        SourceRow(
            name,
            1,
            Share(sum(picture.is_right for picture in pictures), len(pictures)),
            Share(sum(picture.prediction.known for picture in pictures), len(pictures)),
        )
        for name, pictures in groups.items()
    ]
    return BySource(tuple(sorted(rows, key=_worst_first)))


def _worst_first(row: SourceRow) -> tuple[float, float, str]:
    """Whoever is named wrongly and whoever is turned away are served alike badly."""
    right, accepted = row.right.value, row.accepted.value
    return min(right, accepted), right + accepted, row.title


def shares_of(sources: Iterable[str], passed: Iterable[bool]) -> list[Share]:
    """Of the pictures of each source, how many passed.

    Args:
        sources: of each picture.
        passed: whether each of them did.
    """
    groups: dict[str, list[bool]] = defaultdict(list)
    for source, has in zip(sources, passed, strict=True):
        groups[source].append(bool(has))
    return [Share(sum(found), len(found)) for found in groups.values()]


def record(shares: Iterable[Share]) -> results.Sources | None:
    """Shares of sources as a model file has them, without names: a model is passed on, names of people are not."""
    ordered = sorted(shares, key=lambda share: share.value)
    if not ordered:
        return None
    shown = [share for share in ordered if share.whole >= FEW][:_MOST_RECORDED]
    return results.Sources(
        sources=len(ordered),
        pictures=sum(share.whole for share in ordered),
        rows=tuple(results.Counted(**asdict(share)) for share in shown),
        expected=new_source.expected(ordered),
    )


def summed(shares: Iterable[Share]) -> Share:
    """Shares of different pictures, counted together."""
    found = list(shares)
    return Share(sum(share.part for share in found), sum(share.whole for share in found))
