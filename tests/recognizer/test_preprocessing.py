"""The one way from a picture to the network's input."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest
from PIL import Image
from pydantic import ValidationError

from recognizer.architectures import ARCHITECTURES
from recognizer.preprocessing import Preprocessing, fingerprint, kept_box, normalize, resize_and_crop, resize_box
from tests.recognizer.fakes import RED, quadrants

PLAIN = Preprocessing(
    input_size=32,
    fit="stretch",
    crop_fraction=1.0,
    interpolation="bilinear",
    channel_order="rgb",
    mean=(0.0, 0.0, 0.0),
    std=(1.0, 1.0, 1.0),
)
PLAIN_FINGERPRINT = "sha256:ff3d5e8fe08185bd5d6ae1a4e2bac77ade01b659e04a16a9c2a8a90cce82667a"
"""If this changes on purpose, every model out there must be trained again: say so in CHANGELOG.md."""

CHANGES = {
    "input_size": 40,
    "fit": "crop",
    "crop_fraction": 0.875,
    "interpolation": "bicubic",
    "channel_order": "bgr",
    "mean": (1.0, 0.0, 0.0),
    "std": (1.0, 2.0, 1.0),
}


def changed(**changes: object) -> Preprocessing:
    return Preprocessing(**{**PLAIN.model_dump(), **changes})


@pytest.mark.parametrize("fit", ["stretch", "crop"])
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1), (31, 33), (640, 480)])
def test_any_picture_becomes_a_square_of_bytes(size: tuple[int, int], fit: str) -> None:
    pixels = resize_and_crop(Image.new("RGB", size), changed(fit=fit, crop_fraction=0.875))

    assert (pixels.shape, pixels.dtype) == ((32, 32, 3), np.uint8)


@pytest.mark.parametrize("fit", ["stretch", "crop"])
@pytest.mark.parametrize("crop_fraction", [0.01, 0.5])
def test_a_picture_of_one_pixel_survives_a_narrow_crop(fit: str, crop_fraction: float) -> None:
    pixels = resize_and_crop(Image.new("RGB", (1, 1), RED), changed(fit=fit, crop_fraction=crop_fraction))

    assert (pixels == RED).all()


def test_the_part_that_the_network_sees_lies_in_the_middle() -> None:
    assert kept_box((40, 20), changed(fit="stretch")) == (0, 0, 40, 20)
    assert kept_box((40, 20), changed(fit="crop", crop_fraction=0.5)) == (15, 5, 25, 15)


def test_stretching_shows_the_whole_picture() -> None:
    pixels = resize_and_crop(quadrants(200, 50), PLAIN)

    assert pixels[1, 1].tolist() == list(RED)
    assert pixels[-2, -2].tolist() == [128, 128, 128]


def test_cropping_loses_the_ends_of_the_long_side() -> None:
    picture = Image.new("RGB", (300, 100), "black")
    picture.paste("white", (100, 0, 200, 100))

    pixels = resize_and_crop(picture, changed(fit="crop"))

    assert pixels[:, 1:-1].min() == 255


def test_cropping_keeps_proportions() -> None:
    picture = Image.new("RGB", (300, 100), "black")
    picture.paste("white", (125, 25, 175, 75))  # A square, half as high as the picture.

    white = resize_and_crop(picture, changed(fit="crop"))[..., 0] > 127

    assert white.any(axis=0).sum() == white.any(axis=1).sum() == 16


@pytest.mark.parametrize("fit", ["stretch", "crop"])
def test_a_crop_fraction_keeps_the_centre(fit: str) -> None:
    picture = Image.new("RGB", (100, 100), "black")
    picture.paste("white", (25, 25, 75, 75))

    pixels = resize_and_crop(picture, changed(fit=fit, crop_fraction=0.5))

    assert pixels[1:-1, 1:-1].min() == 255


def test_a_box_is_scaled_to_the_input_size() -> None:
    pixels = resize_box(quadrants(200, 100), (100, 0, 200, 50), PLAIN)

    assert (pixels[1:-1, 1:-1] == (30, 220, 30)).all()


def test_scaling_down_is_antialiased() -> None:
    stripes = Image.fromarray((np.indices((512, 512))[1] % 2 * 255).astype(np.uint8)).convert("RGB")

    pixels = resize_and_crop(stripes, PLAIN)

    assert np.abs(pixels.astype(int) - 127).max() <= 10


def test_the_short_side_that_decoding_must_keep_grows_with_the_crop() -> None:
    assert changed(input_size=224, crop_fraction=0.875).resized_short_side == 256


def test_normalizing_subtracts_the_mean_and_divides_by_the_deviation() -> None:
    pixels = np.full((1, 2, 2, 3), (100, 110, 120), np.uint8)

    values = normalize(pixels, changed(mean=(10.0, 10.0, 20.0), std=(1.0, 2.0, 4.0)))

    assert (values.dtype, values.shape) == (np.float32, (1, 2, 2, 3))
    assert values[0, 0, 0].tolist() == [90, 50, 25]


def test_bgr_puts_blue_first_and_subtracts_in_that_order() -> None:
    pixels = np.full((1, 1, 1, 3), (100, 110, 120), np.uint8)

    values = normalize(pixels, changed(channel_order="bgr", mean=(1.0, 2.0, 3.0)))

    assert values[0, 0, 0].tolist() == [119, 108, 97]


def test_normalizing_leaves_its_input_alone() -> None:
    pixels = np.full((1, 1, 1, 3), 7, np.uint8)

    normalize(pixels, changed(mean=(1.0, 2.0, 3.0)))

    assert (pixels == 7).all()


@pytest.mark.tensorflow
@pytest.mark.parametrize(
    ("architecture", "module"),
    [
        ("resnet50", "resnet50"),
        ("resnet50v1.5", "resnet50"),
        ("resnet101", "resnet"),
        ("se_resnet50", "resnet50"),
        ("inception_v3", "inception_v3"),
        ("xception", "xception"),
        ("mobilenet_v2", "mobilenet_v2"),
        ("densenet121", "densenet"),
    ],
)
def test_pixels_are_normalised_as_keras_does(architecture: str, module: str) -> None:
    import keras

    pixels = np.random.default_rng(3).integers(0, 256, (2, 8, 8, 3), np.uint8)

    ours = normalize(pixels, ARCHITECTURES[architecture].preprocessing)

    theirs = getattr(keras.applications, module).preprocess_input(pixels.astype(np.float32))
    np.testing.assert_allclose(ours, theirs, atol=1e-5)


# Grey


GREY = {"channel_order": "grey", "mean": (30.0,), "std": (10.0,)}


def test_grey_is_one_channel_of_brightness() -> None:
    pixels = np.full((2, 4, 4, 3), (100, 200, 50), np.uint8)

    values = normalize(pixels, changed(**GREY))

    assert (values.shape, values.dtype) == ((2, 4, 4, 1), np.float32)
    assert values == pytest.approx((0.299 * 100 + 0.587 * 200 + 0.114 * 50 - 30) / 10, abs=1e-4)


def test_a_grey_picture_keeps_its_values() -> None:
    pixels = np.repeat(np.arange(256, dtype=np.uint8).reshape(1, 16, 16, 1), 3, axis=-1)

    values = normalize(pixels, changed(channel_order="grey", mean=(0.0,), std=(1.0,)))

    assert values[..., 0] == pytest.approx(pixels[..., 0], abs=1e-3)


@pytest.mark.parametrize(
    "fields",
    [
        {"channel_order": "grey"},
        {**GREY, "mean": (1.0, 2.0, 3.0)},
        {**GREY, "std": (1.0, 2.0, 3.0)},
        {**GREY, "channel_order": "rgb"},
    ],
)
def test_there_is_a_mean_and_a_deviation_for_each_channel(fields: dict[str, object]) -> None:
    with pytest.raises(ValidationError, match="for channel_order="):
        changed(**fields)


def test_in_grey_the_colours_count_by_their_brightness() -> None:
    record = changed(channel_order="bgr", mean=(10.0, 20.0, 40.0), std=(1.0, 2.0, 4.0))

    grey = record.changed(input_size=40, grey=True)

    assert (grey.input_size, grey.channel_order) == (40, "grey")
    assert grey.mean == pytest.approx((0.114 * 10 + 0.587 * 20 + 0.299 * 40,))
    assert grey.std == pytest.approx((0.114 * 1 + 0.587 * 2 + 0.299 * 4,))


def test_in_colour_each_channel_is_as_the_grey_was() -> None:
    colour = changed(**GREY).changed(input_size=32, grey=False)

    assert colour == changed(channel_order="rgb", mean=(30.0,) * 3, std=(10.0,) * 3)


@pytest.mark.parametrize("grey", [None, False])
def test_what_stays_as_it_is_keeps_its_fingerprint(grey: bool | None) -> None:
    assert fingerprint(PLAIN.changed(input_size=32, grey=grey)) == PLAIN_FINGERPRINT


@pytest.mark.parametrize("field", CHANGES)
def test_the_fingerprint_changes_with_each_field(field: str) -> None:
    assert set(CHANGES) == set(Preprocessing.model_fields)
    assert fingerprint(changed(**{field: CHANGES[field]})) != fingerprint(PLAIN)


def test_the_fingerprint_is_the_one_that_models_out_there_carry() -> None:
    assert fingerprint(PLAIN) == PLAIN_FINGERPRINT


@pytest.mark.slow
def test_the_fingerprint_does_not_depend_on_the_process() -> None:
    script = "from tests.recognizer.test_preprocessing import PLAIN, fingerprint; print(fingerprint(PLAIN))"

    result = subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True)

    assert result.stdout.strip() == fingerprint(PLAIN)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("input_size", 0),
        ("input_size", 10_000),
        ("input_size", "224"),
        ("fit", "squeeze"),
        ("crop_fraction", 0.0),
        ("crop_fraction", 1e-9),
        ("crop_fraction", 1.5),
        ("interpolation", "nearest"),
        ("channel_order", "grb"),
        ("mean", (1.0, 2.0)),
        ("mean", (1.0, 2.0, float("nan"))),
        ("std", (1.0, 0.0, 1.0)),
        ("std", (1.0, float("inf"), 1.0)),
        ("colour_space", "lab"),
    ],
)
def test_a_record_that_makes_no_sense_is_refused(field: str, value: object) -> None:
    with pytest.raises(ValidationError, match=field):
        changed(**{field: value})
