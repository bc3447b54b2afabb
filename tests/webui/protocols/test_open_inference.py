from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

import numpy as np
import pytest
from django.test import Client
from PIL import Image
from tritonclient import http as triton
from tritonclient.utils import InferenceServerException

from recognizer import __version__
from tests.recognizer.fakes import BLUE, CLASS_NAMES, GREEN, RED, encoded
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_bytes, share
from webui.inference.served_model import ServedModel

URL = "/v2/models/animals/infer"
HEADER = "HTTP_INFERENCE_HEADER_CONTENT_LENGTH"


@pytest.fixture
def server(address: str) -> Iterator[triton.InferenceServerClient]:
    """Triton's own client."""
    with triton.InferenceServerClient(address) as client:
        yield client


def files(pictures: list[bytes]) -> triton.InferInput:
    tensor = triton.InferInput("image", [len(pictures)], "BYTES")
    return tensor.set_data_from_numpy(np.array(pictures, dtype=np.object_))


def text(pictures: list[bytes]) -> list[str]:
    return [base64.b64encode(picture).decode() for picture in pictures]


def body(**changes: Any) -> dict[str, Any]:
    tensor = {"name": "image", "datatype": "BYTES", "shape": [1], "data": text([image_bytes()])}
    return {"inputs": [{**tensor, **changes}]}


def post(client: Client, content: Any, url: str = URL, **headers: str) -> Any:
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.generic("POST", url, sent, content_type="application/json", **headers)


def outputs(response: Any) -> dict[str, Any]:
    assert response.status_code == 200, response.content
    return {one["name"]: one["data"] for one in response.json()["outputs"]}


