"""What the protocols are asked about, and what the JSON API says of it."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from tests.recognizer.fakes import BLUE, GREEN, RED
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.webui.fakes import image_bytes, ready_model, share

Scores = dict[str, float]


@pytest.fixture
def rejecting() -> Client:
    """A server whose model knows red alone."""
    share(model=ready_model(make_rejecting_recognizer()))
    return Client(raise_request_exception=False)


@pytest.fixture
def pictures() -> list[bytes]:
    """A cat, a chicken and a dog, for the fake model."""
    return [image_bytes(colour) for colour in (RED, GREEN, BLUE)]


@pytest.fixture
def api_scores(client: Client) -> Callable[[bytes], Scores]:
    """What the API says of a picture: score by class."""

    def ask(picture: bytes) -> Scores:
        [entry] = client.post("/api/v1/classify", picture, content_type="image/jpeg").json()["predictions"]
        return {one["label"]: one["score"] for one in entry["top"]}

    return ask
