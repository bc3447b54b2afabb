"""Broken, hostile and unusual files, sent to a real server."""

from __future__ import annotations

import json
import urllib.request
from pathlib import Path

import pytest

from tests.integration.conftest import ROOT
from tests.integration.multipart import post_form

pytestmark = [pytest.mark.tensorflow, pytest.mark.slow]

ODD_IMAGES = ROOT.parent / "shared" / "data" / "odd-images"

needs_odd_images = pytest.mark.skipif(
    not ODD_IMAGES.is_dir(), reason=f"there is no {ODD_IMAGES.name} beside the project"
)


@needs_odd_images
def test_each_file_is_a_prediction_or_a_clear_4xx_and_the_server_lives(server: str) -> None:
    answers = {path: post_form(f"{server}/api/v1/classify", [(path.name, path.read_bytes())]) for path in odd_files()}

    wrong = {path.name: status for path, (status, _) in answers.items() if status not in (200, 413, 415, 422)}
    assert wrong == {}
    assert all(json.loads(body).get("code") for status, body in answers.values() if status != 200)
    with urllib.request.urlopen(f"{server}/readyz", timeout=10) as response:
        assert response.status == 200


def odd_files() -> list[Path]:
    files = sorted(path for path in ODD_IMAGES.rglob("*") if path.is_file())
    assert len(files) > 200
    return files


@needs_odd_images
def test_the_eight_exif_orientations_agree(server: str) -> None:
    """A landscape is none of the classes: between two that are nearly level, each storing tips the scale."""
    files = sorted((ODD_IMAGES / "exif-orientation").iterdir())

    _, body = post_form(f"{server}/api/v1/classify", [(path.name, path.read_bytes()) for path in files])

    predictions = json.loads(body)["predictions"]
    assert {(p["width"], p["height"]) for p in predictions} == {(600, 400)}
    for label in {entry["label"] for p in predictions for entry in p["top"]}:
        scores = [entry["score"] for p in predictions for entry in p["top"] if entry["label"] == label]
        assert max(scores) - min(scores) < 0.4, label
