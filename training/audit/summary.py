"""Counts what a data set consists of: classes, sizes, file formats, colour modes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from training.audit.image_check import FileFacts


@dataclass(frozen=True)
class Summary:
    """A data set in numbers: pictures by class, file format, colour mode and size."""

    files: Mapping[str, int]
    """Picture files in each class, the unusable ones included."""
    usable: Mapping[str, int]
    """Pictures in each class that can be trained on."""
    formats: Mapping[str, int]
    """Pictures of each file format."""
    modes: Mapping[str, int]
    """Pictures of each colour mode, as in `FileFacts.mode`."""
    short_sides_px: Mapping[str, int]
    """Smallest, middle and largest short side of the readable pictures; empty where there are none."""
    megabytes: float


def summarize(files: Mapping[str, int], usable: Mapping[str, int], facts: Sequence[FileFacts]) -> Summary:
    """Summarizes a data set.

    Args:
        files: picture files in each class.
        usable: pictures in each class that can be trained on.
        facts: of each readable picture.
    """
    short_sides = [min(fact.width, fact.height) for fact in facts]
    marks = np.percentile(short_sides, (0, 50, 100)) if facts else ()
    return Summary(
        files=files,
        usable=usable,
        formats=dict(Counter(fact.format for fact in facts).most_common()),
        modes=dict(Counter(fact.mode for fact in facts).most_common()),
        short_sides_px={
            name: round(mark) for name, mark in zip(("smallest", "middle", "largest"), marks, strict=False)
        },
        megabytes=round(sum(fact.bytes for fact in facts) / 1e6, 1),
    )
