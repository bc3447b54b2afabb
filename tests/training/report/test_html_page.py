"""Pages of one file."""

from __future__ import annotations

import base64
import io
from pathlib import Path

import pytest
from PIL import Image

from tests.recognizer.fakes import RED, orientation_exif
from training.report.html_page import data_uri, fill, write_whole


def test_whatever_a_template_shows_is_escaped(tmp_path: Path) -> None:
    (tmp_path / "x.html.jinja").write_text("<p>{{ name | loud }}</p>")

    page = fill(tmp_path / "x.html.jinja", {"name": "<b>"}, {"loud": str.upper})

    assert page == "<p>&lt;B&gt;</p>"


def test_every_template_finds_the_common_style(tmp_path: Path) -> None:
    (tmp_path / "x.html.jinja").write_text('{% include "paper.css" %}')

    assert "--ink" in fill(tmp_path / "x.html.jinja", {})


def test_a_page_that_cannot_be_written_leaves_what_was_there(tmp_path: Path) -> None:
    (tmp_path / "x.html").mkdir()

    with pytest.raises(OSError, match="directory"):
        write_whole(tmp_path / "x.html", "page")

    assert [path.name for path in tmp_path.iterdir()] == ["x.html"]


def test_names_that_are_no_text_are_spelled_out(tmp_path: Path) -> None:
    write_whole(tmp_path / "x.html", "a\udcffb")

    assert (tmp_path / "x.html").read_text(encoding="utf-8") == "a\\udcffb"


def test_a_picture_becomes_an_address_without_its_camera_data() -> None:
    image = Image.new("RGB", (4, 3), RED)
    image.info["exif"] = orientation_exif(6)

    start, _, encoded = data_uri(image, quality=80).partition(",")

    assert start == "data:image/jpeg;base64"
    decoded = base64.b64decode(encoded)
    assert b"Exif" not in decoded
    assert Image.open(io.BytesIO(decoded)).size == (4, 3)