def refused(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/json"
    assert response.json().keys() == {"error"}
    assert len(response.content) < 1000
    return response.status_code, response.json()["error"]


# The client


def test_tritonclient_sees_the_server_and_its_model(server: triton.InferenceServerClient) -> None:
    assert server.is_server_live()
    assert server.is_server_ready()
    assert server.is_model_ready("animals")
    assert server.is_model_ready("animals", "1")
    assert not server.is_model_ready("animals", "2")
    assert server.get_server_metadata() == {"name": "menagerie", "version": __version__, "extensions": []}
    metadata = server.get_model_metadata("animals")
    assert (metadata["name"], metadata["versions"]) == ("animals", ["1"])
    assert metadata["inputs"] == [{"name": "image", "datatype": "BYTES", "shape": [-1]}]
    with pytest.raises(InferenceServerException, match="Expected the model that is served, 'animals'"):
        server.get_model_metadata("plants")


@pytest.mark.parametrize("compression", [None, "gzip", "deflate"])
def test_tritonclient_gets_the_scores_of_the_api(
    server: triton.InferenceServerClient,
    pictures: list[bytes],
    api_scores: Callable[[bytes], dict[str, float]],
    compression: str | None,
) -> None:
    result = server.infer(
        "animals", [files(pictures)], model_version="1", request_id="a7", request_compression_algorithm=compression
    )

    assert result.as_numpy("label").tolist() == ["cat", "chicken", "dog"]
    assert result.as_numpy("known").tolist() == [True, True, True]
    assert tuple(result.as_numpy("classes")) == CLASS_NAMES
    expected = [[api_scores(picture)[name] for name in CLASS_NAMES] for picture in pictures]
    np.testing.assert_allclose(result.as_numpy("scores"), expected, atol=1e-4)
    response = result.get_response()
    assert (response["model_name"], response["model_version"], response["id"]) == ("animals", "1", "a7")


def test_tritonclient_sends_base64_and_gets_the_outputs_that_it_asks_for(
    server: triton.InferenceServerClient, pictures: list[bytes]
) -> None:
    tensor = triton.InferInput("image", [3, 1], "BYTES")
    tensor.set_data_from_numpy(np.array(text(pictures), dtype=np.object_)[:, None], binary_data=False)

    result = server.infer("animals", [tensor], outputs=[triton.InferRequestedOutput("label")])

    assert result.as_numpy("label").tolist() == ["cat", "chicken", "dog"]
    assert result.as_numpy("scores") is None


@pytest.mark.parametrize("binary", [True, False])
def test_tritonclient_sends_pixels(
    server: triton.InferenceServerClient, api_scores: Callable[[bytes], dict[str, float]], binary: bool
) -> None:
    picture = Image.linear_gradient("L").convert("RGB").resize((30, 20))
    picture.paste(RED, (0, 0, 9, 20))
    pixels = np.stack([np.asarray(picture)] * 2)
    tensor = triton.InferInput("image", list(pixels.shape), "UINT8")

    result = server.infer("animals", [tensor.set_data_from_numpy(pixels, binary_data=binary)])

    expected = api_scores(encoded(picture))
    np.testing.assert_allclose(result.as_numpy("scores")[1], [expected[name] for name in CLASS_NAMES], atol=1e-4)


def test_tritonclient_hears_why(server: triton.InferenceServerClient, pictures: list[bytes]) -> None:
    with pytest.raises(InferenceServerException, match="Picture 2: This is not a picture") as refusal:
        server.infer("animals", [files([pictures[0], b"no picture"])])

    assert refusal.value.status() == "422"


# The protocol


@pytest.mark.parametrize("path", ["live", "ready"])
def test_the_probes_are_empty(client: Client, path: str) -> None:
    response = client.get(f"/v2/health/{path}")

    assert (response.status_code, response.content) == (200, b"")


def test_a_server_that_starts_lives_and_is_not_ready() -> None:
    share(model=ServedModel(lambda: None, wait_s=0))  # type: ignore[arg-type,return-value]  # Never opened.
    client = Client()

    assert client.get("/v2/health/live").status_code == 200
    assert client.get("/v2/health/ready").status_code == 503
    assert refused(client.get("/v2/models/animals/ready"))[0] == 503
    assert refused(post(client, body()))[0] == 503


def test_the_probes_ask_for_no_account(client: Client, settings_of: SettingsOf, db: None) -> None:
    settings_of(access="members")

    assert client.get("/v2/health/ready").status_code == 200
    assert refused(client.get("/v2"))[0] == 401
    assert refused(post(client, body()))[0] == 401


def test_a_picture_of_none_of_the_classes_has_no_label(rejecting: Client) -> None:
    found = outputs(post(rejecting, body(shape=[2], data=text([image_bytes(RED), image_bytes(BLUE)]))))

    assert (found["label"], found["known"]) == (["cat", ""], [True, False])
    assert found["scores"][6] > 0.9  # All the same: a dog.


@pytest.mark.parametrize("url", ["/v2/models/animals-1/infer", "/v2/models/animals/versions/1/infer"])
def test_the_model_may_be_named_with_its_version(client: Client, url: str) -> None:
    assert outputs(post(client, body(), url))["label"] == ["cat"]


@pytest.mark.parametrize(
    "path",
    [
        "plants",
        "animals-2",
        "animals/versions/2",
        "animals/versions/01",
        "animals/versions/" + "9" * 3000,
        "ANIMALS",
        "%FF%FE",
        "..%2F..%2Fetc",
        "animals%00",
        "x" * 3000,
    ],
)
def test_another_model_is_not_found(client: Client, path: str) -> None:
    for answer in (
        client.get(f"/v2/models/{path}"),
        client.get(f"/v2/models/{path}/ready"),
        post(client, b"no JSON", f"/v2/models/{path}/infer"),
    ):
        assert refused(answer)[0] == 404


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "picture"},
        {"name": None},
        {"datatype": "FP32"},
        {"datatype": "UINT8"},
        {"datatype": ["BYTES"]},
        {"shape": []},
        {"shape": [0]},
        {"shape": [-1]},
        {"shape": [2]},
        {"shape": [1.0]},
        {"shape": [True]},
        {"shape": [10**300]},
        {"shape": [1] * 10_000},
        {"shape": {"0": 1}},
        {"shape": "1"},
        {"data": []},
        {"data": [1]},
        {"data": "x"},
        {"data": None},
        {"data": [["x", "y"]]},
        {"data": {"b64": "x"}},
        {"parameters": {"binary_data_size": 0}},
        {"parameters": {"binary_data_size": -1}},
        {"parameters": {"binary_data_size": 10**300}},
        {"parameters": {"binary_data_size": "4"}},
        {"datatype": "UINT8", "shape": [1, 2, 2, 3], "data": [256] * 12},
        {"datatype": "UINT8", "shape": [1, 2, 2, 3], "data": [0.5] * 12},
        {"datatype": "UINT8", "shape": [1, 2, 2, 3], "data": [10**300] * 12},
        {"datatype": "UINT8", "shape": [1, 2, 2, 3], "data": ["x"] * 12},
        {"datatype": "UINT8", "shape": [1, 2, 2, 3], "data": [None] * 12},
        {"datatype": "UINT8", "shape": [1, 2, 2, 3], "data": [1] * 11},
        {"datatype": "UINT8", "shape": [1, 0, 2, 3], "data": []},
        {"datatype": "UINT8", "shape": [1, 65_535, 65_535, 3], "data": []},
        {"datatype": "UINT8", "shape": [17, 1, 1, 3], "data": [1] * 51},
    ],
)
def test_a_wrong_tensor_is_refused(client: Client, changes: dict[str, Any]) -> None:
    assert refused(post(client, body(**changes)))[0] == 400


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"inputs"',
        b"\xff\xfe\x00",
        b"\x80{}",
        b'{"inputs": ' + b"[" * 100_000,
        b'{"inputs": ' + b'{"a":' * 100_000,
        b'{"inputs": ' + b"9" * 100_000 + b"}",
        b'{"inputs": [1e999]}',
        b'{"inputs": NaN}',
        b'{"inputs": [' + b"[]," * 1_000_000 + b"[]]}",
        b'{"inputs": []}',
        b'{"inputs": [{}, {}]}',
        b'{"inputs": ["image"]}',
    ],
)
def test_what_is_no_request_is_refused(client: Client, content: bytes) -> None:
    assert refused(post(client, content))[0] == 400


