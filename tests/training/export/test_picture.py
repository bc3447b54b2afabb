"""The example that prepares pictures makes of each file what training and the server make of it."""

from __future__ import annotations

import importlib.util
import json
import shutil
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest
from PIL import Image

import training.export
from recognizer import architectures
from recognizer.images import icc
from recognizer.images.decode import decode
from recognizer.preprocessing import resize_and_crop
from tests.training.drawings import scene

PREPROCESSING = architectures.preprocessing_of("simple_cnn", input_size=64, grey=False)
DRAWN = scene(1)
GREY = np.asarray(DRAWN.convert("L"))


@pytest.fixture(scope="module")
def example(tmp_path_factory: pytest.TempPathFactory) -> ModuleType:
    """picture.py, as it lies beside a model."""
    folder = tmp_path_factory.mktemp("handout")
    copied = shutil.copy(Path(training.export.__path__[0], "examples", "picture.py"), folder)
    (folder / "model.json").write_text(json.dumps(PREPROCESSING.model_dump()), encoding="utf-8")
    spec = importlib.util.spec_from_file_location("picture_of_the_handout", copied)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6
    return exif


def transparent() -> Image.Image:
    """A drawing whose edge is not there, fading, and black where nothing is to be seen."""
    pixels = np.zeros((240, 320, 4), np.uint8)
    pixels[60:180, 80:240, :3] = np.asarray(DRAWN)[60:180, 80:240]
    pixels[60:180, 80:240, 3] = np.linspace(255, 80, 160)
    return Image.fromarray(pixels)


def with_a_transparent_colour() -> Image.Image:
    palette = DRAWN.quantize(16)
    palette.info["transparency"] = 0
    return palette


@pytest.mark.parametrize(
    ("name", "picture", "options"),
    [
        ("plain.png", DRAWN, {}),
        ("turned.jpg", DRAWN, {"exif": turned()}),
        ("palette.png", DRAWN.quantize(32), {}),
        ("bits.png", DRAWN.convert("1"), {}),
        ("transparent.png", transparent(), {}),
        ("transparent.webp", transparent(), {"lossless": True}),
        ("transparent_turned.png", transparent(), {"exif": turned()}),
        ("transparent_grey.png", transparent().convert("LA"), {}),
        ("transparent_palette.png", with_a_transparent_colour(), {}),
        ("transparent_profile.png", transparent(), {"icc_profile": icc.DISPLAY_P3}),
        ("grey_16.png", Image.fromarray(GREY.astype(np.uint16) * 257), {}),
        ("grey_12.png", Image.fromarray(GREY.astype(np.uint16) * 16), {}),
        ("grey_turned.tiff", Image.fromarray(GREY.astype(np.uint16) * 257), {"exif": turned()}),
        ("turned.tiff", DRAWN, {"exif": turned()}),
        ("grey_stated.tiff", Image.fromarray(GREY.astype(np.uint16) * 2), {"tiffinfo": {281: 1000}}),
        ("grey_32.tiff", Image.fromarray(GREY.astype(np.int32) * 257), {}),
        ("grey_float.tiff", Image.fromarray(GREY.astype(np.float32) / 255), {}),
        ("grey_large_float.tiff", Image.fromarray(GREY.astype(np.float32) * 4), {}),
        ("cmyk.jpg", DRAWN.convert("CMYK"), {}),
        ("adobe_rgb.png", DRAWN, {"icc_profile": icc.ADOBE_RGB}),
        ("pro_photo.jpg", DRAWN, {"icc_profile": icc.PRO_PHOTO_RGB}),
        ("of_another_mode.png", DRAWN.convert("L"), {"icc_profile": icc.ADOBE_RGB}),
        ("broken_profile.png", DRAWN, {"icc_profile": b"no profile"}),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_picture_is_prepared_as_training_does(
    example: ModuleType, tmp_path: Path, name: str, picture: Image.Image, options: dict[str, Any]
) -> None:
    path = tmp_path / name
    picture.save(path, **options)

    found = example.prepare(str(path))

    wanted = resize_and_crop(decode(path.read_bytes()).rgb, PREPROCESSING)
    assert found.shape == (1, 64, 64, 3)
    np.testing.assert_array_equal(found[0], wanted)


def test_a_profile_of_srgb_itself_changes_hardly_anything(example: ModuleType, tmp_path: Path) -> None:
    """The server leaves such a one out."""
    path = tmp_path / "srgb.png"
    DRAWN.save(path, icc_profile=icc.rgb_profile(((0.64, 0.33), (0.3, 0.6), (0.15, 0.06)), icc.SRGB_CURVE))

    found = example.prepare(str(path))[0].astype(int)

    wanted = resize_and_crop(decode(path.read_bytes()).rgb, PREPROCESSING)
    assert np.abs(found - wanted).max() <= 2
