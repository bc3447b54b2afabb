"""PhotoPrism is a program in Go: requests are those that its vision client makes, field by field."""

from __future__ import annotations

import base64
import gzip
import json
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from tests.recognizer.fakes import BLUE, GREEN, RED
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import image_bytes

URL = "/photoprism/labels"
ID = "3487da77-246e-4b4c-9437-67507177bcd7"


def url_of(picture: bytes) -> str:
    return f"data:image/jpeg;base64,{base64.b64encode(picture).decode()}"


def asked(*pictures: bytes, **changes: Any) -> dict[str, Any]:
    """What PhotoPrism sends: `suffix` and `stream` stand in each request."""
    return {"id": ID, "suffix": "", "stream": False, "images": [url_of(picture) for picture in pictures], **changes}


def post(client: Client, content: Any, **headers: str) -> Any:
    sent = content if isinstance(content, bytes) else json.dumps(content).encode()
    return client.generic("POST", URL, sent, content_type="application/json", **headers)


def refused(response: Any) -> int:
    """PhotoPrism reads every reply into the same structure: `code` is a number, `result` an object."""
    document = response.json()
    assert response["Content-Type"] == "application/json"
    assert document.keys() == {"code", "error", "result"}
    assert (document["code"], document["result"]) == (response.status_code, {})
    assert 0 < len(document["error"]) < 1000
    return int(response.status_code)


def test_a_real_request_gets_the_scores_of_the_api(
    address: str, api_scores: Callable[[bytes], dict[str, float]]
) -> None:
    picture = image_bytes(GREEN)
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{address}{URL}", json.dumps(asked(picture)).encode(), headers)

    with urllib.request.urlopen(request, timeout=60) as response:
        found = json.load(response)

    [label] = found.pop("result")["labels"]
    assert found == {"id": ID, "code": 200, "model": {"type": "labels", "name": "animals", "version": "1"}}
    assert (label["name"], label["source"]) == ("chicken", "image")
    assert label["confidence"] == label["topicality"] == pytest.approx(api_scores(picture)["chicken"], abs=1e-4)


def test_several_pictures_of_a_photograph_give_each_label_once(client: Client) -> None:
    pale = (250, 180, 180)
    found = post(client, asked(image_bytes(pale), image_bytes(RED), image_bytes(BLUE))).json()["result"]["labels"]

    assert sorted(label["name"] for label in found) == ["cat", "dog"]
    assert all(label["confidence"] > 0.99 for label in found)


def test_what_is_none_of_the_classes_has_no_label(rejecting: Client) -> None:
    response = post(rejecting, asked(image_bytes(BLUE)))

    assert (response.status_code, response.json()["result"]) == (200, {"labels": []})


@pytest.mark.parametrize(
    "names",
    [
        {"model": ""},
        {"model": "animals"},
        {"model": "Animals:latest", "version": "latest"},
        {"model": "animals:1"},
        {"model": "animals-1", "version": "1"},
        {"model": None, "version": None},
        {"version": "1"},
    ],
)
def test_the_model_may_be_named_as_photoprism_does(client: Client, names: dict[str, Any]) -> None:
    assert post(client, asked(image_bytes(), **names)).json()["code"] == 200


@pytest.mark.parametrize(
    "names",
    [
        {"model": "nasnet"},
        {"model": "nasnet:latest"},
        {"model": "animals:2"},
        {"model": "animals", "version": "2"},
        {"model": "animals:1", "version": "2"},
        {"version": "9" * 5000},
        {"model": "\ud800"},
        {"model": "x" * 100_000},
    ],
)
def test_another_model_is_not_found(client: Client, names: dict[str, Any]) -> None:
    assert refused(post(client, asked(image_bytes(), **names))) == 404


@pytest.mark.parametrize("id_", [None, "", 7, {}, "x" * 5000])
def test_a_request_without_an_id_gets_one(client: Client, id_: Any) -> None:
    assert len(post(client, asked(image_bytes(), id=id_)).json()["id"]) == 36


@pytest.mark.parametrize(
    ("content", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"[]", 400),
        (b"\xff\xfe", 400),
        (b'{"images": ["\xff"]}', 400),
        (b'{"images": ' + b"[" * 100_000, 400),
        (b'{"images": [' + b"9" * 100_000 + b"]}", 400),
        (b'{"images": [NaN]}', 400),
        ({}, 400),
        ({"images": []}, 400),
        ({"images": {"0": "x"}}, 400),
        ({"images": [1e300]}, 400),
        ({"images": [["x"]]}, 400),
        ({"images": ["!"] * 10_000}, 400),
        ({"images": ["x"], "model": 1}, 400),
        ({"images": ["x"], "version": ["1"]}, 400),
        ({"url": "https://example.org/a.jpg"}, 400),
        ({"images": ["https://example.org/a.jpg"]}, 422),
        ({"images": ["data:image/jpeg;base64,%%%"]}, 422),
        ({"images": ["data:image/jpeg;base64,QUJD"]}, 422),
        ({"images": [""]}, 422),
        (asked(image_bytes(), image_bytes()[:300]), 422),
    ],
)
def test_what_is_no_request_is_refused(client: Client, content: Any, status: int) -> None:
    assert refused(post(client, content)) == status


def test_a_gzip_bomb_is_unpacked_up_to_the_limit(client: Client, settings_of: SettingsOf) -> None:
    settings_of(max_request_mb=1)

    assert refused(post(client, gzip.compress(bytes(20 * 2**20)), HTTP_CONTENT_ENCODING="gzip")) == 413


def test_whoever_refuses_does_so_in_this_shape(client: Client, busy: object, settings_of: SettingsOf) -> None:
    assert refused(client.get(URL)) == 405
    assert refused(client.get("/photoprism/caption")) == 404
    assert refused(post(client, asked(image_bytes()))) == 503
    assert refused(client.generic("POST", URL, b"", CONTENT_LENGTH=str(65 * 2**20))) == 413
    assert refused(client.post(URL, HTTP_HOST="barn.local")) == 400
