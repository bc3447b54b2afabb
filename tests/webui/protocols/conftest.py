"""A server at a real port for the protocols' own clients: the fake model, and no process of its own."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.core.handlers.wsgi import WSGIHandler
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler
from django.test import Client

from recognizer import Recognizer
from tests.recognizer.fakes import BLUE, GREEN, RED
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.webui.fakes import image_bytes, ready_model, share

Scores = dict[str, float]


@pytest.fixture
def address(served: Recognizer) -> Iterator[str]:
    """Host and port of a server in a thread."""
    server = ThreadedWSGIServer(("127.0.0.1", 0), _Silent)
    server.set_app(WSGIHandler())
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


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


class _Silent(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - its name in the class above.
        """Tests read no log."""
