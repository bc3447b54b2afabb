"""A gallery from elsewhere: nothing but small pictures that its manifest names, of just this model file."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from recognizer.explain import gallery

DIGEST = f"sha256:{'0' * 64}"


def webp() -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), (200, 30, 40)).save(buffer, "WEBP")
    return buffer.getvalue()


def manifest(**changes: Any) -> dict[str, Any]:
    drawn = {"file": "stage0-3.webp", "digest": gallery.digest(webp()), "excited": 1.5}
    stage = {"name": "conv1", "layer": "conv1_relu", "channels": 8, "size": 64, "filters": [{**drawn, "channel": 3}]}
    return {
        "schema_version": 1,
        "model_digest": DIGEST,
        "stages": [stage],
        "classes": [],
        "class_size": 64,
        "steps": 2,
        "versions": {},
        **changes,
    }


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "farm-1.h5"


def place(model: Path, text: str | None = None, **changes: Any) -> Path:
    folder = gallery.folder(model)
    folder.mkdir()
    (folder / "gallery.json").write_text(json.dumps(manifest(**changes)) if text is None else text)
    (folder / "stage0-3.webp").write_bytes(webp())
    return folder


def test_a_picture_is_read_by_its_name(model: Path) -> None:
    place(model)
    found = gallery.read(model, DIGEST)

    assert found is not None
    assert gallery.picture(model, found, "stage0-3.webp") == webp()
    assert gallery.picture(model, found, "stage0-4.webp") is None
    assert gallery.picture(model, found, "gallery.json") is None


def test_that_of_another_model_file_is_none(model: Path) -> None:
    place(model)

    assert gallery.read(model, f"sha256:{'1' * 64}") is None


def test_a_broken_or_hostile_manifest_is_none(model: Path) -> None:
    [stage] = manifest()["stages"]
    folder = place(model)
    escape = {**stage, "filters": [{**stage["filters"][0], "file": "../../secret-key.webp"}]}
    script = {**stage, "filters": [{**stage["filters"][0], "file": "x.html"}]}
    for text in (
        "",
        "{}",
        "[" * 5000,
        json.dumps(manifest(stages=[escape])),
        json.dumps(manifest(stages=[script])),
        json.dumps(manifest(class_size=10**9)),
        json.dumps(manifest(more=1)),
        json.dumps(manifest(stages=[stage] * 21)),
        json.dumps(manifest()).replace("1.5", "NaN"),
        " " * 2**21,
    ):
        (folder / "gallery.json").write_text(text)

        assert gallery.read(model, DIGEST) is None, text[:80]


def test_a_picture_that_is_not_what_was_named_is_none(model: Path) -> None:
    page = b"<script>alert(1)</script>"
    folder = place(model)
    found = gallery.read(model, DIGEST)
    assert found is not None
    for data in (b"", webp()[:-1], page, webp() + b"\0" * 300_000):
        (folder / "stage0-3.webp").write_bytes(data)

        assert gallery.picture(model, found, "stage0-3.webp") is None, data[:20]


def test_a_page_that_is_called_a_picture_is_none(model: Path) -> None:
    page = b"<script>alert(1)</script>"
    [stage] = manifest()["stages"]
    named = {**stage, "filters": [{**stage["filters"][0], "digest": gallery.digest(page)}]}
    folder = place(model, stages=[named])
    (folder / "stage0-3.webp").write_bytes(page)
    found = gallery.read(model, DIGEST)

    assert found is not None
    assert gallery.picture(model, found, "stage0-3.webp") is None


def test_without_a_folder_there_is_none(model: Path) -> None:
    assert gallery.read(model, DIGEST) is None
