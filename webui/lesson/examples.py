"""The worked example of each chapter, computed by the server: shown without the script, compared with by it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from webui.lesson import arithmetic, grids, kinds
from webui.lesson.grids import Grid
from webui.lesson.kinds import KINDS, Cost, Kind
from webui.lesson.network import Network
from webui.lesson.pictures import Chosen

_SIDE = 11
_DIAGONAL = np.array([[1, -1, -1], [-1, 1, -1], [-1, -1, 1]], float)


@dataclass(frozen=True)
class Example:
    """What one chapter shows."""

    for_script: dict[str, Any]
    """What the script computes, too, and compares."""
    grids: dict[str, Grid] = field(default_factory=dict)
    numbers: dict[str, Any] = field(default_factory=dict)
    size: str = ""
    sentence: str = ""
    kinds: Sequence[KindRow] = ()
    rows: Sequence[ScoreRow] = ()
    optimizers: Sequence[OptimizerCard] = ()


@dataclass(frozen=True)
class KindRow:
    """A kind of convolution, with its cost for one map."""

    kind: Kind
    cost: Cost
    share: float
    """Of the most multiply-adds."""

    @property
    def millions(self) -> str:
        """Multiply-adds."""
        return f"{self.cost.multiply_adds / 1e6:.{2 if self.cost.multiply_adds < 1e7 else 1}f}"


@dataclass(frozen=True)
class ScoreRow:
    """One class with a logit and its score."""

    label: str
    logit: float
    score: float


@dataclass(frozen=True)
class OptimizerCard:
    """One optimizer with its rule and its first step."""

    name: str
    title: str | Promise
    rule: str
    rate: float
    step: str

    @property
    def log_rate(self) -> float:
        """Where its slider stands."""
        return round(math.log10(self.rate), 2)


def of(slug: str, network: Network, picture: Chosen | None) -> Example:
    """The example of a chapter.

    Args:
        slug: of the chapter.
        network: the model that answers now.
        picture: that the reader has chosen, in the chapters that need one.
    """
    examples: dict[str, Callable[[], Example]] = {
        "convolution": _convolution,
        "sharing": lambda: _sharing(network),
        "kinds": _kinds,
        "first-layer": lambda: _first_layer(network, picture),
        "scores": lambda: _scores(network),
        "descent": _descent,
    }
    return examples[slug]()


def _convolution() -> Example:
    """The letter X, the kernel of its falling diagonal, ReLU, the largest of 2 x 2."""
    picture = np.eye(_SIDE) * 9
    picture = np.maximum(picture, picture[:, ::-1])
    made = arithmetic.convolve(picture, _DIAGONAL)
    active = arithmetic.relu(made)
    pooled = arithmetic.max_pool(active, 2)
    numbers = {"picture": picture, "kernel": _DIAGONAL, "map": made, "active": active, "pooled": pooled}
    captions = {
        "kernel": _("Kernel"),
        "map": _("Map"),
        "active": _("Activated map"),
        "pooled": _("Pooled map"),
    }
    return Example(
        for_script={name: values.tolist() for name, values in numbers.items()},
        grids={
            "picture": grids.picture(_("Picture"), picture),
            **{name: grids.signed(caption, numbers[name]) for name, caption in captions.items()},
        },
        size=f"⌊({_SIDE} + 2·0 − {len(_DIAGONAL)}) / 1⌋ + 1 = {len(made)}",
        sentence=_products(picture[:3, :3], _DIAGONAL),
    )


def _products(values: arithmetic.Numbers, weights: arithmetic.Numbers) -> str:
    """The sum in full: 9·1 + 0·(−1) + ... = 27."""
    pairs = zip(values.ravel().tolist(), weights.ravel().tolist(), strict=True)
    factors = [
        f"{grids.written(value)}·{f'({grids.written(weight)})' if weight < 0 else grids.written(weight)}"
        for value, weight in pairs
    ]
    return f"{' + '.join(factors)} = {grids.written(float((values * weights).sum()))}"


def _sharing(network: Network) -> Example:
    """The weights of two layers; a cross in the middle, which a convolution and one fully connected unit know."""
    side, channels, units, kernel, filters = network.preprocessing.input_size, 3, 1000, 3, 64
    cross = np.array([[9, 0, 9], [0, 9, 0], [9, 0, 9]], float)
    picture, unit = np.zeros((_SIDE, _SIDE)), np.zeros((_SIDE, _SIDE))
    weights = np.where(cross > 0, 1.0, -1.0)
    picture[4:7, 4:7], unit[4:7, 4:7] = cross, weights
    made = arithmetic.convolve(picture, weights)
    return Example(
        for_script={
            "picture": picture.tolist(),
            "kernel": weights.tolist(),
            "unit": unit.tolist(),
            "map": made.tolist(),
            "said": float((picture * unit).sum()),
        },
        grids={
            "picture": grids.picture(_("Picture"), picture),
            "map": grids.signed(_("Map of a convolution"), made),
            "unit": grids.signed(_("Weights of one unit"), unit),
        },
        numbers={
            "dense_formula": f"{side} × {side} × {channels} × {units} =",
            "dense": f"{side * side * channels * units:,}",
            "shared_formula": f"{kernel} × {kernel} × {channels} × {filters} =",
            "shared": f"{kernel * kernel * channels * filters:,}",
        },
    )


def _kinds() -> Example:
    """All kinds over a map of 56 x 56 with 64 channels, as ResNet-50 has them after its first stage."""
    sizes = {"side": 56, "channels": 64, "filters": 64, "kernel": 3, "groups": 4}
    costs = [kinds.cost(kind, **sizes) for kind in KINDS]
    most = max(cost.multiply_adds for cost in costs)
    return Example(
        for_script={"costs": [{"weights": cost.weights, "multiplyAdds": cost.multiply_adds} for cost in costs]},
        kinds=[
            KindRow(kind, cost, round(cost.multiply_adds / most, 3)) for kind, cost in zip(KINDS, costs, strict=True)
        ],
    )


def _first_layer(network: Network, picture: Chosen | None) -> Example:
    """Mean and variance of the first filter's map, before and after batch normalisation."""
    if network.layer is None or picture is None:
        return Example(for_script={})
    pixels = picture.pixels(network.preprocessing)
    made = network.layer.map_of(0, pixels, network.preprocessing)
    numbers = {"side": len(made), "mean": f"{made.mean():.3f}", "variance": f"{made.var():.3f}"}
    if network.layer.batch_norm is not None:
        after = network.layer.batch_norm.applied(made, 0)
        numbers |= {"mean_after": f"{after.mean():.3f}", "variance_after": f"{after.var():.3f}"}
    return Example(for_script={}, numbers=numbers)


