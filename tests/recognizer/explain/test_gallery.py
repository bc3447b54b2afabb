"""A gallery from elsewhere: nothing but small pictures that its manifest names, of just this model file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recognizer.explain import gallery
from tests.recognizer.galleries import manifest, place, webp

DIGEST = f"sha256:{'0' * 64}"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return tmp_path / "farm-1.h5"


def test_a_picture_is_read_by_its_name(model: Path) -> None:
    place(model, DIGEST)
    found = gallery.read(model, DIGEST)

    assert found is not None
    assert gallery.picture(model, found, "stage0-3.webp") == webp()
    assert gallery.picture(model, found, "stage0-4.webp") is None
    assert gallery.picture(model, found, "gallery.json") is None


def test_that_of_another_model_file_is_none(model: Path) -> None:
    place(model, DIGEST)

    assert gallery.read(model, f"sha256:{'1' * 64}") is None


def test_a_broken_or_hostile_manifest_is_none(model: Path) -> None:
    [stage] = manifest(DIGEST)["stages"]
    folder = place(model, DIGEST)
    escape = {**stage, "filters": [{**stage["filters"][0], "file": "../../secret-key.webp"}]}
    script = {**stage, "filters": [{**stage["filters"][0], "file": "x.html"}]}
    for text in (
        "",
        "{}",
        "[" * 5000,
        json.dumps(manifest(DIGEST, stages=[escape])),
        json.dumps(manifest(DIGEST, stages=[script])),
        json.dumps(manifest(DIGEST, class_size=10**9)),
        json.dumps(manifest(DIGEST, more=1)),
        json.dumps(manifest(DIGEST, stages=[stage] * 21)),
        json.dumps(manifest(DIGEST)).replace("1.5", "NaN"),
        " " * 2**23,
    ):
        (folder / "gallery.json").write_text(text)

        assert gallery.read(model, DIGEST) is None, text[:80]


def test_a_manifest_of_as_many_pictures_as_there_may_be_is_read(model: Path) -> None:
    [stage] = manifest(DIGEST)["stages"]
    filters = [{**stage["filters"][0], "file": f"stage19-{n}.webp", "channel": n} for n in range(256)]
    drawn = {"digest": DIGEST, "excited": 1.2345678901234567}
    classes = [{"file": f"class-{n}.webp", "label": "\U00020000" * 200, **drawn} for n in range(gallery.MOST_PICTURES)]
    whole = manifest(DIGEST, stages=[{**stage, "filters": filters}] * 20, classes=classes)

    text = gallery.Gallery.model_validate_json(json.dumps(whole)).model_dump_json(indent=1)
    (place(model, DIGEST) / "gallery.json").write_text(text)

    assert gallery.read(model, DIGEST) is not None


def test_a_picture_that_is_not_what_was_named_is_none(model: Path) -> None:
    page = b"<script>alert(1)</script>"
    folder = place(model, DIGEST)
    found = gallery.read(model, DIGEST)
    assert found is not None
    for data in (b"", webp()[:-1], page, webp() + b"\0" * 300_000):
        (folder / "stage0-3.webp").write_bytes(data)

        assert gallery.picture(model, found, "stage0-3.webp") is None, data[:20]


def test_a_page_that_is_called_a_picture_is_none(model: Path) -> None:
    page = b"<script>alert(1)</script>"
    [stage] = manifest(DIGEST)["stages"]
    named = {**stage, "filters": [{**stage["filters"][0], "digest": gallery.digest(page)}]}
    folder = place(model, DIGEST, stages=[named])
    (folder / "stage0-3.webp").write_bytes(page)
    found = gallery.read(model, DIGEST)

    assert found is not None
    assert gallery.picture(model, found, "stage0-3.webp") is None


def test_without_a_folder_there_is_none(model: Path) -> None:
    assert gallery.read(model, DIGEST) is None