@pytest.mark.parametrize(
    "asked",
    [
        "label",
        [{"name": "logits"}],
        [{}],
        ["label"],
        [{"name": ["label"]}],
        [{"name": "label"}] * 5,
        [{"name": "scores", "parameters": {"classification": 2}}],
    ],
)
def test_outputs_that_there_are_not_are_refused(client: Client, asked: Any) -> None:
    assert refused(post(client, body() | {"outputs": asked}))[0] == 400


def test_an_id_is_a_string(client: Client) -> None:
    assert post(client, body() | {"id": "\ud800"}).json()["id"] == "\ud800"
    assert refused(post(client, body() | {"id": {}}))[0] == 400


def test_ten_thousand_pictures_are_refused_before_one_is_read(client: Client) -> None:
    status, error = refused(post(client, body(shape=[10_000], data=["!"] * 10_000)))

    assert (status, "at most 16 pictures" in error) == (400, True)


@pytest.mark.parametrize("data", ["%%%", "QUJD", "data:image/jpeg;base64,****", "http://example.org/a.jpg", "", "ü"])
def test_what_is_no_picture_in_base64_is_refused(client: Client, data: str) -> None:
    assert refused(post(client, body(data=[data])))[0] == 422


def binary(count: int, tail: bytes, **parameters: Any) -> bytes:
    tensor = {"name": "image", "datatype": "BYTES", "shape": [count]}
    parameters = {"binary_data_size": len(tail), **parameters}
    return json.dumps({"inputs": [{**tensor, "parameters": parameters}]}).encode()


PICTURE = image_bytes(GREEN)
ELEMENT = len(PICTURE).to_bytes(4, "little") + PICTURE


@pytest.mark.parametrize(
    ("count", "tail"),
    [
        (1, b""),
        (1, b"\1\0"),
        (1, ELEMENT[:-1]),
        (1, ELEMENT + b"\0"),
        (2, ELEMENT),
        (1, ELEMENT * 2),
        (1, b"\xff\xff\xff\xff" + PICTURE),
        (17, ELEMENT * 17),
        (10_000, ELEMENT),
    ],
)
def test_bytes_that_are_not_as_many_pictures_are_refused(client: Client, count: int, tail: bytes) -> None:
    head = binary(count, tail)

    assert refused(post(client, head + tail, **{HEADER: str(len(head))}))[0] == 400


@pytest.mark.parametrize("length", ["0", "-1", "1", "99999999", "9" * 5000, "1e2", "", "²", "0x10", " "])
def test_a_wrong_length_of_the_json_is_refused(client: Client, length: str) -> None:
    assert refused(post(client, binary(1, ELEMENT) + ELEMENT, **{HEADER: length}))[0] == 400


@pytest.mark.parametrize("size", [0, len(ELEMENT) - 1, len(ELEMENT) + 1, 2**64, -1, 1.5, None, "1", True])
def test_a_wrong_size_of_the_bytes_is_refused(client: Client, size: Any) -> None:
    head = binary(1, ELEMENT, binary_data_size=size)

    assert refused(post(client, head + ELEMENT, **{HEADER: str(len(head))}))[0] == 400


def test_a_gzip_bomb_is_unpacked_up_to_the_limit(client: Client, settings_of: SettingsOf) -> None:
    settings_of(max_request_mb=1)
    bomb = gzip.compress(b" " * 20 * 2**20)

    assert refused(post(client, bomb, HTTP_CONTENT_ENCODING="gzip"))[0] == 413
    assert refused(post(client, bomb[:100], HTTP_CONTENT_ENCODING="gzip"))[0] == 400
    assert refused(post(client, bomb, HTTP_CONTENT_ENCODING="br"))[0] == 415


def test_a_request_over_the_limit_is_refused_unread(client: Client) -> None:
    assert refused(client.generic("POST", URL, b"", CONTENT_LENGTH=str(65 * 2**20)))[0] == 413


def test_a_method_that_is_not_allowed_is_named(client: Client) -> None:
    response = client.get(URL)

    assert (refused(response)[0], response["Allow"]) == (405, "POST")
    assert refused(client.post("/v2/models/animals"))[0] == 405
    assert refused(client.get("/v2/nothing"))[0] == 404


def test_a_busy_server_says_when_to_come_back(client: Client, busy: object) -> None:
    response = post(client, body())

    assert (refused(response)[0], response.has_header("Retry-After")) == (503, True)


def test_pixels_are_not_changed_on_their_way(client: Client, api_scores: Callable[[bytes], dict[str, float]]) -> None:
    noise = np.random.default_rng(3).integers(0, 256, (1, 7, 5, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(noise[0]).save(buffer, "PNG")

    found = outputs(post(client, body(datatype="UINT8", shape=[1, 7, 5, 3], data=noise.tolist())))

    assert found["scores"] == [api_scores(buffer.getvalue())[name] for name in CLASS_NAMES]
