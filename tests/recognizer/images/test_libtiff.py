"""libtiff's own lines go through the log, where they can be limited and steer no terminal."""

from __future__ import annotations

import io
import logging

import numpy as np
import pytest
from PIL import Image

from recognizer.errors import ImageError
from recognizer.images import libtiff
from recognizer.images.decode import decode


def damaged() -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (200, 200, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "TIFF", compression="tiff_lzw")
    data = bytearray(buffer.getvalue())
    data[1000:1400] = bytes(range(200)) * 2
    return bytes(data)


def test_a_damaged_tiff_writes_into_the_log_and_not_on_the_screen(
    caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    assert libtiff.log_its_messages()

    with caplog.at_level(logging.WARNING, "recognizer"), pytest.raises(ImageError):
        decode(damaged())

    assert capfd.readouterr().err == ""
    assert caplog.messages[0].startswith("A TIFF is damaged: ")


def test_what_it_says_is_made_printable() -> None:
    assert libtiff._printable("a\x1b[2J\nb") == "a?[2J?b"
