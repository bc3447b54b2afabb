"""The figures of a model's page: learning curves, reliability diagrams, histograms, precision-recall curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.ticker import PercentFormatter
from sklearn.metrics import average_precision_score, precision_recall_curve

from training.evaluation.evaluate import Evaluation
from training.evaluation.reliability import ReliabilityDiagram
from training.report.svg import ACCENT, INK, LINE, SERIES, SOFT, draw

Floats = npt.NDArray[np.float64]

_HISTOGRAM_BINS = 20
_LARGEST_DOT = 110


@dataclass(frozen=True)
class PrecisionRecall:
    """Precision-recall curves of some classes, with the legend of their colours."""

    svg: Markup
    legend: tuple[tuple[str, str, float], ...]
    """CSS variable, class and average precision of each coloured curve."""
    others: int
    """How many more classes are drawn in grey."""


def reliability_diagram(name: str, measured: ReliabilityDiagram) -> Markup:
    """The reliability diagram: share right against score, with the range in which honest scores would lie."""

    def paint(axes: Axes) -> None:
        bins = measured.bins
        score, right = ([getattr(entry, key) for entry in bins] for key in ("score", "right"))
        low, high = zip(*(entry.honest for entry in bins), strict=True)
        pictures = np.array([entry.pictures for entry in bins])
        axes.plot([0, 1], [0, 1], color=SOFT, linewidth=1.2)
        axes.vlines(score, low, high, color=LINE, linewidth=9)
        axes.scatter(score, right, s=20 + _LARGEST_DOT * pictures / pictures.max(), color=ACCENT, alpha=0.85, zorder=3)
        axes.hlines([*low, *high], *_ends([*score, *score]), color=INK, linewidth=1, zorder=4)
        axes.set(xlabel="what the model says", ylabel="what turns out right", xlim=(-0.03, 1.03), ylim=(-0.05, 1.05))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))

    return draw(name, paint)


def _ends(centres: Sequence[float]) -> tuple[list[float], list[float]]:
    """Where the short lines begin and end that close the bars, above the dots that may hide a short bar."""
    half = 0.014
    return [centre - half for centre in centres], [centre + half for centre in centres]


def histogram(
    name: str, groups: Sequence[tuple[str, str, Floats]], *, label: str, threshold: float | None = None
) -> Markup:
    """A histogram of the scores in each of some groups of pictures.

    Args:
        name: name of the drawing.
        groups: what each is called, its colour and its scores.
        label: what the scores are called.
        threshold: below it, a picture is not accepted; None where there is none.
    """
    groups = [group for group in groups if len(group[2])]
    everything = np.concatenate([scores for _, _, scores in groups])
    edges = np.linspace(min(0.0, everything.min()), max(1.0, everything.max()), _HISTOGRAM_BINS + 1)

    def paint(axes: Axes) -> None:
        for title, colour, scores in groups:
            shares = np.histogram(scores, edges)[0] / len(scores)
            axes.stairs(shares, edges, color=colour, linewidth=2, label=title)
            axes.stairs(shares, edges, color=colour, alpha=0.15, fill=True)
        if threshold is not None:
            axes.axvline(threshold, color=INK, linestyle="--", linewidth=1.2, label="threshold")
        # A good model gives almost everything the highest score; on a plain axis nothing else would show.
        axes.set_yscale("function", functions=(np.sqrt, np.square))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.set_yticks([0, 0.01, 0.05, 0.2, 0.5, 1], minor=False)
        axes.set(xlabel=label, ylabel="share of the pictures", ylim=(0, 1))
        axes.legend(loc="upper center")

    return draw(name, paint)


def precision_recall(evaluation: Evaluation) -> PrecisionRecall | None:
    """Precision-recall curves of each class against all others, the worst in colour; None for a single class."""
    curves = sorted(
        ((_average_precision(evaluation, label), label) for label in np.unique(evaluation.labels)),
        key=lambda curve: curve[0],
    )
    if len(curves) < 2:
        return None
    coloured, others = curves[: len(SERIES)], curves[len(SERIES) :]

    def paint(axes: Axes) -> None:
        for _, label in others:
            _plot_curve(axes, evaluation, label, LINE)
        for (_, label), colour in reversed(list(zip(coloured, SERIES, strict=False))):
            _plot_curve(axes, evaluation, label, colour)
        lowest = _lowest_corner(evaluation)
        axes.set(xlabel="found (recall)", ylabel="right when named (precision)")
        axes.set(xlim=(lowest, 1.01), ylim=(lowest, 1.01))
        axes.xaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))

    legend = tuple(
        (f"--series-{number}", evaluation.class_names[label], precision)
        for number, (precision, label) in enumerate(coloured, start=1)
    )
    return PrecisionRecall(draw("precision-recall", paint), legend, len(others))


def _average_precision(evaluation: Evaluation, label: int) -> float:
    return float(average_precision_score(evaluation.labels == label, evaluation.probabilities[:, label]))


def _plot_curve(axes: Axes, evaluation: Evaluation, label: int, colour: str) -> None:
    precision, recall, _ = precision_recall_curve(evaluation.labels == label, evaluation.probabilities[:, label])
    axes.plot(recall, precision, color=colour, drawstyle="steps-post")


def _lowest_corner(evaluation: Evaluation) -> float:
    """Where the axes begin, so that the curves of a good model are no thin line along the edge: 0 to 0.9."""
    lowest = min(min(figures.precision.value, figures.recall.value) for figures in evaluation.classes if figures.n)
    return float(np.clip(np.floor(10 * lowest - 1) / 10, 0, 0.9))
