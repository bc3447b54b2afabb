"""Preprocessing: a decoded picture into the network's input, the only place where that happens.

    RGB picture -> resize_and_crop -> uint8 (S, S, 3) -> normalize -> float32 (N, S, S, C), one channel for grey

Training, evaluation and serving all call these two functions with the record stored in the model
file. `fingerprint` proves at load that the code still does what it did when the model was trained.
"""

from __future__ import annotations

import hashlib
import json
from functools import lru_cache
from typing import Annotated, Any, Literal

import numpy as np
import numpy.typing as npt
from PIL import Image
from pydantic import BaseModel, ConfigDict, Field, model_validator

Pixels = npt.NDArray[np.uint8]
Box = tuple[float, float, float, float]

_RESAMPLING = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

Deviation = Annotated[float, Field(gt=0)]

LUMA = (0.299, 0.587, 0.114)
"""How much red, green and blue add to the brightness (ITU-R BT.601). Of a grey picture, the three are the same."""


class Preprocessing(BaseModel):
    """How pixels become a network's input, as stored with its weights."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    input_size: int = Field(ge=8, le=1024)
    """Side of the square input, in pixels."""
    fit: Literal["stretch", "crop"]
    """How a picture becomes square: `stretch` shows all of it, `crop` keeps its proportions and loses its ends."""
    crop_fraction: float = Field(ge=0.01, le=1)
    """Share of each side (`stretch`) or of the short side (`crop`) that is kept, around the centre."""
    interpolation: Literal["bilinear", "bicubic", "lanczos"]
    channel_order: Literal["rgb", "bgr", "grey"]
    mean: tuple[float, float, float] | tuple[float]
    """Subtracted from each channel, in the 0..255 range and in `channel_order`."""
    std: tuple[Deviation, Deviation, Deviation] | tuple[Deviation]
    """Divides each channel after the mean is subtracted."""

    @model_validator(mode="after")
    def _has_a_number_for_each_channel(self) -> Preprocessing:
        if not len(self.mean) == len(self.std) == self.channels:
            raise ValueError(
                f"Expected mean and std of {self.channels} numbers for channel_order={self.channel_order!r}."
                f" Received: mean={self.mean}, std={self.std}"
            )
        return self

    @property
    def channels(self) -> int:
        """How many numbers the network gets for each pixel."""
        return 1 if self.channel_order == "grey" else 3

    @property
    def resized_short_side(self) -> int:
        """Short side, in pixels, that the whole picture would have at the input's scale."""
        return round(self.input_size / self.crop_fraction)

    def changed(self, *, input_size: int, grey: bool | None = None) -> Preprocessing:
        """The record for pictures of another size, or with or without colour.

        Args:
            input_size: as in the record.
            grey: True weighs mean and std by the brightness of their colours, False repeats them for each colour,
                None leaves the channels as they are.
        """
        fields = {**self.model_dump(), "input_size": input_size}
        if grey is not None and grey != (self.channels == 1):
            fields |= self._in_grey() if grey else self._in_colour()
        return Preprocessing(**fields)

    def _in_grey(self) -> dict[str, Any]:
        luma = LUMA[::-1] if self.channel_order == "bgr" else LUMA
        mean, std = (float(np.dot(luma, values)) for values in (self.mean, self.std))
        return {"channel_order": "grey", "mean": (mean,), "std": (std,)}

    def _in_colour(self) -> dict[str, Any]:
        return {"channel_order": "rgb", "mean": self.mean * 3, "std": self.std * 3}


def resize_and_crop(picture: Image.Image, preprocessing: Preprocessing) -> Pixels:
    """Scales the central part of a picture of any size to the input size, in one pass over its pixels.

    Args:
        picture: mode RGB, at least 1 x 1.
        preprocessing: the record stored with the model.

    Returns:
        uint8 RGB, (S, S, 3).
    """
    return resize_box(picture, kept_box(picture.size, preprocessing), preprocessing)


def kept_box(size: tuple[int, int], preprocessing: Preprocessing) -> Box:
    """The part of a picture of some width and height that the network sees: left, top, right, bottom in pixels."""
    width, height = size
    sides = (width, height) if preprocessing.fit == "stretch" else (min(width, height),) * 2
    kept_width, kept_height = (side * preprocessing.crop_fraction for side in sides)
    left, top = (width - kept_width) / 2, (height - kept_height) / 2
    return left, top, left + kept_width, top + kept_height


def resize_box(picture: Image.Image, box: Box, preprocessing: Preprocessing) -> Pixels:
    """Scales the part of a picture inside `box` (left, top, right, bottom) to the input size.

    Returns:
        uint8 RGB, (S, S, 3), antialiased.
    """
    size = (preprocessing.input_size, preprocessing.input_size)
    return np.asarray(picture.resize(size, _RESAMPLING[preprocessing.interpolation], box=box))


def normalize(pixels: Pixels, preprocessing: Preprocessing) -> npt.NDArray[np.float32]:
    """Maps uint8 RGB (N, S, S, 3) to the float32 (N, S, S, C) the network was trained on, in its channel order."""
    mean = np.asarray(preprocessing.mean, np.float32)
    std = np.asarray(preprocessing.std, np.float32)
    return (_ordered(pixels, preprocessing) - mean) / std  # (N, S, S, C)


def _ordered(pixels: Pixels, preprocessing: Preprocessing) -> npt.NDArray[np.float32]:
    if preprocessing.channel_order == "grey":
        return pixels.astype(np.float32) @ np.array(LUMA, np.float32)[:, None]  # (N, S, S, 1)
    ordered = pixels[..., ::-1] if preprocessing.channel_order == "bgr" else pixels
    return ordered.astype(np.float32)  # (N, S, S, 3)


@lru_cache(maxsize=16)  # 15 ms, for every model file that is opened or listed.
def fingerprint(preprocessing: Preprocessing) -> str:
    """Digest of the record together with what today's code makes of a synthetic test picture.

    It changes when a constant, the code above or the image library's resampling changes.
    """
    pixels = resize_and_crop(_test_picture(), preprocessing)
    digest = hashlib.sha256(json.dumps(preprocessing.model_dump(mode="json"), sort_keys=True).encode())
    digest.update(pixels.tobytes())
    # Two decimals: far above float rounding, far below one grey level.
    digest.update(np.round(normalize(pixels[None], preprocessing), 2).tobytes())
    return f"sha256:{digest.hexdigest()}"


def _test_picture() -> Image.Image:
    """An uneven 375 x 500 pattern: gradients, an edge, fine stripes, no symmetry."""
    y, x = np.mgrid[0:500, 0:375].astype(np.int64)
    red = (x * 255) // 374
    green = ((x * x + 3 * y) // 7) % 256
    blue = np.where(x + y > 430, (y * 255) // 499, (x // 2 % 2) * 200)
    return Image.fromarray(np.stack([red, green, blue], axis=-1).astype(np.uint8), "RGB")
