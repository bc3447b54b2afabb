from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from huggingface_hub import InferenceClient
from huggingface_hub.errors import HfHubHTTPError

from tests.recognizer.fakes import BLUE
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_bytes

URL = "/hf/animals"


@pytest.fixture
def hub(address: str) -> InferenceClient:
    """Hugging Face's own client."""
    return InferenceClient(base_url=f"http://{address}{URL}")


def post(client: Client, content: Any, url: str = URL, **headers: str) -> Any:
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.generic("POST", url, sent, content_type="", **headers)


def text(picture: bytes) -> str:
    return base64.b64encode(picture).decode()


def refused(response: Any) -> tuple[int, str]:
    assert response["Content-Type"] == "application/json"
    assert response.json().keys() == {"error"}
    assert len(response.content) < 1000
    return response.status_code, response.json()["error"]


# The client


def test_inference_client_gets_the_scores_of_the_api(
    hub: InferenceClient, pictures: list[bytes], api_scores: Callable[[bytes], dict[str, float]], tmp_path: Path
) -> None:
    (tmp_path / "cat.jpg").write_bytes(pictures[0])

    for sent, picture in ((pictures[1], pictures[1]), (str(tmp_path / "cat.jpg"), pictures[0])):
        found = [(element.label, element.score) for element in hub.image_classification(sent)]
        expected = sorted(api_scores(picture).items(), key=lambda entry: -entry[1])
        assert [label for label, _ in found] == [label for label, _ in expected]
        assert [score for _, score in found] == pytest.approx([score for _, score in expected], abs=1e-4)


def test_inference_client_asks_for_the_best(hub: InferenceClient, pictures: list[bytes]) -> None:
    found = hub.image_classification(pictures[2], top_k=2, function_to_apply="softmax")

    assert [element.label for element in found][:1] == ["dog"]
    assert len(found) == 2


def test_inference_client_hears_why(hub: InferenceClient) -> None:
    with pytest.raises(HfHubHTTPError) as refusal:
        hub.image_classification(b"no picture", top_k=1)

    assert refusal.value.response.status_code == 422
    assert refusal.value.response.json()["error"].startswith("This is not a picture")


# The protocol


def test_five_classes_are_listed_unless_more_are_asked_for(client: Client) -> None:
    assert [len(post(client, body).json()) for body in ({"inputs": text(image_bytes())}, image_bytes())] == [4, 4]
    assert len(post(client, {"inputs": text(image_bytes()), "parameters": {"top_k": 10**30}}).json()) == 4


def test_scores_of_none_of_the_classes_are_there_as_they_are(rejecting: Client) -> None:
    [best, *_] = post(rejecting, image_bytes(BLUE)).json()

    assert best["label"] == "dog"
    assert best["score"] > 0.9


@pytest.mark.parametrize("model", ["plants", "animals-2", "animals%00", "%FF", "x" * 3000])
def test_another_model_is_not_found(client: Client, model: str) -> None:
    assert refused(post(client, b"", f"/hf/{model}"))[0] == 404


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"{}", 400),
        (b"[]", 422),
        (b"\xff\xfe", 422),
        (b'{"inputs": "\xff"}', 400),
        (b'{"inputs": ' + b"[" * 100_000, 400),
        (b'{"inputs": ' + b"9" * 100_000 + b"}", 400),
        ({"inputs": ["x"] * 10_000}, 400),
        ({"inputs": {"b64": "x"}}, 400),
        ({"inputs": None}, 400),
        ({"inputs": "%%%"}, 422),
        ({"inputs": "http://example.org/a.jpg"}, 422),
        ({"inputs": text(image_bytes())[:60]}, 422),
        ({"inputs": text(image_bytes()), "parameters": {"top_k": 0}}, 400),
        ({"inputs": text(image_bytes()), "parameters": {"top_k": -1}}, 400),
        ({"inputs": text(image_bytes()), "parameters": {"top_k": 1.5}}, 400),
        ({"inputs": text(image_bytes()), "parameters": {"top_k": True}}, 400),
        ({"inputs": text(image_bytes()), "parameters": {"function_to_apply": "sigmoid"}}, 400),
        ({"inputs": text(image_bytes()), "parameters": {"function_to_apply": ["softmax"]}}, 400),
    ],
)
def test_what_is_no_request_is_refused(client: Client, content: Any, status: int) -> None:
    assert refused(post(client, content))[0] == status


@pytest.mark.parametrize("parameters", [None, {}, {"top_k": None}, {"function_to_apply": None}, {"other": 1}])
def test_parameters_may_be_empty(client: Client, parameters: Any) -> None:
    assert post(client, {"inputs": text(image_bytes()), "parameters": parameters}).status_code == 200


def test_a_gzip_bomb_is_unpacked_up_to_the_limit(client: Client, settings_of: SettingsOf) -> None:
    settings_of(max_request_mb=1)

    assert refused(post(client, gzip.compress(bytes(20 * 2**20)), HTTP_CONTENT_ENCODING="gzip"))[0] == 413
    assert post(client, gzip.compress(image_bytes()), HTTP_CONTENT_ENCODING="gzip").json()[0]["label"] == "cat"


def test_a_method_that_is_not_allowed_is_named(client: Client) -> None:
    response = client.get(URL)

    assert (refused(response)[0], response["Allow"]) == (405, "POST")
    assert refused(client.get("/hf/"))[0] == 404