def _scores(network: Network) -> Example:
    """Four logits, their scores at two temperatures, and the loss for each class."""
    names = network.metadata.class_names if network.metadata else _CLASS_NAMES
    labels = [*names, *_CLASS_NAMES][: len(_LOGITS)] if len(names) < len(_LOGITS) else names[: len(_LOGITS)]
    scores = arithmetic.softmax(_LOGITS)
    powers = [f"{math.exp(logit):.3g}" for logit in _LOGITS]
    activations = np.array(_ACTIVATIONS)
    return Example(
        for_script={
            "logits": _LOGITS,
            "scores": scores.tolist(),
            "softer": arithmetic.softmax(_LOGITS, 2).tolist(),
            "losses": (-np.log(scores)).tolist(),
            "activations": activations.ravel().tolist(),
        },
        grids={"activations": grids.signed(pgettext("a layer", "Before"), activations)},
        rows=[ScoreRow(*row) for row in zip(labels, _LOGITS, scores.tolist(), strict=True)],
        sentence=f"{powers[0]} / ({' + '.join(powers)}) = {scores[0]:.3f}",
        size=f"−ln {scores[0]:.3f} = {-math.log(scores[0]):.3f}",
    )


def _descent() -> Example:
    """The first step of each optimizer in a long valley."""
    start, gradient = (-5.0, 2.0), (-0.5, 4.0)
    steps = arithmetic.first_steps(gradient, _RATES)
    return Example(
        for_script={"start": start, "gradient": gradient, "rates": _RATES, "steps": steps},
        numbers={"start": _pair(start), "gradient": _pair(gradient)},
        optimizers=[
            OptimizerCard(name, title, rule, _RATES[name], _pair(steps[name])) for name, (title, rule) in _RULES.items()
        ],
    )


def _pair(values: Sequence[float]) -> str:
    return f"({', '.join(grids.written(value) for value in values)})"


_CLASS_NAMES = ("cat", "chicken", "dog", "horse")
_LOGITS = [2.0, 1.0, 0.5, -1.0]
_ACTIVATIONS = [[1.2, 0.4, 2.0, 0.7], [0.3, 1.6, 0.9, 0.1], [2.4, 0.6, 1.1, 0.8], [0.5, 1.9, 0.2, 1.3]]
_RATES = {"sgd": 0.4, "momentum": 0.1, "adam": 0.4}
_RULES: dict[str, tuple[str | Promise, str]] = {
    "sgd": ("SGD", "w ← w − η·g"),
    "momentum": (gettext_lazy("Momentum"), "v ← 0.9·v − η·g;  w ← w + v"),
    "adam": ("Adam", "w ← w − η·m̂ / (√v̂ + ε)"),
}
