"""Says where pictures differ in what is no thing: their size, shape, sharpness, JPEG quality and colours.

    pictures of the classes against those of other things -> differences
    the pictures of some classes against those of the others -> differences_of_classes

A model that is shown large pictures of other things and small ones of its classes learns to turn away large pictures,
and one whose cats are all grey calls a grey dog a cat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from training.audit.findings import NETWORK_SIDE_PX, Finding, FindingKind
from training.audit.image_check import ImageCheck

# Probability that one of the classes' pictures can be told from one of other things by the one number alone. Between
# 200 photographs each of animals, of other animals and of things, it was at most 0.74.
_TOLD_APART = 0.85
_LEAST = 10
_NAMED = 3
_WITHOUT_LOSS = ("PNG", "BMP", "DIB", "TIFF", "GIF")

_Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class _Trait:
    """Something by which pictures can be told apart without a look at what they show."""

    compared: Callable[[ImageCheck], float | None]
    """What a network can see of it; None where that cannot be said."""
    shown: Callable[[ImageCheck], float | None]
    """What people are told."""
    more: str
    """What pictures are that have more of it."""
    less: str
    least: float
    """Middles that are closer than this, one divided by the other, look alike to a network."""
    unit: str
    cure: str


def differences(known: Sequence[ImageCheck], unknown: Sequence[ImageCheck]) -> Iterator[Finding]:
    """The findings about pictures of other things; none where one of the two is too few.

    Args:
        known: pictures of the classes.
        unknown: pictures of other things.
    """
    for trait in _TRAITS:
        inside, outside = (_values(checks, trait.compared) for checks in (known, unknown))
        if min(len(inside), len(outside)) >= _LEAST and (word := _told_apart(inside, outside, trait)):
            numbers = f"{_middle(unknown, trait)} against {_middle(known, trait)} {trait.unit}"
            detail = f"Those of other things are {word}: {numbers}. {trait.cure}"
            yield Finding(FindingKind.UNKNOWN_DIFFERS, (), detail)


def differences_of_classes(classes: Mapping[str, Sequence[ImageCheck]]) -> Iterator[Finding]:
    """The findings about classes that can be told from the others by one number alone.

    The classes are put in the order of their means, and divided where the two sides are told apart best: the odd class
    is found, and so are two sources with some classes each.

    Args:
        classes: the pictures of each class; of classes with fewer than ten, nothing is said.
    """
    for trait in _TRAITS:
        values = {name: _values(checks, trait.compared) for name, checks in classes.items()}
        ordered = sorted((name for name in values if len(values[name]) >= _LEAST), key=lambda name: values[name].mean())
        if len(ordered) < 2:
            continue
        lower, upper = _best_cut(ordered, values)
        if word := _told_apart(_joined(lower, values), _joined(upper, values), trait):
            odd, rest = (lower, upper) if len(lower) < len(upper) else (upper, lower)
            word = word if odd is upper else trait.less
            yield Finding(FindingKind.CLASSES_DIFFER, (), _about_classes(odd, rest, classes, trait, word))


def _about_classes(
    odd: Sequence[str], rest: Sequence[str], classes: Mapping[str, Sequence[ImageCheck]], trait: _Trait, word: str
) -> str:
    here, there = (_middle([check for name in names for check in classes[name]], trait) for names in (odd, rest))
    others = f"those of {_named(rest)}" if len(rest) <= _NAMED else "those of the other classes"
    numbers = f"{here} against {there} {trait.unit}"
    learned = f"A model could learn to call whatever is {word} {_named(odd, 'or')}."
    return f"Pictures of {_named(odd)} are {word} than {others}: {numbers}. {learned} {trait.cure}"


def _best_cut(ordered: Sequence[str], values: Mapping[str, _Floats]) -> tuple[Sequence[str], Sequence[str]]:
    cuts = [(ordered[:place], ordered[place:]) for place in range(1, len(ordered))]
    return max(cuts, key=lambda cut: _share_above(_joined(cut[0], values), _joined(cut[1], values)))


def _joined(names: Sequence[str], values: Mapping[str, _Floats]) -> _Floats:
    return np.concatenate([values[name] for name in names])


def _told_apart(inside: _Floats, outside: _Floats, trait: _Trait) -> str:
    """What those outside are, compared with those inside; "" where they are alike."""
    above = _share_above(inside, outside)
    middles = sorted((float(np.median(inside)), float(np.median(outside))))
    if max(above, 1 - above) < _TOLD_APART or middles[1] < trait.least * middles[0]:
        return ""
    return trait.more if above > 0.5 else trait.less


def _share_above(inside: _Floats, outside: _Floats) -> float:
    """Probability that a value outside is above one inside; half of the equal ones count."""
    ordered = np.sort(inside)
    below = np.searchsorted(ordered, outside, "left") + np.searchsorted(ordered, outside, "right")
    return float(below.mean() / 2 / len(inside))


def _values(checks: Sequence[ImageCheck], value: Callable[[ImageCheck], float | None]) -> _Floats:
    return np.array([found for check in checks if (found := value(check)) is not None])


def _middle(checks: Sequence[ImageCheck], trait: _Trait) -> str:
    values = _values(checks, trait.shown)
    if trait is _GREY:
        return f"{100 * values.mean():.0f} %"
    middle = float(np.median(values))
    return f"{middle:,.0f}" if middle >= _LEAST else f"{middle:.2f}"


def _named(names: Sequence[str], last: str = "and") -> str:
    shown = [repr(name) for name in names[:_NAMED]]
    if len(names) > _NAMED:
        return f"{', '.join(shown)} {last} {len(names) - _NAMED} more"
    return f" {last} ".join(filter(None, [", ".join(shown[:-1]), shown[-1]]))


def _side_px(check: ImageCheck) -> float:
    return min(check.facts.width, check.facts.height)


def _seen_side_px(check: ImageCheck) -> float:
    """What a network sees of it: larger pictures are scaled down."""
    return min(_side_px(check), NETWORK_SIDE_PX)


def _shape(check: ImageCheck) -> float:
    return check.facts.width / check.facts.height


def _sharpness(check: ImageCheck) -> float | None:
    return check.quality.sharpness


def _jpeg_quality(check: ImageCheck) -> float | None:
    return 100 if check.facts.format in _WITHOUT_LOSS else check.facts.jpeg_quality


def _seen_jpeg_loss(check: ImageCheck) -> float | None:
    """What a network sees of the quality, the other way round, and from 1: scaled down by half, hardly anything."""
    quality = _jpeg_quality(check)
    if quality is None:
        return None
    return 1.0 if _side_px(check) >= 2 * NETWORK_SIDE_PX else 101 - quality


def _is_grey(check: ImageCheck) -> float:
    return float(check.quality.is_grey)


_MIDDLE = "in the middle"
_GREY = _Trait(
    _is_grey,
    _is_grey,
    "more often grey",
    "more often coloured",
    1.0,
    "without colours",
    "Turn all to grey, or find others.",
)
_TRAITS = (
    _Trait(
        _seen_side_px,
        _side_px,
        "larger",
        "smaller",
        1.25,
        f"{_MIDDLE} (pixels on the short side)",
        "Scale the larger ones down, or find others.",
    ),
    _Trait(_sharpness, _sharpness, "sharper", "softer", 1.5, f"{_MIDDLE} (sharpness)", "Find others."),
    _Trait(
        _seen_jpeg_loss,
        _jpeg_quality,
        "more compressed",
        "less compressed",
        2,
        f"{_MIDDLE} (JPEG quality; 100 for formats without loss)",
        "Save the better ones again with that quality, or find others.",
    ),
    _GREY,
    _Trait(_shape, _shape, "wider", "taller", 1.25, f"{_MIDDLE} (width to height)", "Crop them alike, or find others."),
)
