"""RandAugment: some operations out of a list, each as strong as one number says (Cubuk et al. 2020)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from PIL import Image, ImageEnhance, ImageOps

Operation = Callable[[Image.Image, float], Image.Image]


def _enhanced(enhancer: Callable[[Image.Image], ImageEnhance._Enhance]) -> Operation:
    return lambda picture, strength: enhancer(picture).enhance(1 + 0.9 * strength)


def _moved(x: float, y: float, shear_x: float, shear_y: float) -> Operation:
    """Shears and translations; x and y in shares of the picture's sides."""

    def operation(picture: Image.Image, strength: float) -> Image.Image:
        width, height = picture.size
        matrix = (1, shear_x * strength, x * strength * width, shear_y * strength, 1, y * strength * height)
        return picture.transform(
            picture.size, Image.Transform.AFFINE, matrix, Image.Resampling.BILINEAR, fillcolor=_middle_grey(picture)
        )

    return operation


def _rotated(picture: Image.Image, strength: float) -> Image.Image:
    return picture.rotate(30 * strength, Image.Resampling.BILINEAR, fillcolor=_middle_grey(picture))


def _middle_grey(picture: Image.Image) -> int | tuple[int, ...]:
    bands = len(picture.getbands())
    return 128 if bands == 1 else (128,) * bands


# Strength is -1 to 1; the strongest are those of the paper's code, as torchvision has them too.
OPERATIONS: dict[str, Operation] = {
    "identity": lambda picture, _: picture,
    "shear_x": _moved(0, 0, 0.3, 0),
    "shear_y": _moved(0, 0, 0, 0.3),
    "translate_x": _moved(0.45, 0, 0, 0),
    "translate_y": _moved(0, 0.45, 0, 0),
    "rotate": _rotated,
    "brightness": _enhanced(ImageEnhance.Brightness),
    "colour": _enhanced(ImageEnhance.Color),
    "contrast": _enhanced(ImageEnhance.Contrast),
    "sharpness": _enhanced(ImageEnhance.Sharpness),
    "posterize": lambda picture, strength: ImageOps.posterize(picture, 8 - round(4 * abs(strength))),
    "solarize": lambda picture, strength: ImageOps.solarize(picture, round(256 * (1 - abs(strength)))),
    "autocontrast": lambda picture, _: ImageOps.autocontrast(picture),
    "equalize": lambda picture, _: ImageOps.equalize(picture),
}


def rand_augment(picture: Image.Image, *, operations: int, magnitude: float, rng: np.random.Generator) -> Image.Image:
    """Varies a picture, RGB or grey, by some random operations.

    Args:
        picture: the original, which is not changed.
        operations: how many, drawn with replacement.
        magnitude: 0 to 10, the strongest; its sign is drawn for each where it has one.
        rng: decides which.
    """
    for which in rng.integers(len(OPERATIONS), size=operations):
        operation = list(OPERATIONS.values())[which]
        picture = operation(picture, magnitude / 10 * float(rng.choice((-1, 1))))
    return picture
