"""The rule of a cascade: what the small network answers itself, chosen on some pictures and applied to others.

small network: sure of the name and familiar -> the name | quite unlike the classes -> none of these | else -> large one

The borders are the widest at which, on the pictures that they are chosen on, the small network's answers hold no more
mistakes than the large network's answers to the same pictures, give or take an allowance.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest

from benchmarks.cascade_features import Floats, Photograph
from recognizer.engines import second_look
from recognizer.model_file.rejection_record import SecondLook
from training.calibration import folds
from training.calibration.head_rejection import ACCEPTED_SHARE
from training.calibration.looks import CROP_SIDE
from training.calibration.ood import threshold

Mask = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int64]
_QUANTILES = 60
_BAND, _MARGIN = (0.005, 0.10), 3.0
"""Of the second look, as a calibration sets it."""


@dataclass(frozen=True)
class Shown:
    """The pictures whose features are there, in the order of those."""

    labels: Labels
    """(N,) class indices; -1 of other things."""
    groups: npt.NDArray[np.str_]
    """(N,) source, or folder and kind."""
    fold: Labels
    """(N,) whole sources and whole kinds."""

    @classmethod
    def of(cls, photographs: Sequence[Photograph], rows: npt.NDArray[np.int64]) -> Shown:
        """Divides all pictures, so that it is the same division however many are done."""
        labels = np.array([one.label for one in photographs])
        groups = np.array([one.group for one in photographs])
        fold = np.zeros(len(labels), np.int64)
        for part in (labels >= 0, labels < 0):
            fold[part] = folds.whole(groups[part])
        return cls(labels[rows], groups[rows], fold[rows])

    @property
    def known(self) -> npt.NDArray[np.bool_]:
        """(N,) whether it shows one of the classes."""
        return self.labels >= 0


@dataclass(frozen=True)
class Judged:
    """What a network says of N pictures, each by heads that have not seen its fold."""

    logits: Floats
    """(N, C), scaled so that they suit pictures that were left out."""
    scores: Floats
    """(N,) in-distribution scores."""


@dataclass(frozen=True)
class Answers:
    """Answers to N pictures."""

    names: Labels
    """(N,) the best class."""
    accepted: Mask
    """(N,) whether that is the answer; else it is none of these."""

    def mistakes(self, labels: Labels) -> tuple[Mask, Mask, Mask]:
        """(N,) each: a class misnamed, a class turned away, another thing taken for a class."""
        known = labels >= 0
        return known & (self.names != labels), known & ~self.accepted, ~known & self.accepted

    def right(self, labels: Labels) -> Mask:
        """(N,) the right name and accepted, or another thing turned away."""
        return np.asarray(~np.logical_or.reduce(self.mistakes(labels)))


@dataclass(frozen=True)
class Large:
    """The large network's answers after the second look, and what they took."""

    answers: Answers
    passes: Floats
    """(N,) 1 or 2."""


def large(first: Judged, again: Judged, shown: Shown) -> Large:
    """The large network alone, its second look and its threshold set on the known pictures of the other folds."""
    names, accepted = np.zeros(len(shown.labels), np.int64), np.zeros(len(shown.labels), bool)
    passes = np.ones(len(shown.labels), np.float32)
    for number in range(folds.FOLDS):
        inside = shown.fold == number
        looks, border = _calibrated(first.scores, again.scores, shown.known & ~inside)
        unsure = second_look.unsure(first.scores, first.logits, looks) & inside
        logits = first.logits + unsure[:, None] * again.logits
        scores = np.where(unsure, second_look.combined_scores(first.scores, again.scores, looks), first.scores)
        names[inside], accepted[inside] = logits.argmax(axis=1)[inside], (scores >= border)[inside]
        passes += unsure
    return Large(Answers(names, accepted), passes)


