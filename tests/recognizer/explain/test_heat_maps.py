"""Heat maps of answers: what they look like, and when there is none."""

from __future__ import annotations

import io
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer
from recognizer.engines import Outputs
from recognizer.explain import class_activation
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from recognizer.predictions import HeatMap, Prediction
from recognizer.preprocessing import Pixels
from tests.recognizer.fakes import BLUE, GREEN, RED, encoded, make_recognizer, plain, quadrants
from tests.recognizer.mapping_engine import MappingEngine, make_mapping_recognizer, make_mapping_source

MODEL = Path(__file__).resolve().parents[3] / "models" / "animals-3.h5"


@pytest.fixture
def source(tmp_path: Path) -> Artifact:
    return make_mapping_source(tmp_path)


@pytest.fixture
def recognizer(tmp_path: Path) -> Recognizer:
    return make_mapping_recognizer(tmp_path)


def heat_map(prediction: Prediction) -> HeatMap:
    assert prediction.heatmap is not None
    return prediction.heatmap


def rgba(prediction: Prediction) -> np.ndarray:
    """The overlay, (h, w, 4)."""
    return rgba_of(heat_map(prediction).picture)


def rgba_of(png: bytes) -> np.ndarray:
    """The same of its file."""
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGBA"))


def red_on_the_left(width: int, height: int) -> bytes:
    picture = Image.new("RGB", (width, height))
    picture.paste(RED, (0, 0, width // 2, height))
    return encoded(picture)


def test_no_answer_has_a_heat_map_unless_it_is_asked_for(recognizer: Recognizer) -> None:
    assert recognizer.classify(plain(RED)).heatmap is None


def test_the_heat_lies_where_the_class_is_seen(recognizer: Recognizer) -> None:
    drawn = rgba(recognizer.classify(red_on_the_left(300, 200), heatmap=True))

    assert drawn[:, :20, 3].min() > 150
    assert drawn[:, -20:, 3].max() == 0


def test_the_most_heat_is_red_and_lets_the_picture_through(recognizer: Recognizer) -> None:
    red, green, blue, alpha = rgba(recognizer.classify(red_on_the_left(300, 200), heatmap=True))[0, 0]

    assert red > 2 * max(green, blue)
    assert alpha < 220


@pytest.mark.parametrize(
    ("size", "expected"),
    [((300, 200), (224, 149)), ((20, 30), (149, 224)), ((2000, 2000), (224, 224)), ((1, 900), (1, 224))],
)
def test_it_has_the_proportions_of_the_picture(
    recognizer: Recognizer, size: tuple[int, int], expected: tuple[int, int]
) -> None:
    height, width, _ = rgba(recognizer.classify(encoded(Image.new("RGB", size, RED)), heatmap=True)).shape

    assert (width, height) == expected


def test_it_is_small(recognizer: Recognizer) -> None:
    noise = Image.effect_noise((640, 480), 120).convert("RGB")

    assert len(heat_map(recognizer.classify(encoded(noise), heatmap=True)).picture) < 10_000


def test_it_is_that_of_the_best_class(recognizer: Recognizer) -> None:
    pictures = [recognizer.decode(plain(colour)) for colour in (RED, GREEN)]

    predictions = recognizer.classify_pictures(pictures, heatmaps=True)

    assert [heat_map(prediction).label for prediction in predictions] == ["cat", "chicken"]


def test_of_an_unknown_picture_it_is_that_of_the_nearest_class(recognizer: Recognizer) -> None:
    prediction = recognizer.classify(plain(BLUE), heatmap=True)

    assert (prediction.label, heat_map(prediction).label) == (None, "dog")


def test_the_rest_of_the_answer_is_the_same(recognizer: Recognizer) -> None:
    with_map = recognizer.classify(encoded(quadrants()), heatmap=True).to_dict()

    assert with_map | {"heatmap": None} == recognizer.classify(encoded(quadrants())).to_dict()


def test_the_network_runs_once_for_answer_and_heat_map(source: Artifact) -> None:
    runs: list[int] = []

    class Counting(MappingEngine):
        def run(self, pixels: Pixels) -> Outputs:
            runs.append(len(pixels))
            return super().run(pixels)

    Recognizer(source, Counting()).classify(plain(RED), heatmap=True)

    assert runs == [1]


def test_many_threads_read_the_model_file_once(recognizer: Recognizer, monkeypatch: pytest.MonkeyPatch) -> None:
    reads: list[str] = []
    read = artifact.layer_weights

    def counted(source: Artifact, layer: str, shapes: list[tuple[int, ...]]) -> list[np.ndarray]:
        reads.append(layer)
        return read(source, layer, shapes)

    monkeypatch.setattr(artifact, "layer_weights", counted)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda colour: recognizer.classify(plain(colour), heatmap=True), [RED, GREEN] * 20))

    assert reads == ["logits"]
    assert [heat_map(answer).label for answer in answers] == ["cat", "chicken"] * 20


