"""A server whose model can be looked into: a small convolutional network, or one that knows where it looks."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.test import Client

from recognizer import Recognizer
from tests.recognizer import convolutional
from tests.recognizer.mapping_engine import make_mapping_recognizer
from tests.webui.conftest import SettingsOf
from tests.webui.factories import make_answer, visitor_of
from tests.webui.fakes import ready_model, share
from webui.history.models import Answer


@pytest.fixture
def mapping(served: Recognizer, tmp_path: Path) -> Recognizer:
    """Red is a cat, and where it is red is where it looks."""
    recognizer = make_mapping_recognizer(tmp_path)
    share(model=ready_model(recognizer))
    return recognizer


@pytest.fixture
def layered(served: Recognizer, tmp_path: Path) -> Recognizer:
    """A real compiled graph of two convolutions."""
    recognizer = convolutional.make_recognizer(tmp_path)
    share(model=ready_model(recognizer))
    return recognizer


@pytest.fixture
def visitor(visitor_client: Client) -> str:
    return visitor_of(visitor_client)


@pytest.fixture
def answer(visitor: str, db: None, settings_of: SettingsOf) -> Answer:
    """An answer of the visitor's, with a red picture."""
    return make_answer(visitor=visitor)