def _calibrated(first: Floats, again: Floats, known: Mask) -> tuple[SecondLook, float]:
    """The band of the second look, and the threshold, as `training.calibration` sets them."""
    lowest, highest = np.quantile(first[known], _BAND)
    while True:
        looks = SecondLook(lowest=float(lowest), highest=float(highest), logit_margin=_MARGIN, side=CROP_SIDE)
        border = threshold(second_look.combined_scores(first, again, looks)[known], ACCEPTED_SHARE)
        if border <= highest:
            return looks, border
        highest = border


@dataclass(frozen=True)
class Rule:
    """When the small network answers."""

    familiar: float
    """From this score on, and ..."""
    margin: float
    """... with the best name so far above the second, the answer is the name."""
    unfamiliar: float
    """Up to this score, which is below `familiar`, it is none of these."""

    def answers(self, small: Judged) -> tuple[Mask, Mask]:
        """(N,) each: which it names, and which it turns away."""
        named = (small.scores >= self.familiar) & (second_look.margin(small.logits) >= self.margin)
        return named, small.scores <= self.unfamiliar


def choose(small: Judged, big: Answers, labels: Labels, chosen: Mask, allowance: float) -> Rule:
    """The rule that hands on least, of those with no more mistakes than the large network makes on the chosen pictures.

    Args:
        small: what the small network says.
        big: what the large one answers.
        labels: (N,) -1 for other things.
        chosen: (N,) the pictures that the rule may be chosen on.
        allowance: how many more of each kind of mistake are allowed, as a share of the known, or other, pictures.
    """
    known = labels >= 0
    names, margins = small.logits.argmax(axis=1), second_look.margin(small.logits)
    misnamed, refused, taken = big.mistakes(labels)
    more_misnamed = (known & (names != labels)).astype(int) - misnamed
    more_taken = (~known).astype(int) - taken
    spare_known, spare_other = allowance * (chosen & known).sum(), allowance * (chosen & ~known).sum()
    best, most = (np.inf, np.inf), 0
    for familiar in np.quantile(small.scores[chosen & known], np.linspace(0, 1, _QUANTILES)):
        for margin in np.quantile(margins[chosen], np.linspace(0, 1, _QUANTILES)):
            inside = chosen & (small.scores >= familiar) & (margins >= margin)
            fits = more_misnamed[inside].sum() <= spare_known and more_taken[inside].sum() <= spare_other
            if fits and inside.sum() > most:
                best, most = (float(familiar), float(margin)), int(inside.sum())
    order = np.sort(small.scores[chosen & ~known])
    unfamiliar = -np.inf
    more_refused = known.astype(int) - refused
    for score in order[np.linspace(0, len(order) - 1, 4 * _QUANTILES).astype(int)]:
        inside = chosen & (small.scores <= score)
        worst = max(more_refused[inside].sum(), more_misnamed[inside].sum())
        if score < best[0] and worst <= spare_known:
            unfamiliar = float(score)
    return Rule(*best, unfamiliar)


@dataclass(frozen=True)
class Pair:
    """The answers of both together."""

    answers: Answers
    handed_on: Mask


def across_folds(small: Judged, big: Answers, shown: Shown, allowance: float) -> Pair:
    """Both together: each fold's answers by the rule that was chosen on the others."""
    names, accepted, handed_on = big.names.copy(), big.accepted.copy(), np.ones(len(big.names), bool)
    for number in range(folds.FOLDS):
        inside = shown.fold == number
        named, refused = choose(small, big, shown.labels, ~inside, allowance).answers(small)
        own = inside & (named | refused)
        names[own], accepted[own], handed_on[own] = small.logits.argmax(axis=1)[own], named[own], False
    return Pair(Answers(names, accepted), handed_on)


def mcnemar(before: Mask, after: Mask) -> tuple[int, int, float]:
    """How many are wrong only after, how many only before, and the exact two-sided p of McNemar's test.

    Args:
        before: (N,) what was wrong.
        after: (N,) what is wrong now.
    """
    broken, mended = int((after & ~before).sum()), int((before & ~after).sum())
    return broken, mended, float(binomtest(broken, broken + mended).pvalue) if broken + mended else 1.0
