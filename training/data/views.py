"""Views of a picture that a last layer is fitted on, beside the picture as it is served.

    picture -> its central square | varied | as if it had been taken, shrunk and stored by somebody else -> pixels

A picture's view depends on the seed and the picture alone, so that its features can be kept.
"""

from __future__ import annotations

import io
import math
from enum import StrEnum

import numpy as np
from PIL import Image, ImageFilter

from recognizer.preprocessing import Box, Pixels, Preprocessing, kept_box, resize_box
from training.config import Augmentation
from training.data.augmentation import augment, random_box

_BILINEAR = Image.Resampling.BILINEAR


class View(StrEnum):
    """How a picture is shown."""

    SERVED = "served"
    """As serving shows it."""
    SQUARE = "square"
    """Its central square: where serving stretches the whole picture, things have their own proportions here."""
    VARIED = "varied"
    """Cropped, mirrored, in other colours as the recipe's augmentation has it, and often in lower quality."""
    RESOLUTION = "resolution"
    """In another resolution and quality, nearly whole. Known and unknown pictures get it alike, or a fit would learn
    which of the two has the larger files."""


def show(
    picture: Image.Image,
    view: View,
    preprocessing: Preprocessing,
    augmentation: Augmentation,
    rng: np.random.Generator,
) -> Pixels:
    """A view of an RGB picture: uint8 RGB (S, S, 3), for `normalize`."""
    match view:
        case View.SERVED:
            return resize_box(picture, kept_box(picture.size, preprocessing), preprocessing)
        case View.SQUARE:
            return resize_box(picture, _central_square(picture.size), preprocessing)
        case View.VARIED:
            pixels = augment(picture, preprocessing, augmentation, rng)
            return _worsened(pixels, rng) if rng.random() < augmentation.degradation else pixels
        case View.RESOLUTION if rng.random() < augmentation.degradation:
            return _resolution(picture, preprocessing, augmentation, rng)
        case View.RESOLUTION:
            return show(picture, View.SERVED, preprocessing, augmentation, rng)


def numbered(view: int) -> View:
    """The view with a number, from 0: first each of them, then more variations."""
    return tuple(View)[view] if view < len(View) else View.VARIED


def shrunk(picture: Image.Image, short_side: int) -> Image.Image:
    """The picture with at most this short side, in pixels."""
    scale = short_side / min(picture.size)
    if scale >= 1:
        return picture
    return picture.resize((max(1, round(picture.width * scale)), max(1, round(picture.height * scale))), _BILINEAR)


def _central_square(size: tuple[int, int]) -> Box:
    side = min(size)
    left, top = (size[0] - side) / 2, (size[1] - side) / 2
    return left, top, left + side, top + side


def _worsened(pixels: Pixels, rng: np.random.Generator) -> Pixels:
    """Blur, few pixels, JPEG: each now and then."""
    picture = Image.fromarray(pixels)
    side = picture.width
    if rng.random() < 0.3:
        picture = picture.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 2) * side / 224))
    if rng.random() < 0.4:
        fewer = max(1, round(rng.uniform(0.29, 0.71) * side))
        picture = picture.resize((fewer, fewer), _BILINEAR).resize((side, side), _BILINEAR)
    if rng.random() < 0.4:
        picture = _through_jpeg(picture, rng.uniform(15, 70))
    return np.asarray(picture)


def _resolution(
    picture: Image.Image, preprocessing: Preprocessing, augmentation: Augmentation, rng: np.random.Generator
) -> Pixels:
    side = preprocessing.input_size
    box = kept_box(picture.size, preprocessing)
    if augmentation.smallest_crop < 1 and rng.random() < 0.5:
        box = random_box(picture.size, 0.6, rng)
    shown = Image.fromarray(resize_box(picture, box, preprocessing))
    if rng.random() < 0.75:
        fewer = max(1, round(math.exp(rng.uniform(math.log(0.21), 0.0)) * side))
        shown = shown.resize((fewer, fewer), _BILINEAR)
    if rng.random() < 0.35:
        shown = shown.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.5) * shown.width / 224))
    if rng.random() < 0.6:
        shown = _through_jpeg(shown, rng.uniform(30, 95))
    pixels = np.asarray(shown.resize((side, side), _BILINEAR))
    return pixels[:, ::-1] if rng.random() < augmentation.mirror else pixels


def _through_jpeg(picture: Image.Image, quality: float) -> Image.Image:
    file = io.BytesIO()
    picture.save(file, "JPEG", quality=round(quality))
    return Image.open(file).convert("RGB")
