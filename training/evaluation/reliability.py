"""The reliability of a model's scores: of pictures with a score of 0.8, are 8 in 10 right?

    scores, right -> bins -> expected calibration error        (Guo et al. 2017, arXiv:1706.04599)

Only the best class's score counts, the one that people see.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from training.evaluation.confidence_intervals import CONFIDENCE, Interval, mean_interval

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

BINS = 15
_SIMULATIONS = 1000
_SEED = 1
# Simulated answers at once, so that a million pictures do not fill the memory.
_MAX_SIMULATED = 20_000_000


@dataclass(frozen=True)
class Bin:
    """A bin of a reliability diagram: the pictures whose scores lie between two bounds."""

    pictures: int
    score: float
    """Mean of the scores in the bin."""
    right: float
    """Share of the bin's pictures that were answered right."""
    honest: Interval
    """Where that share lies in 95 % of all cases if the scores mean what they say: "consistency bars" of Bröcker &
    Smith 2007, "Increasing the Reliability of Reliability Diagrams"."""


@dataclass(frozen=True)
class ReliabilityDiagram:
    """Scores compared with what turned out right, bin by bin."""

    bins: tuple[Bin, ...]
    """The bins that hold pictures."""
    error: float
    """Expected calibration error: mean distance between score and share right, 0 to 1."""
    error_by_chance: float
    """Scores that mean exactly what they say have an error up to this, in 95 % of all samples of as many pictures."""

    @property
    def is_proven_off(self) -> bool:
        """Whether chance alone hardly explains the error."""
        return self.error > self.error_by_chance


@dataclass(frozen=True)
class Reliability:
    """How far a model's probabilities can be trusted, in the usual figures."""

    equal_mass: ReliabilityDiagram
    """With bins of equal mass: the headline."""
    equal_width: ReliabilityDiagram
    log_loss: float
    """Mean negative logarithm of the right class's probability; 0 is perfect."""
    log_loss_interval: Interval | None
    brier: float
    """Mean squared distance between probabilities and truth, 0 to 2; 0 is perfect."""
    brier_interval: Interval | None

    def to_dict(self) -> dict[str, Any]:
        """The figures as `evaluate --json` prints them."""
        return {
            "expected_calibration_error": self.equal_mass.error,
            "expected_calibration_error_by_chance": self.equal_mass.error_by_chance,
            "expected_calibration_error_equal_width": self.equal_width.error,
            "expected_calibration_error_equal_width_by_chance": self.equal_width.error_by_chance,
            "log_loss": self.log_loss,
            "log_loss_interval": self.log_loss_interval,
            "brier": self.brier,
            "brier_interval": self.brier_interval,
        }


def measure_reliability(
    probabilities: Floats, labels: npt.NDArray[np.int64], scores: Floats, right: Bools
) -> Reliability:
    """Measures how far a model's probabilities can be trusted.

    Args:
        probabilities: (N, C), probability of each class.
        labels: (N,), index of the right class.
        scores: (N,), probability of the best class.
        right: (N,), whether the best class is the right one.
    """
    losses, brier = log_losses(probabilities, labels), brier_scores(probabilities, labels)
    return Reliability(
        equal_mass=equal_mass(scores, right),
        equal_width=equal_width(scores, right),
        log_loss=float(losses.mean()),
        log_loss_interval=mean_interval(losses),
        brier=float(brier.mean()),
        brier_interval=mean_interval(brier),
    )


def equal_mass(scores: Floats, right: Bools) -> ReliabilityDiagram:
    """The reliability diagram with 15 bins of about as many pictures each: our headline.

    Most scores of a good model lie in the last of the usual bins, and a few pictures in each of the others dominate
    the error. Bins of equal mass have less bias (Roelofs et al. 2022, "Mitigating Bias in Calibration Error
    Estimation", arXiv:2012.08668). Equal scores share a bin, so that the order of the pictures does not matter.
    """
    edges = np.unique(np.quantile(scores, np.linspace(0, 1, BINS + 1)[1:-1]))
    return _reliability(scores, right, np.searchsorted(edges, scores, side="left"))


def equal_width(scores: Floats, right: Bools) -> ReliabilityDiagram:
    """The reliability diagram with 15 bins of equal width, which most papers report (Guo et al. 2017)."""
    edges = np.linspace(0, 1, BINS + 1)[1:-1]
    return _reliability(scores, right, np.searchsorted(edges, scores, side="left"))


def log_losses(probabilities: Floats, labels: npt.NDArray[np.int64]) -> Floats:
    """(N,) negative logarithms of the right class's probability.

    Answers have six decimals, so 0 stands for anything below half of the last one.
    """
    of_label = np.take_along_axis(probabilities, labels[:, None], axis=1)[:, 0]
    return -np.log(np.clip(of_label, 5e-7, 1.0))


def brier_scores(probabilities: Floats, labels: npt.NDArray[np.int64]) -> Floats:
    """(N,) squared distances between the probabilities and the truth, 0 to 2 (Brier 1950)."""
    truth = np.eye(probabilities.shape[1])[labels]
    return np.asarray(((probabilities - truth) ** 2).sum(axis=1))


def without_temperature(probabilities: Floats, temperature: float) -> Floats:
    """(N, C): what the probabilities would be if the logits were not divided by the temperature."""
    powers = probabilities**temperature
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def _reliability(scores: Floats, right: Bools, places: npt.NDArray[np.int64]) -> ReliabilityDiagram:
    """`places` (N,) says which bin each picture is in; the higher its score, the higher is that."""
    order = np.argsort(scores)  # What is drawn for a picture goes by its score, not by the name of its file.
    scores, right, places = scores[order], right[order], places[order]
    _, members = np.unique(places, return_inverse=True)
    pictures = np.bincount(members)
    score, share = (np.bincount(members, weights=values) / pictures for values in (scores, right))
    simulated = _simulated_shares(scores, pictures)  # (1000, B)
    low, high = np.quantile(simulated, [(1 - CONFIDENCE) / 2, (1 + CONFIDENCE) / 2], axis=0)
    weights = pictures / pictures.sum()
    bins = (
        Bin(int(count), float(s), float(r), (float(a), float(b)))
        for count, s, r, a, b in zip(pictures, score, share, low, high, strict=True)
    )
    return ReliabilityDiagram(
        bins=tuple(bins),
        error=float(np.abs(share - score) @ weights),
        error_by_chance=float(np.quantile(np.abs(simulated - score) @ weights, CONFIDENCE)),
    )


def _simulated_shares(scores: Floats, pictures: npt.NDArray[np.int64]) -> Floats:
    """(1000, B) shares right, in worlds where each picture is right with the probability that its score says.

    Args:
        scores: (N,), ascending, and so bin by bin.
        pictures: (B,), how many each bin has.
    """
    generator = np.random.default_rng(_SEED)
    starts = np.concatenate([[0], np.cumsum(pictures)[:-1]])
    at_once = max(1, _MAX_SIMULATED // len(scores))
    worlds = []
    for start in range(0, _SIMULATIONS, at_once):
        size = (min(at_once, _SIMULATIONS - start), len(scores))
        is_right = generator.random(size, np.float32) < scores
        worlds.append(np.add.reduceat(is_right, starts, axis=1, dtype=np.int64) / pictures)
    return np.concatenate(worlds)
