"""Pages of one file."""

from __future__ import annotations

import base64
import io
from pathlib import Path

from PIL import Image

from tests.recognizer.fakes import RED, orientation_exif
from training.report.html_page import data_uri, fill


def test_whatever_a_template_shows_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "x.html.jinja").write_text("<p>{{ name | loud }}</p>")

    page = fill(tmp_path / "x.html.jinja", {"name": "<b>"}, {"loud": str.upper})

    assert page == "<p>&lt;B&gt;</p>"


def test_every_template_finds_the_common_style(tmp_path: Path) -> None:
    (tmp_path / "x.html.jinja").write_text('{% include "paper.css" %}')

    assert "--ink" in fill(tmp_path / "x.html.jinja", {})


def test_a_picture_becomes_an_address_without_its_camera_data() -> None:
    image = Image.new("RGB", (4, 3), RED)
    image.info["exif"] = orientation_exif(6)

    start, _, encoded = data_uri(image, quality=80).partition(",")

    assert start == "data:image/jpeg;base64"
    decoded = base64.b64decode(encoded)
    assert b"Exif" not in decoded
    assert Image.open(io.BytesIO(decoded)).size == (4, 3)
