"""Says where pictures of other things differ from those of the classes in what is no thing: their size and sharpness.

A model that is shown large pictures of other things and small ones of its classes learns to turn away large pictures.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

from training.audit.findings import NETWORK_SIDE_PX, Finding, FindingKind
from training.audit.image_check import ImageCheck

# Probability that one of the classes' pictures can be told from one of other things by the one number alone. Between
# 200 photographs each of animals, of other animals and of things, it was at most 0.74.
_TOLD_APART = 0.85
_LEAST = 10


def differences(known: Sequence[ImageCheck], unknown: Sequence[ImageCheck]) -> Iterator[Finding]:
    """The findings about pictures of other things; none where one of the two is too few.

    Args:
        known: pictures of the classes.
        unknown: pictures of other things.
    """
    yield from _compared(known, unknown, _seen_side_px, _side_px, ("larger", "smaller"), "pixels on the short side")
    yield from _compared(known, unknown, _sharpness, _sharpness, ("sharper", "softer"), "sharpness")


def _compared(
    known: Sequence[ImageCheck],
    unknown: Sequence[ImageCheck],
    compared: Callable[[ImageCheck], float | None],
    shown: Callable[[ImageCheck], float | None],
    words: tuple[str, str],
    unit: str,
) -> Iterator[Finding]:
    inside, outside = (_values(checks, compared) for checks in (known, unknown))
    if min(len(inside), len(outside)) < _LEAST:
        return
    above = _share_above(inside, outside)
    if max(above, 1 - above) >= _TOLD_APART:
        middle, other = (f"{np.median(_values(checks, shown)):,.0f}" for checks in (known, unknown))
        word = words[0] if above > 0.5 else words[1]
        detail = f"Those of other things are {word}: {other} against {middle} in the middle ({unit})."
        yield Finding(FindingKind.UNKNOWN_DIFFERS, (), detail)


def _share_above(inside: np.ndarray, outside: np.ndarray) -> float:
    """Probability that a value outside is above one inside; half of the equal ones count."""
    ordered = np.sort(inside)
    below = np.searchsorted(ordered, outside, "left") + np.searchsorted(ordered, outside, "right")
    return float(below.mean() / 2 / len(inside))


def _values(checks: Sequence[ImageCheck], value: Callable[[ImageCheck], float | None]) -> np.ndarray:
    return np.array([found for check in checks if (found := value(check)) is not None])


def _side_px(check: ImageCheck) -> float:
    return min(check.facts.width, check.facts.height)


def _seen_side_px(check: ImageCheck) -> float:
    """What a network sees of it: larger pictures are scaled down."""
    return min(_side_px(check), NETWORK_SIDE_PX)


def _sharpness(check: ImageCheck) -> float | None:
    return check.quality.sharpness
