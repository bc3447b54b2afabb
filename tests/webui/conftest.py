"""A server whose model is the fake one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from recognizer import Recognizer
from tests.recognizer.fakes import make_recognizer
from tests.webui.fakes import ready_model
from webui import serving


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    return make_recognizer()


@pytest.fixture
def served(recognizer: Recognizer) -> Iterator[Recognizer]:
    """The process serves the fake model, ready and warm."""
    serving.use(ready_model(recognizer))
    yield recognizer
    serving.use(None)


@pytest.fixture
def client(served: Recognizer) -> Client:
    """Django's test client before a server whose model is ready."""
    return Client(raise_request_exception=False)
