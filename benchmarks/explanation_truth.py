"""Judges heat maps by deletion and insertion: does what is hot matter to the network?

hottest first: covered with grey -> the class's probability should drop soon -> area under the curve, less is better
hottest first: uncovered from a blurred picture -> it should rise soon -> area, more is better

Petsiuk et al. 2018, "RISE", https://arxiv.org/abs/1806.07421. Beside each map a random one of the same coarseness.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from recognizer import Recognizer, calibration
from recognizer.explain import class_activation, occlusion
from recognizer.images.decode import Picture
from recognizer.preprocessing import kept_box

STEPS = 20
_BLUR = 12
_CELLS = 7

Floats = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Areas:
    """Under the curves of one map, 0 to 1."""

    deletion: float
    insertion: float


def report(recognizer: Recognizer, shown: Sequence[Picture]) -> None:
    """Prints the mean areas of our maps and of random ones."""
    found = [beside_random(recognizer, picture, seed) for seed, picture in enumerate(shown)]
    for name, better in (("deletion", "less"), ("insertion", "more")):
        ours, random = (np.mean([getattr(pair[at], name) for pair in found]) for at in (0, 1))
        sign = -1 if better == "less" else 1
        wins = np.mean([sign * getattr(one, name) > sign * getattr(other, name) for one, other in found])
        print(
            f"{name} ({better} is better), {len(found)} pictures: {ours:.3f}, random {random:.3f}, better in {wins:.0%}"
        )


def beside_random(recognizer: Recognizer, picture: Picture, seed: int) -> tuple[Areas, Areas]:
    """The areas of the map of a picture's best class, and of a random map.

    Raises:
        ValueError: the network has no heat maps.
    """
    small = occlusion.shrunk(picture, recognizer.metadata.preprocessing.input_size)
    looks = recognizer.look([small])
    label = int(looks.logits[0].argmax())
    explainer = recognizer.explainer(looks)
    if explainer is None:
        raise ValueError("Expected a network with heat maps.")
    size = small.rgb.size
    evidence = explainer.evidence(looks.outputs.feature_map[0], label)
    ours = class_activation.over_picture(
        evidence - evidence.min(), size, kept_box(size, recognizer.metadata.preprocessing)
    )
    random = np.random.default_rng(seed).random((_CELLS, _CELLS), np.float32)
    other = class_activation.over_picture(random, size, (0, 0, *size))
    return areas(recognizer, small, label, ours), areas(recognizer, small, label, other)


def areas(recognizer: Recognizer, picture: Picture, label: int, heat: Floats) -> Areas:
    """The areas under both curves of one map.

    Args:
        recognizer: looks once at each picture.
        picture: no larger than the network's input.
        label: index of the class.
        heat: (height, width).
    """
    grey = Image.new("RGB", picture.rgb.size, occlusion.grey(recognizer.metadata.preprocessing))
    blurred = picture.rgb.filter(ImageFilter.GaussianBlur(_BLUR))
    return Areas(
        deletion=_area(recognizer, picture, label, _mixed(picture.rgb, grey, heat)),
        insertion=_area(recognizer, picture, label, _mixed(blurred, picture.rgb, heat)),
    )


def _mixed(before: Image.Image, after: Image.Image, heat: Floats) -> list[Image.Image]:
    """From one picture to another, the hottest pixels first, in as many steps."""
    order = np.argsort(-heat, axis=None, kind="stable")
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    masks = (rank.reshape(heat.shape) < share * order.size for share in np.linspace(0, 1, STEPS + 1))
    return [Image.composite(after, before, Image.fromarray(mask.astype(np.uint8) * 255, "L")) for mask in masks]


def _area(recognizer: Recognizer, picture: Picture, label: int, steps: Sequence[Image.Image]) -> float:
    logits = recognizer.run([replace(picture, rgb=rgb) for rgb in steps]).logits
    scores = calibration.probabilities(logits, recognizer.metadata.temperature)[:, label]
    return float(np.trapezoid(scores, dx=1 / STEPS))
