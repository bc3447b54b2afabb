"""Chooses how much of the fine-tuned weights the result keeps, by what they lose on pictures held back."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

SHARES = (0.0, 0.25, 0.5, 0.75, 1.0)


class Choice(NamedTuple):
    """The share that was chosen, and what each one lost."""

    share: float
    losses: Mapping[float, float]


def choose(loss_of: Callable[[float], float], shares: Sequence[float] = SHARES) -> Choice:
    """The share of the fine-tuned weights with the lowest loss (WiSE-FT, Wortsman et al. 2022).

    Of equals the lowest share, the one nearest to the probe: it keeps more of what the backbone knew. A loss that is
    no number is worse than any other.

    Args:
        loss_of: the mean loss on pictures held back of the network with a share of the fine-tuned weights.
        shares: those to choose from, from 0 (the probe) to 1 (fine-tuned).
    """
    losses = {share: loss_of(share) for share in sorted(shares)}
    return Choice(min(losses, key=lambda share: math.inf if math.isnan(losses[share]) else losses[share]), losses)
