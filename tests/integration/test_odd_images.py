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


@pytest.mark.skipif(not ODD_IMAGES.is_dir(), reason=f"there is no {ODD_IMAGES.name} beside the project")
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
