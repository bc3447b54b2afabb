"""95 % confidence intervals: how sure a figure is that was measured on some pictures, and how far from the truth.

They hold for more pictures of the same kind and origin. Pictures from elsewhere are another question.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import binomtest, bootstrap

CONFIDENCE = 0.95
Interval = tuple[float, float]

_RESAMPLES = 2000
_SEED = 1
# Resamples that are drawn at once; all of them for 100,000 pictures would take 1.6 GB.
_BATCH = 100


@dataclass(frozen=True)
class Share:
    """A share of some pictures, such as an accuracy, with its confidence interval."""

    part: int
    whole: int

    @property
    def value(self) -> float:
        """The share as a number, 0 to 1; 0 where there are no pictures."""
        return self.part / self.whole if self.whole else 0.0

    @property
    def interval(self) -> Interval | None:
        """Wilson's score interval (Wilson 1927); None where there are no pictures.

        Not a bootstrap: of pictures that were all answered right, every resample is all right, and the interval
        would have no width. Wilson's has one, and covers best of the usual ones (Brown, Cai & DasGupta 2001,
        "Interval Estimation for a Binomial Proportion").
        """
        if not self.whole:
            return None
        found = binomtest(self.part, self.whole).proportion_ci(CONFIDENCE, method="wilson")
        return float(found.low), float(found.high)


def f1_interval(true_positives: int, false_positives: int, false_negatives: int) -> Interval | None:
    """The confidence interval of an F1 score; None where that is undefined.

    F1 = 2J / (1 + J) for J = TP / (TP + FP + FN), which is a share: Wilson's interval of J, mapped to F1. The "Wilson
    indirect method" of Lam, Gopal & Qian 2023, "Confidence Intervals for the F1 Score", arXiv:2309.14621.
    """
    interval = Share(true_positives, true_positives + false_positives + false_negatives).interval
    if interval is None:
        return None
    low, high = (2 * bound / (1 + bound) for bound in interval)
    return low, high


def mean_interval(values: npt.NDArray[np.float64]) -> Interval | None:
    """The confidence interval of a mean of (N,) values, by the percentile bootstrap (Efron 1979); None below two.

    The order of the values does not matter.
    """
    if len(values) < 2:
        return None
    found = bootstrap(
        (np.sort(values),),
        np.mean,
        confidence_level=CONFIDENCE,
        method="percentile",
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        rng=np.random.default_rng(_SEED),
    ).confidence_interval
    return float(found.low), float(found.high)
