"""Small networks: a drawn digit is classified like a photograph, whatever kind of file it comes in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw

from recognizer import Recognizer, architectures
from recognizer.engines import parity
from recognizer.engines.compiler import Images, compile_model
from recognizer.engines.parity import Pictures
from recognizer.explain.class_activation import last_layer
from recognizer.model_file import artifact
from recognizer.preprocessing import fingerprint
from tests.recognizer.fakes import encoded, make_metadata

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

CLASS_NAMES = tuple("0123456789")


@pytest.fixture(scope="module", params=["simple_cnn", "simple_cnn_deep"])
def path(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A network that was never trained, with its graphs: int8 too."""
    import keras

    keras.utils.set_random_seed(3)
    preprocessing = architectures.get(request.param).preprocessing
    metadata = make_metadata(
        name="digits",
        architecture=request.param,
        class_names=CLASS_NAMES,
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
    )
    path = tmp_path_factory.mktemp("models") / "digits-1.h5"
    artifact.write(path, architectures.build(request.param, len(CLASS_NAMES)), metadata)
    drawn = parity.drawn_pictures(preprocessing.input_size).pixels
    compile_model(path, report=len)
    compile_model(path, Images(drawn, Pictures(drawn, [0] * len(drawn))), report=len)
    return path


@pytest.fixture(scope="module")
def digit() -> Image.Image:
    """A seven, white on black."""
    image = Image.new("L", (28, 28))
    ImageDraw.Draw(image).line([(6, 6), (21, 6), (12, 23)], fill=255, width=3)
    return image


def scores(recognizer: Recognizer, image: Image.Image, kind: str = "PNG") -> list[float]:
    found = {entry.label: entry.score for entry in recognizer.classify(encoded(image, kind)).top}
    return [found[name] for name in CLASS_NAMES]


def test_a_grey_digit_is_answered_as_keras_does(path: Path, digit: Image.Image) -> None:
    import keras

    mean, std = (
        getattr(architectures.get(artifact.read(path).metadata.architecture).preprocessing, name)[0]
        for name in ("mean", "std")
    )
    pixels = (np.asarray(digit, np.float32)[None, :, :, None] - mean) / std

    expected = keras.models.load_model(path, compile=False)(pixels)[0].numpy()

    assert scores(Recognizer.open(path, precision="f32"), digit) == pytest.approx(expected.tolist(), abs=2e-3)


@pytest.mark.parametrize("mode", ["RGB", "P", "1", "RGBA", "LA", "I;16"])
def test_a_digit_is_the_same_in_every_kind_of_pixels(path: Path, digit: Image.Image, mode: str) -> None:
    recognizer = Recognizer.open(path, precision="f32")
    black_and_white = digit.point(lambda value: 255 * (value > 127))
    other = (
        Image.fromarray(np.asarray(black_and_white).astype(np.uint16) * 257)
        if mode == "I;16"
        else black_and_white.convert(mode)
    )

    assert scores(recognizer, other) == pytest.approx(scores(recognizer, black_and_white), abs=1e-5)


def test_a_large_photograph_of_a_digit_is_scaled_down(path: Path, digit: Image.Image) -> None:
    recognizer = Recognizer.open(path, precision="f32")

    large = scores(recognizer, digit.resize((560, 560), Image.Resampling.NEAREST))

    assert large == pytest.approx(scores(recognizer, digit), abs=0.05)


def test_colour_makes_no_difference_to_a_grey_network(path: Path) -> None:
    recognizer = Recognizer.open(path, precision="f32")
    red, grey = (Image.new("RGB", (28, 28), colour) for colour in ((200, 0, 0), (60, 60, 60)))  # 0.299 * 200 = 59.8

    assert scores(recognizer, red) == pytest.approx(scores(recognizer, grey), abs=0.01)


def test_int8_serves_or_is_refused_for_good_reason(path: Path, digit: Image.Image) -> None:
    recognizer = Recognizer.open(path)

    assert recognizer.engine.name.startswith("openvino")
    assert scores(recognizer, digit) == pytest.approx(scores(Recognizer.open(path, precision="f32"), digit), abs=0.1)


def test_warming_up_succeeds(path: Path) -> None:
    Recognizer.open(path).warm_up()


def test_the_network_has_no_activation_maps(path: Path, digit: Image.Image) -> None:
    recognizer = Recognizer.open_reference(path)

    outputs = recognizer.run([recognizer.decode(encoded(digit))])

    assert outputs.feature_map.ndim == 4
    assert last_layer(recognizer.artifact, outputs) is None
