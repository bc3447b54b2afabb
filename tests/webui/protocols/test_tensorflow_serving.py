"""TensorFlow Serving has no client of its own for REST: requests are sent as its documentation writes them."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.recognizer.fakes import BLUE, CLASS_NAMES, RED
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_bytes

MODEL = "/v1/models/animals"
URL = f"{MODEL}:predict"


def post(client: Client, content: Any, url: str = URL, **headers: str) -> Any:
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.generic("POST", url, sent, content_type="application/json", **headers)


def b64(picture: bytes) -> dict[str, str]:
    return {"b64": base64.b64encode(picture).decode()}


def refused(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/json"
    assert response.json().keys() == {"error"}
    assert len(response.content) < 1000
    return response.status_code, response.json()["error"]


def test_a_real_request_gets_the_scores_of_the_api(
    address: str, pictures: list[bytes], api_scores: Callable[[bytes], dict[str, float]]
) -> None:
    body = json.dumps({"signature_name": "serving_default", "instances": [b64(picture) for picture in pictures]})

    with urllib.request.urlopen(f"http://{address}{URL}", body.encode(), timeout=60) as response:
        found = json.load(response)["predictions"]

    for row, picture in zip(found, pictures, strict=True):
        assert row == pytest.approx([api_scores(picture)[name] for name in CLASS_NAMES], abs=1e-4)


@pytest.mark.parametrize("url", [URL, f"{MODEL}/versions/1:predict", "/v1/models/animals-1:predict"])
def test_rows_and_columns_say_the_same(client: Client, url: str, pictures: list[bytes]) -> None:
    files = [b64(picture) for picture in pictures]
    [rows] = post(client, {"instances": files}, url).json().values()

    for body in ({"inputs": files}, {"inputs": {"image": files}}):
        assert post(client, body, url).json() == {"outputs": rows}
    assert post(client, {"instances": [{"image": file} for file in files]}, url).json() == {"predictions": rows}
    assert post(client, {"inputs": {"image": files[0]}}, url).json() == {"outputs": rows[:1]}
    assert post(client, {"inputs": files[0]}, url).json() == {"outputs": rows[:1]}


def test_the_other_signature_says_what_is_none_of_the_classes(rejecting: Client) -> None:
    body = {"signature_name": "answers", "instances": [b64(image_bytes(RED)), b64(image_bytes(BLUE))]}

    red, blue = post(rejecting, body).json()["predictions"]
    columns = post(rejecting, {"signature_name": "answers", "inputs": body["instances"]}).json()["outputs"]

    assert (red["label"], red["known"]) == ("cat", True)
    assert (blue["label"], blue["known"], blue["classes"]) == ("", False, list(CLASS_NAMES))
    assert blue["scores"][2] > 0.9
    assert columns == {name: [red[name], blue[name]] for name in red}


@pytest.mark.parametrize("url", [MODEL, f"{MODEL}/versions/1"])
def test_the_status_is_available(client: Client, url: str) -> None:
    [status] = client.get(url).json()["model_version_status"]

    assert (status["version"], status["state"], status["status"]["error_code"]) == ("1", "AVAILABLE", "OK")


@pytest.mark.parametrize("url", [f"{MODEL}/metadata", f"{MODEL}/versions/1/metadata"])
def test_the_metadata_has_the_signatures(client: Client, url: str) -> None:
    found = client.get(url).json()

    assert found["model_spec"] == {"name": "animals", "signature_name": "", "version": "1"}
    signatures = found["metadata"]["signature_def"]["signature_def"]
    assert signatures["serving_default"]["inputs"]["image"]["dtype"] == "DT_STRING"
    assert signatures["serving_default"]["outputs"].keys() == {"scores"}
    assert signatures["answers"]["outputs"]["scores"]["tensor_shape"]["dim"][1]["size"] == "4"


@pytest.mark.parametrize("model", ["plants", "animals-2", "animals/versions/2", "%FF", "animals%00", "x" * 3000])
def test_another_model_is_not_found(client: Client, model: str) -> None:
    for answer in (
        client.get(f"/v1/models/{model}"),
        client.get(f"/v1/models/{model}/metadata"),
        post(client, b"no JSON", f"/v1/models/{model}:predict"),
    ):
        assert refused(answer)[0] == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b'{"instances": ' + b"[" * 100_000, 400),
        (b'{"instances": [' + b"9" * 100_000 + b"]}", 400),
        (b'{"instances": [1e999]}', 400),
        (b'{"instances": [NaN]}', 400),
        (b'{"instances": [' + b"{}," * 1_000_000 + b"{}]}", 400),
        ({}, 400),
        ({"instances": []}, 400),
        ({"instances": None}, 400),
        ({"instances": {"b64": "x"}}, 400),
        ({"instances": [[[[1, 2, 3]]]]}, 400),
        ({"instances": ["x"]}, 400),
        ({"instances": [{"b64": 1}]}, 400),
        ({"instances": [{"b64": "x", "other": 1}]}, 400),
        ({"instances": [{"picture": {"b64": "x"}}]}, 400),
        ({"instances": [{"b64": "!"}] * 10_000}, 400),
        ({"instances": [{"b64": "!"}], "inputs": []}, 400),
        ({"inputs": "x"}, 400),
        ({"inputs": []}, 400),
        ({"inputs": {"other": [{"b64": "x"}]}}, 400),
        ({"instances": [{"b64": "%%%"}]}, 422),
        ({"instances": [{"b64": "QUJD"}]}, 422),
        ({"instances": [{"b64": "http://example.org/a.jpg"}]}, 422),
        ({"instances": [b64(image_bytes())], "signature_name": "other"}, 400),
        ({"instances": [b64(image_bytes())], "signature_name": ["answers"]}, 400),
    ],
)
def test_what_is_no_request_is_refused(client: Client, content: Any, status: int) -> None:
    assert refused(post(client, content))[0] == status


def test_the_bad_picture_is_named(client: Client) -> None:
    status, error = refused(post(client, {"instances": [b64(image_bytes()), b64(image_bytes()[:300])]}))

    assert (status, error.startswith("Picture 2: The picture is damaged")) == (422, True)


def test_a_gzip_bomb_is_unpacked_up_to_the_limit(client: Client, settings_of: SettingsOf) -> None:
    settings_of(max_request_mb=1)

    assert refused(post(client, gzip.compress(bytes(20 * 2**20)), HTTP_CONTENT_ENCODING="gzip"))[0] == 413


def test_a_method_that_is_not_allowed_is_named(client: Client) -> None:
    response = client.get(URL)

    assert (refused(response)[0], response["Allow"]) == (405, "POST")
    assert refused(client.post(MODEL))[0] == 405
    assert refused(client.get("/v1/models/animals:classify"))[0] == 404
