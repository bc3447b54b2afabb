"""A served model without a network, and files to send to it."""

from __future__ import annotations

import io

from PIL import Image

from recognizer import Recognizer
from tests.recognizer.fakes import RED
from webui.inference.served_model import ServedModel


def ready_model(recognizer: Recognizer) -> ServedModel:
    """A model that is ready before this function returns."""
    model = ServedModel(lambda: recognizer)
    model.open()
    return model


def image_bytes(colour: tuple[int, int, int] = RED, kind: str = "JPEG", size: tuple[int, int] = (60, 40)) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", size, colour).save(buffer, kind)
    return buffer.getvalue()


def image_file(name: str = "cat.jpg", colour: tuple[int, int, int] = RED) -> io.BytesIO:
    """A picture as the test client uploads it."""
    return other_file(name, image_bytes(colour))


def other_file(name: str = "notes.txt", content: bytes = b"This is no picture.") -> io.BytesIO:
    file = io.BytesIO(content)
    file.name = name
    return file
