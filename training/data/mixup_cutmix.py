"""Mixup and cutmix: mixes the pictures of a batch, and their labels with them."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from training.config import Augmentation

Floats = npt.NDArray[np.float32]


def mixup_cutmix(
    pictures: Floats, labels: Floats, weights: Floats, options: Augmentation, rng: np.random.Generator
) -> tuple[Floats, Floats, Floats]:
    """Mixes each picture with another of its batch; where both mixup and cutmix are on, each has half of the batches.

    Args:
        pictures: (N, S, S, C).
        labels: (N, classes), the shares of the classes.
        weights: (N,), of the pictures in the loss.
        options: `mixup` and `cutmix`, the alphas; with none of them nothing is mixed.
        rng: decides how, and who with whom.

    Returns:
        The same three, mixed. The loss is that of both labels, each with its own weight and its share of the picture.
    """
    if not options.mixes:
        return pictures, labels, weights
    partner = rng.permutation(len(pictures))
    cut = options.mixup == 0 or (options.cutmix > 0 and rng.random() < 0.5)
    alpha = options.cutmix if cut else options.mixup
    share = float(rng.beta(alpha, alpha))
    if cut:
        pictures, share = _paste(pictures, pictures[partner], share, rng)
    else:
        pictures = np.float32(share) * pictures + np.float32(1 - share) * pictures[partner]
    weighted = labels * weights[:, None]
    mixed = np.float32(share) * weighted + np.float32(1 - share) * weighted[partner]  # (N, classes)
    total = mixed.sum(axis=1)
    return pictures, mixed / total[:, None], total


def _paste(pictures: Floats, others: Floats, share: float, rng: np.random.Generator) -> tuple[Floats, float]:
    """Pastes a box of (1 - share) of the area of each of `others` into `pictures`, somewhere (Yun et al. 2019).

    Returns:
        The pictures, and the share of them that is left: the box may reach over the edge.
    """
    height, width = pictures.shape[1:3]
    side = math.sqrt(1 - share)
    top, bottom = _span(height, side, rng)
    left, right = _span(width, side, rng)
    pasted = pictures.copy()
    pasted[:, top:bottom, left:right] = others[:, top:bottom, left:right]
    return pasted, 1 - (bottom - top) * (right - left) / (height * width)


def _span(length: int, side: float, rng: np.random.Generator) -> tuple[int, int]:
    centre, half = rng.integers(length), round(length * side) // 2
    return max(int(centre) - half, 0), min(int(centre) + half, length)
