"""Prepares pictures for the model beside this file, and says its answers: needs NumPy and Pillow only."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image, ImageOps

HERE = Path(__file__).parent
MODEL = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
_FILTERS = {
    "bilinear": Image.Resampling.BILINEAR,
    "bicubic": Image.Resampling.BICUBIC,
    "lanczos": Image.Resampling.LANCZOS,
}


def prepare(path: str) -> np.ndarray:
    """A picture as the model takes it: uint8 (1, S, S, 3)."""
    with Image.open(path) as image:
        picture = ImageOps.exif_transpose(image).convert("RGB")
    size, share = MODEL["input_size"], MODEL["crop_fraction"]
    width, height = picture.size
    sides = (width, height) if MODEL["fit"] == "stretch" else (min(width, height),) * 2
    kept_width, kept_height = (side * share for side in sides)
    left, top = (width - kept_width) / 2, (height - kept_height) / 2
    box = (left, top, left + kept_width, top + kept_height)
    return np.asarray(picture.resize((size, size), _FILTERS[MODEL["interpolation"]], box=box))[None]


def say(path: str, outputs: Mapping[str, Any]) -> None:
    """Prints the answer to one picture: `outputs` has the model's outputs by name."""
    probabilities = np.asarray(outputs["probabilities"])[0]
    best = int(probabilities.argmax())
    known = "known" not in outputs or bool(np.asarray(outputs["known"])[0])
    name = MODEL["class_names"][best] if known else "none of these"
    print(json.dumps({"picture": str(path), "answer": name, "known": known, "probabilities": probabilities.tolist()}))
