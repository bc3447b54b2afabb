"""The shipped model file behind the fake engine: its first layer is a real one, and nothing is computed with it."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from django.test import Client

from recognizer import Recognizer
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from tests.recognizer.fakes import FakeEngine
from tests.webui.fakes import ready_model, share

SHIPPED = Path(__file__).resolve().parents[3] / "models" / "animals-3.h5"


@cache
def shipped() -> Artifact:
    """Read once: its digest takes a while."""
    return artifact.read(SHIPPED)


@pytest.fixture
def learner(client: Client) -> Client:
    """Somebody in front of a server with the shipped model."""
    share(model=ready_model(Recognizer(shipped(), FakeEngine(), second_look=False)))
    return client
