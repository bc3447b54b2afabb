"""What to expect of a source that a model has not met, from how it did on others: a beta-binomial model.

Each source has a share of its own, which is drawn from a beta distribution; its pictures are right with that share. How
good the mean source is and how much sources differ are both unknown: every pair of the two on a grid counts as much as
it explains what was seen (Skellam 1948; Gelman et al., Bayesian Data Analysis, chapter 5). So few sources give a wide
answer, a source of three pictures counts for little, and sources that were all right do not promise 100 of 100.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import brentq
from scipy.special import betainc, betaln
from scipy.stats import beta

from training.evaluation.confidence_intervals import Interval, Share

FEWEST = 5
"""Sources. From fewer, nobody can say how much sources differ."""

_WORST = 0.25
_MEANS = 100
_CORRELATIONS = 30
# Of being right, between two pictures of one source: 0 where all sources are alike, 1 where each is right in all
# or none. The mean of the prior is 0.14.
_PRIOR_OF_CORRELATION = (0.5, 3)

_Floats = npt.NDArray[np.float64]


def expected(shares: Sequence[Share]) -> Interval | None:
    """From what the worst quarter of new sources gets, to the mean of all; None of too few sources.

    Not the interval around the mean: whoever uses a model has one source, his own, and not the mean of them. The better
    half surprises nobody, and is left out.

    Args:
        shares: of the pictures of each source that was not learned from, how many are right.
    """
    seen = [share for share in shares if share.whole]
    if len(seen) < FEWEST:
        return None
    a, b, weights = _posterior(Counter((share.part, share.whole) for share in seen))
    mean = float(weights @ (a / (a + b)))
    border = brentq(lambda value: float(weights @ betainc(a, b, value)) - _WORST, 0, 1)
    # Mean of a beta distribution below a border: its mean times the share below it of one with a + 1.
    below = float(weights @ (a / (a + b) * betainc(a + 1, b, border)))
    missing = _WORST - float(
        weights @ betainc(a, b, border)
    )  # Of shares that lie so near to 1 that no number is between.
    return float(np.clip((below + missing * border) / _WORST, 0, mean)), mean


def in_words(interval: Interval) -> str:
    """An interval as numbers out of 100: "92 to 96 of 100"; rounded down, so that it never promises all."""
    low, high = (int(100 * bound) for bound in interval)
    return f"about {low} of 100" if low == high else f"{low} to {high} of 100"


def sentence(right: Interval | None, accepted: Interval | None) -> str:
    """What a new user should expect; "" where nobody can say."""
    parts = [
        f"{in_words(interval)} to be {what}"
        for interval, what in ((right, "named rightly"), (accepted, "accepted as one of the classes"))
        if interval is not None
    ]
    if not parts:
        return ""
    return (
        f"Of pictures from people and places that it has not met, expect {', and '.join(parts)} (the worst quarter of"
        " sources, and their mean)."
    )


def _posterior(seen: Mapping[tuple[int, int], int]) -> tuple[_Floats, _Floats, _Floats]:
    """(G,) both parameters of the beta distributions on the grid, and (G,) how much each counts."""
    means, correlations = np.meshgrid(
        beta.ppf(_middles(_MEANS), 0.5, 0.5), beta.ppf(_middles(_CORRELATIONS), *_PRIOR_OF_CORRELATION)
    )
    size = ((1 - correlations) / correlations).ravel()
    a, b = means.ravel() * size, (1 - means.ravel()) * size
    likelihood = np.zeros(len(a))
    for (part, whole), sources in seen.items():
        likelihood += sources * (betaln(part + a, whole - part + b) - betaln(a, b))
    weights = np.exp(likelihood - likelihood.max())
    return a, b, weights / weights.sum()


def _middles(count: int) -> _Floats:
    """(count,) probabilities that stand for parts of equal probability."""
    return (np.arange(count) + 0.5) / count
