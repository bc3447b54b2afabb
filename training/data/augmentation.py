"""Varies a training picture at random: crop, shift, mirror, rotation, colours.

    picture -> rotation -> random crop at the network's size -> shift -> mirror, flip -> colours -> RandAugment

It works on the decoded picture, and scales it with `preprocessing.resize_box`, so by the same code as a served one.
"""

from __future__ import annotations

import math

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

from recognizer.preprocessing import Box, Pixels, Preprocessing, kept_box, resize_box
from training.config import Augmentation
from training.data.rand_augment import rand_augment

# Aspect ratios of random crops, as Szegedy et al. 2014 ("Going deeper with convolutions") draw them.
_LOG_ASPECT_RATIOS = (math.log(3 / 4), math.log(4 / 3))


def augment(
    picture: Image.Image, preprocessing: Preprocessing, options: Augmentation, rng: np.random.Generator
) -> Pixels:
    """A random variation of an RGB picture: uint8 RGB (S, S, 3), for `normalize`."""
    if options.rotation_deg and rng.random() < 0.5:
        angle = rng.uniform(-options.rotation_deg, options.rotation_deg)
        picture = picture.rotate(angle, Image.Resampling.BILINEAR, fillcolor=_mean_colour(picture))
    box = kept_box(picture.size, preprocessing)
    if options.smallest_crop < 1:
        box = random_box(picture.size, options.smallest_crop, rng)
    pixels = resize_box(picture, box, preprocessing)
    if options.translation_px:
        pixels = _shift(pixels, *rng.integers(-options.translation_px, options.translation_px, 2, endpoint=True))
    return _recolour(_flip(pixels, options, rng), options, rng)


def random_box(size: tuple[int, int], smallest: float, rng: np.random.Generator) -> Box:
    """A box of a random area and aspect ratio somewhere in a picture of (width, height).

    It has its area, `smallest` to 1 of the picture's, also where the aspect ratio does not fit into the picture: then
    it has all of one side.
    """
    area = size[0] * size[1] * rng.uniform(smallest, 1)
    aspect = math.exp(rng.uniform(*_LOG_ASPECT_RATIOS))
    width, height = math.sqrt(area * aspect), math.sqrt(area / aspect)
    if width > size[0]:
        width, height = size[0], area / size[0]
    elif height > size[1]:
        width, height = area / size[1], size[1]
    left, top = rng.uniform(0, size[0] - width), rng.uniform(0, size[1] - height)
    return left, top, left + width, top + height


def _shift(pixels: Pixels, down: int, right: int) -> Pixels:
    """Moves a picture (S, S, 3) by whole pixels; its edge goes on into what that leaves."""
    rows, columns = (np.arange(len(pixels)) - by for by in (down, right))
    return pixels.take(rows, axis=0, mode="clip").take(columns, axis=1, mode="clip")


def _flip(pixels: Pixels, options: Augmentation, rng: np.random.Generator) -> Pixels:
    if rng.random() < options.mirror:
        pixels = pixels[:, ::-1]
    if rng.random() < options.vertical_flip:
        pixels = pixels[::-1]
    return pixels


def _recolour(pixels: Pixels, options: Augmentation, rng: np.random.Generator) -> Pixels:
    if not (options.colour or options.grey or options.rand_augment):
        return pixels
    picture = Image.fromarray(pixels)
    if options.colour:
        for enhancer in (ImageEnhance.Brightness, ImageEnhance.Contrast, ImageEnhance.Color):
            picture = enhancer(picture).enhance(1 + rng.uniform(-options.colour, options.colour))
    if rng.random() < options.grey:
        picture = ImageOps.grayscale(picture).convert("RGB")
    picture = rand_augment(picture, operations=options.rand_augment, magnitude=options.rand_augment_magnitude, rng=rng)
    return np.asarray(picture)


def _mean_colour(picture: Image.Image) -> tuple[int, ...]:
    return tuple(np.asarray(picture.resize((1, 1), Image.Resampling.BOX))[0, 0].tolist())
