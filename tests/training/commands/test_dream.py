"""`python -m training dream`: pictures, events, and what is refused."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.training.visualization.models import model_file
from training.cli import main

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def command(tmp_path: Path, tiny_architecture: str) -> list[str]:
    Image.new("RGB", (90, 60), (90, 120, 60)).save(tmp_path / "photo.jpg", exif=_exif())
    model = str(model_file(tmp_path / "tiny-1.h5", tiny_architecture).path)
    folder, events = str(tmp_path / "out"), str(tmp_path / "events.jsonl")
    return ["dream", str(tmp_path / "photo.jpg"), "--model", model, "--out", folder, "--events", events]


def _exif() -> Image.Exif:
    exif = Image.Exif()
    exif[0x010E] = "who took it"
    return exif


def told(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events.jsonl").read_text().splitlines()]


def test_it_tells_each_step_and_leaves_pictures_of_the_way(command: list[str], tmp_path: Path) -> None:
    assert main([*command, "--side", "90", "--octaves", "2", "--steps", "2"]) == 0

    events = told(tmp_path)
    assert events[0] == {"event": "started", "steps": 4}
    assert [event["done"] for event in events if event["event"] == "step"] == [1, 2, 3, 4]
    pictures = [event["file"] for event in events if event["event"] == "picture"]
    assert {path.name for path in (tmp_path / "out").iterdir()} == {*pictures, "dream.jpg"}
    assert events[-1]["event"] == "done"
    with Image.open(tmp_path / "out" / "dream.jpg") as dream:
        assert dream.size == (90, 60)
        assert not dream.getexif()


@pytest.mark.parametrize("name", ["dream.jpg", "step-001.jpg"])
def test_the_photograph_is_not_replaced_by_what_is_dreamt_of_it(
    command: list[str], tmp_path: Path, name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    photograph = (tmp_path / "photo.jpg").rename(tmp_path / name)
    before = photograph.read_bytes()
    command[1], command[command.index("--out") + 1] = str(photograph), str(tmp_path)

    assert main(command) == 2

    assert photograph.read_bytes() == before
    assert "would be replaced" in capsys.readouterr().err


def test_what_cannot_be_dreamt_of_is_told_too(command: list[str], tmp_path: Path) -> None:
    assert main([*command, "--class", "unicorn"]) == 2

    assert [(event["event"], event.get("code")) for event in told(tmp_path)] == [("failed", "invalid_dream")]


def test_a_file_that_is_no_picture_is_told_too(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "photo.jpg").write_bytes(b"no picture")

    assert main(command) == 2

    assert [event["code"] for event in told(tmp_path)] == ["invalid_image"]


@pytest.mark.parametrize("option", ["--side=5000", "--steps=0", "--octaves=9", "--strength=x", "--threads=-1"])
def test_more_than_is_good_for_the_machine_is_refused(
    command: list[str], option: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        main([*command, option])

    assert "Expected a whole number from" in capsys.readouterr().err
