"""Prepares pictures for the model beside this file, and says its answers: needs NumPy and Pillow only."""

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageCms, ImageOps

HERE = Path(__file__).parent
MODEL = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}

_DEEP_MODES = {"I", "I;16", "I;16B", "I;16L", "I;16N", "F"}
_DEPTHS = (8, 10, 12, 14, 16)  # Bits that greys are stored with in 16: white is the first that holds all values.
_PROFILE_MODES = {"RGB": "RGB", "GRAY": "L", "CMYK": "CMYK"}
_MAX_SAMPLE_VALUE = 281  # Where a TIFF says what is white.


def prepare(path: str) -> np.ndarray:
    """A picture as the model takes it: uint8 (1, S, S, 3)."""
    # By its bytes: of a turned TIFF in grey that Pillow opens by its name, it mixes up rows and columns.
    with Image.open(io.BytesIO(Path(path).read_bytes())) as image:
        picture = upright_srgb(image)
    size, share = MODEL["input_size"], MODEL["crop_fraction"]
    width, height = picture.size
    sides = (width, height) if MODEL["fit"] == "stretch" else (min(width, height),) * 2
    kept_width, kept_height = (side * share for side in sides)
    left, top = (width - kept_width) / 2, (height - kept_height) / 2
    box = (left, top, left + kept_width, top + kept_height)
    return np.asarray(picture.resize((size, size), _FILTERS[MODEL["interpolation"]], box=box))[None]


def upright_srgb(image: Image.Image) -> Image.Image:
    """An opened picture as the model learned them: upright, in sRGB, transparency over white, 8 bits."""
    profile = image.info.get("icc_profile")
    image.load()
    stated = getattr(image, "tag_v2", {}).get(_MAX_SAMPLE_VALUE)
    upright = ImageOps.exif_transpose(image)
    if upright.mode in _DEEP_MODES:
        return _to_srgb(_grey(upright, stated), profile)
    if upright.has_transparency_data:
        rgba = upright.convert("RGBA")
        upright = Image.new("RGB", rgba.size, "white")
        upright.paste(rgba, mask=rgba)
    return _to_srgb(upright if upright.mode in _PROFILE_MODES.values() else upright.convert("RGB"), profile)


def _grey(image: Image.Image, stated: Any) -> Image.Image:
    """Greys of 10 to 32 bits in 8. Floats up to 1 are shares of white."""
    values = np.asarray(image, np.float32)
    highest = float(np.max(values, initial=0, where=np.isfinite(values)))
    white = 1 if image.mode == "F" and highest <= 1 else next((2**n - 1 for n in _DEPTHS if highest < 2**n), 2**16 - 1)
    given = stated[0] if isinstance(stated, tuple) else stated
    if isinstance(given, (int, float)) and given >= max(highest, 1e-9):
        white = given
    return Image.fromarray((np.clip(np.nan_to_num(values, nan=0) / white, 0, 1) * 255 + 0.5).astype(np.uint8))


def _to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """An image of mode L, RGB or CMYK in sRGB. A profile that is broken, or of another mode, is taken for none."""
    if profile:
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if _PROFILE_MODES.get(source.profile.xcolor_space.strip()) == image.mode:
                return ImageCms.profileToProfile(
                    image,
                    source,
                    ImageCms.createProfile("sRGB"),
                    renderingIntent=ImageCms.Intent.RELATIVE_COLORIMETRIC,
                    outputMode="RGB",
                    flags=ImageCms.Flags.BLACKPOINTCOMPENSATION,
                )
        except (ImageCms.PyCMSError, OSError, TypeError, ValueError):
            pass
    return image.convert("RGB")


def say(path: str, outputs: Mapping[str, Any]) -> None:
    """Prints the answer to one picture: `outputs` has the model's outputs by name."""
    probabilities = np.asarray(outputs["probabilities"])[0]
    best = int(probabilities.argmax())
    known = "known" not in outputs or bool(np.asarray(outputs["known"])[0])
    name = MODEL["class_names"][best] if known else "none of these"
    print(json.dumps({"picture": str(path), "answer": name, "known": known, "probabilities": probabilities.tolist()}))