def test_where_the_model_file_is_gone_there_is_an_answer_without_a_heat_map() -> None:
    prediction = make_recognizer().classify(plain(RED), heatmap=True)

    assert (prediction.label, prediction.heatmap) == ("cat", None)


def test_a_network_that_ends_in_another_way_has_none(source: Artifact) -> None:
    class Deeper(MappingEngine):
        def run(self, pixels: Pixels) -> Outputs:
            found = super().run(pixels)
            return Outputs(found.logits**2, found.embedding, found.feature_map)

    assert Recognizer(source, Deeper()).classify(plain(RED), heatmap=True).heatmap is None


def test_one_picture_that_cannot_be_explained_takes_it_from_no_other(source: Artifact) -> None:
    class Moody(MappingEngine):
        """Rounds the logits of a green picture to nothing."""

        def run(self, pixels: Pixels) -> Outputs:
            found = super().run(pixels)
            is_green = found.logits.argmax() == 1
            return Outputs(found.logits * (not is_green), found.embedding, found.feature_map)

    recognizer = Recognizer(source, Moody())

    maps = [recognizer.classify(plain(colour), heatmap=True).heatmap for colour in (GREEN, RED)]

    assert [drawn is not None for drawn in maps] == [False, True]


def test_every_class_has_a_map_of_its_own(recognizer: Recognizer) -> None:
    picture = recognizer.decode(red_on_the_left(40, 20))
    looks = recognizer.look([picture])

    cat, dog = (recognizer.heat_map(picture, looks, label) for label in (0, 2))

    assert cat is not None
    assert dog is not None
    assert (cat.label, dog.label) == ("cat", "dog")
    assert rgba_of(cat.picture)[:, :60, 3].min() > rgba_of(dog.picture)[:, :60, 3].max()


def test_an_explanation_has_the_answer_and_a_map_a_class_the_best_first(recognizer: Recognizer) -> None:
    picture = recognizer.decode(plain(GREEN))

    explanation = recognizer.explain(picture, most=2)

    assert explanation.prediction == recognizer.classify(plain(GREEN))
    assert explanation.method == "class activation map"
    assert [entry.label for entry in explanation.heatmaps] == [entry.label for entry in explanation.prediction.top[:2]]
    assert explanation.to_dict().keys() >= {"label", "score", "top", "method", "heatmaps", "backbone"}


def test_a_network_that_cannot_be_explained_is_answered_all_the_same() -> None:
    recognizer = make_recognizer()

    explanation = recognizer.explain(recognizer.decode(plain(RED)))

    assert (explanation.prediction.label, explanation.method, explanation.heatmaps) == ("cat", None, ())


# The real network


@pytest.mark.slow
def test_the_compiled_graph_of_the_shipped_model_shows_where_it_looked() -> None:
    recognizer = Recognizer.open(MODEL)
    picture = Image.effect_noise((640, 480), 90).convert("RGB")

    prediction = recognizer.classify(encoded(picture, "JPEG"), heatmap=True)

    assert recognizer.engine.name.startswith("openvino")
    assert heat_map(prediction).label == prediction.top[0].label
    assert rgba(prediction).shape == (168, 224, 4)
    assert rgba(prediction)[..., 3].max() > 150


@pytest.mark.slow
def test_the_int8_graph_sees_what_the_weights_say() -> None:
    recognizer = Recognizer.open(MODEL, precision="int8")
    picture = recognizer.decode(encoded(quadrants(400, 300)))

    layer = class_activation.last_layer(recognizer.artifact, recognizer.run([picture]))

    assert layer is not None
