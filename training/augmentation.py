"""Varies a training picture at random: crop, mirror, rotation, colours.

All of it works on the decoded picture and ends in `preprocessing.resize_box`, so that a varied
picture is scaled by the same code as a served one.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from recognizer.preprocessing import Box, Pixels, Preprocessing, resize_box
from training.config import Augmentation

# Aspect ratios of random crops, as Szegedy et al. 2014 ("Going deeper with convolutions") draw them.
_LOG_ASPECT_RATIOS = (math.log(3 / 4), math.log(4 / 3))


def augment(
    picture: Image.Image, preprocessing: Preprocessing, options: Augmentation, rng: np.random.Generator
) -> Pixels:
    """Draws one variation of an RGB picture; uint8 RGB (S, S, 3)."""
    if options.rotation_deg and rng.random() < 0.5:
        angle = rng.uniform(-options.rotation_deg, options.rotation_deg)
        picture = picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_mean_colour(picture))
    pixels = resize_box(picture, _random_box(picture.size, options.smallest_crop, rng), preprocessing)
    small = Image.fromarray(pixels)
    if rng.random() < options.mirror:
        small = ImageOps.mirror(small)
    return np.asarray(_recolour(small, options, rng))


def _random_box(size: tuple[int, int], smallest: float, rng: np.random.Generator) -> Box:
    """A box of a random area and aspect ratio somewhere in a picture of (width, height)."""
    area = size[0] * size[1] * rng.uniform(smallest, 1)
    aspect = math.exp(rng.uniform(*_LOG_ASPECT_RATIOS))
    width = min(math.sqrt(area * aspect), size[0])
    height = min(math.sqrt(area / aspect), size[1])
    left, top = rng.uniform(0, size[0] - width), rng.uniform(0, size[1] - height)
    return left, top, left + width, top + height


def _recolour(picture: Image.Image, options: Augmentation, rng: np.random.Generator) -> Image.Image:
    for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
        picture = enhancer(picture).enhance(1 + rng.uniform(-options.colour, options.colour))
    if rng.random() < options.grey:
        picture = ImageOps.grayscale(picture).convert("RGB")
    return picture


def _mean_colour(picture: Image.Image) -> tuple[int, int, int]:
    red, green, blue = np.asarray(picture.resize((1, 1), Image.Resampling.BOX))[0, 0]
    return int(red), int(green), int(blue)
