"""Photographs with heat maps."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import h5py
import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer
from recognizer.engines import Outputs
from recognizer.model_file.artifact import Artifact
from recognizer.preprocessing import Pixels
from tests.recognizer.fakes import GREEN, RED, encoded, make_metadata, orientation_exif
from tests.training.answers import make_prediction
from training.evaluation.evaluate import Answered
from training.report.photographs import Photograph, photographs

KERNEL = np.eye(3, 4, dtype=np.float32)


class ColourMap:
    """An engine whose feature map is the picture itself, at 8 x 8; red is a cat, green a chicken, blue a dog."""

    name = "fake"

    def run(self, pixels: Pixels) -> Outputs:
        side = pixels.shape[1] // 8
        feature_map = pixels.reshape(len(pixels), 8, side, 8, side, 3).mean(axis=(2, 4)).astype(np.float32) / 25.5
        embedding = feature_map.mean(axis=(1, 2))
        return Outputs(embedding @ KERNEL, embedding, feature_map)


@pytest.fixture
def recognizer(tmp_path: Path) -> Recognizer:
    path = tmp_path / "animals-1.h5"
    with h5py.File(path, "w") as file:
        layer = file.create_group("model_weights/logits")
        layer.attrs["weight_names"] = ["kernel", "bias"]
        layer["kernel"] = KERNEL
        layer["bias"] = np.zeros(4, np.float32)
    return Recognizer(Artifact(path, make_metadata(), "sha256:0"), ColourMap())


def answered(path: Path, label: str) -> Answered:
    return Answered(path, label, make_prediction({label: 0.9, "horse": 0.1}))


def pixels(uri: str) -> np.ndarray:
    start = "data:image/jpeg;base64,"
    assert uri.startswith(start)
    return np.asarray(Image.open(io.BytesIO(base64.b64decode(uri[len(start) :]))), np.int64)


def shown(recognizer: Recognizer, picture: Answered) -> Photograph:
    (photograph,) = photographs(recognizer, [picture])
    assert photograph is not None
    return photograph


def test_the_heat_lies_where_the_class_is(recognizer: Recognizer, tmp_path: Path) -> None:
    image = Image.new("RGB", (600, 400), GREEN)
    image.paste(RED, (0, 0, 300, 400))
    image.save(tmp_path / "x.png")

    heated = pixels(shown(recognizer, answered(tmp_path / "x.png", "cat")).heat_map or "")

    colourful = heated[..., 0] - heated[..., 2]  # Red less blue: 0 in grey.
    assert heated.shape == (176, 264, 3)
    assert colourful[:, :110].min() > 80
    assert colourful[:, -110:].max() < 20


def test_a_photograph_stands_upright_and_tells_nothing_of_its_camera(recognizer: Recognizer, tmp_path: Path) -> None:
    photograph = encoded(Image.new("RGB", (300, 200), RED), "JPEG", exif=orientation_exif(6))
    (tmp_path / "x.jpg").write_bytes(photograph)

    thumbnail = shown(recognizer, answered(tmp_path / "x.jpg", "cat")).thumbnail

    assert pixels(thumbnail).shape == (198, 132, 3)
    assert b"Exif" not in base64.b64decode(thumbnail.partition(",")[2])


def test_a_file_that_is_gone_has_no_photograph(recognizer: Recognizer, tmp_path: Path) -> None:
    Image.new("RGB", (30, 20), RED).save(tmp_path / "x.png")
    pictures = [answered(tmp_path / "gone.png", "cat"), answered(tmp_path / "x.png", "cat")]

    first, second = photographs(recognizer, pictures)

    assert first is None
    assert second is not None
    assert second.heat_map is not None


def test_without_the_model_file_there_are_no_heat_maps(recognizer: Recognizer, tmp_path: Path) -> None:
    recognizer.artifact.path.unlink()
    Image.new("RGB", (30, 20), RED).save(tmp_path / "x.png")

    assert shown(recognizer, answered(tmp_path / "x.png", "cat")).heat_map is None


def test_no_pictures_are_no_work(recognizer: Recognizer) -> None:
    assert list(photographs(recognizer, [])) == []
