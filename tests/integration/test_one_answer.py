"""One picture has one answer, whichever door it comes through."""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from recognizer import Recognizer, calibration
from recognizer.cli import main as recognizer_main
from tests.integration.conftest import encoded
from tests.integration.multipart import post_form
from tests.recognizer.fakes import turned_away
from training.data.dataset import scan
from training.evaluation.evaluate import evaluate

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

SAME = pytest.approx
TOLERANCE = 1e-4


@pytest.fixture(scope="module")
def expected(recognizer: Recognizer, jpeg: bytes) -> dict[str, float]:
    return {entry.label: entry.score for entry in recognizer.classify(jpeg).top}


def scores(prediction: dict) -> dict[str, float]:
    return {entry["label"]: entry["score"] for entry in prediction["top"]}


def test_the_command_line_answers_as_the_library_does(
    expected: dict[str, float], jpeg: bytes, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.jpg").write_bytes(jpeg)

    recognizer_main(["classify", "--json", str(tmp_path / "a.jpg")])

    (prediction,) = json.loads(capsys.readouterr().out)["predictions"]
    assert scores(prediction) == SAME(expected, abs=TOLERANCE)


def test_the_api_answers_as_the_library_does(expected: dict[str, float], jpeg: bytes, server: str) -> None:
    status, body = post_form(f"{server}/api/v1/classify", [("a.jpg", jpeg)])

    (prediction,) = json.loads(body)["predictions"]
    assert status == 200
    assert scores(prediction) == SAME(expected, abs=TOLERANCE)


def test_the_api_answers_a_raw_body_as_the_library_does(expected: dict[str, float], jpeg: bytes, server: str) -> None:
    request = urllib.request.Request(f"{server}/api/v1/classify", jpeg, {"Content-Type": "image/jpeg"})

    with urllib.request.urlopen(request, timeout=60) as response:
        (prediction,) = json.loads(response.read())["predictions"]

    assert scores(prediction) == SAME(expected, abs=TOLERANCE)


def test_the_protocols_of_other_servers_answer_as_the_library_does(
    recognizer: Recognizer, expected: dict[str, float], jpeg: bytes, server: str
) -> None:
    text = base64.b64encode(jpeg).decode()

    def ask(path: str, body: dict[str, object]) -> Any:
        with urllib.request.urlopen(f"{server}{path}", json.dumps(body).encode(), timeout=60) as response:
            return json.load(response)

    listed = ask("/hf/animals", {"inputs": text})
    tensor = {"name": "image", "datatype": "BYTES", "shape": [1], "data": [text]}
    outputs = {one["name"]: one["data"] for one in ask("/v2/models/animals/infer", {"inputs": [tensor]})["outputs"]}
    [row] = ask("/v1/models/animals:predict", {"instances": [{"b64": text}]})["predictions"]
    labels = ask("/photoprism/labels", {"images": [f"data:image/jpeg;base64,{text}"]})["result"]["labels"]

    answer = recognizer.classify(jpeg)
    assert {entry["label"]: entry["score"] for entry in listed} == SAME(expected, abs=TOLERANCE)
    assert dict(zip(outputs["classes"], outputs["scores"], strict=True)) == SAME(expected, abs=TOLERANCE)
    assert outputs["known"] == [answer.known]
    assert dict(zip(outputs["classes"], row, strict=True)) == SAME(expected, abs=TOLERANCE)
    assert [label["name"] for label in labels] == [answer.label] * answer.known


def test_the_page_answers_as_the_library_does(expected: dict[str, float], jpeg: bytes, server: str) -> None:
    with urllib.request.urlopen(server, timeout=60) as response:
        cookies = [cookie.split(";")[0] for cookie in response.headers.get_all("Set-Cookie")]
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.read().decode())
    assert token

    status, body = post_form(
        server,
        [("a.jpg", jpeg)],
        {"csrfmiddlewaretoken": token[1]},
        {"Cookie": "; ".join(cookies), "Referer": server, "Accept-Language": "en"},
    )

    shown = re.findall(r'<meter[^>]* value="([\d.]+)" aria-label="(\w+)"', body.decode())
    assert status == 200
    assert {label: float(value) for value, label in shown} == SAME(expected, abs=TOLERANCE)


def test_evaluation_answers_as_the_library_does(
    recognizer: Recognizer, expected: dict[str, float], jpeg: bytes, tmp_path: Path
) -> None:
    best = max(expected, key=lambda label: expected[label])
    wrong = next(label for label in expected if label != best)
    (tmp_path / wrong).mkdir()
    (tmp_path / wrong / "a.jpg").write_bytes(jpeg)

    (mistake,) = evaluate(recognizer, scan(tmp_path)).mistakes

    assert (mistake.predicted, mistake.score) == (best, SAME(expected[best], abs=TOLERANCE))


def test_a_picture_among_others_is_answered_as_alone(expected: dict[str, float], jpeg: bytes, server: str) -> None:
    others = [("b.jpg", encoded(Image.new("RGB", (64, 640), "green"))), ("c.txt", b"no picture")]

    _, body = post_form(f"{server}/api/v1/classify", [*others, ("a.jpg", jpeg)])

    assert scores(json.loads(body)["predictions"][2]) == SAME(expected, abs=TOLERANCE)


@pytest.fixture(scope="module")
def reference(recognizer: Recognizer) -> Recognizer:
    """In single precision: what int8 rounds differs from processor to processor."""
    return Recognizer.open_reference(recognizer.artifact.path)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_photograph_turned_by_exif_is_answered_like_the_upright_one(
    reference: Recognizer, jpeg: bytes, picture: Image.Image, orientation: int
) -> None:
    turned = encoded(turned_away(picture, orientation), orientation)

    prediction = reference.classify(turned)

    # JPEG stores other coefficients for a turned picture: the same to the eye, not to the bit. Two looks see it twice.
    upright = {entry.label: entry.score for entry in reference.classify(jpeg).top}
    assert (prediction.width, prediction.height) == picture.size
    assert {entry.label: entry.score for entry in prediction.top} == SAME(upright, abs=0.02)


def test_without_its_orientation_the_same_file_is_answered_as_it_lies(
    recognizer: Recognizer, expected: dict[str, float], picture: Image.Image
) -> None:
    prediction = recognizer.classify(encoded(turned_away(picture, 6)))

    assert (prediction.height, prediction.width) == picture.size
    assert {entry.label: entry.score for entry in prediction.top} != SAME(expected, abs=0.01)


def test_plain_keras_gives_the_probabilities_of_the_reference_but_for_the_temperature(
    recognizer: Recognizer, jpeg: bytes
) -> None:
    import keras

    from recognizer.preprocessing import normalize, resize_and_crop

    model = keras.models.load_model(recognizer.artifact.path, compile=False)
    pixels = resize_and_crop(recognizer.decode(jpeg).rgb, recognizer.metadata.preprocessing)
    plain = model.predict(normalize(pixels[None], recognizer.metadata.preprocessing), verbose=0)
    (probabilities,) = calibration.probabilities(np.log(plain), recognizer.metadata.temperature)

    opened = Recognizer.open_reference(recognizer.artifact.path)
    reference = Recognizer(opened.artifact, opened.engine, second_look=False).classify(jpeg)  # Plain Keras looks once.
    assert dict(zip(recognizer.metadata.class_names, probabilities.tolist(), strict=True)) == SAME(
        {entry.label: entry.score for entry in reference.top}, abs=TOLERANCE
    )
