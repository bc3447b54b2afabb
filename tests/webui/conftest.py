"""A server whose model is the fake one."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from django.test import Client

from recognizer import Recognizer
from tests.recognizer.fakes import make_recognizer
from tests.webui.fakes import ready_model
from webui import admission, serving
from webui.admission import Admission


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


@pytest.fixture
def busy() -> Iterator[Admission]:
    """The only place of the process is taken, and nobody may wait."""
    places = Admission(running=1, queue_size=0, queue_timeout_s=1)
    admission.use(places)
    with places.place():
        yield places
    admission.use(None)
