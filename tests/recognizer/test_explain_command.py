"""`explain`: what it writes and says, and what it refuses."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from PIL import Image

from recognizer import cli
from recognizer.recognizer import Recognizer
from tests.recognizer import convolutional
from tests.recognizer.fakes import encoded, make_recognizer, quadrants


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "quarters.png"
    path.write_bytes(encoded(quadrants(60, 40)))
    return path


@pytest.fixture
def convolutional_model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    recognizer = convolutional.make_recognizer(tmp_path)
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: recognizer)


def explain(picture: Path, *options: str) -> int:
    out = picture.parent / "out"
    return cli.main(["explain", str(picture), "--out", str(out), "--model", "x-1.h5", *options])


@pytest.mark.usefixtures("convolutional_model")
def test_it_draws_each_class_and_each_layer_and_writes_the_figures(
    picture: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explain(picture, "--occlusion", "0.4") == 0

    out = picture.parent / "out"
    record = json.loads((out / "explanation.json").read_text())
    labels = [entry["label"] for entry in record["top"]]
    drawn = {path.name for path in out.glob("*.png")}
    assert drawn == {
        *(f"{rank}-{label}.png" for rank, label in enumerate(labels, start=1)),
        "occlusion.png",
        *(f"layer-0{number}.png" for number in (1, 2, 3)),
    }
    assert record["method"] == "class activation map"
    assert record["layers"][0] == {
        "name": "conv1_relu",
        "shape": [16, 16, 4],
        "receptive_field": 3,
        "step": 2,
        "sizes": ["convolution 3 x 3: floor((32 + 2 * 1 - 3) / 2) + 1 = 16"],
        "strongest": record["layers"][0]["strongest"],
    }
    with Image.open(out / f"1-{labels[0]}.png") as first:
        assert first.size == (480, 320)
    said = capsys.readouterr().out
    assert "class activation map" in said
    assert "layer-01.png" in said


@pytest.mark.usefixtures("convolutional_model")
def test_only_as_many_classes_are_drawn_as_are_asked_for(picture: Path) -> None:
    explain(picture, "--classes", "2")

    assert len(list((picture.parent / "out").glob("[0-9]-*.png"))) == 2


def test_a_network_that_cannot_be_looked_into_says_so(
    picture: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: make_recognizer())

    assert explain(picture) == 0

    said = capsys.readouterr().out
    assert "cannot say where it looked" in said
    assert "cannot be shown" in said


@pytest.mark.usefixtures("convolutional_model")
@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (("--occlusion", "0.9"), "0.05 to 0.8"),
        (("--occlusion", "nan"), "0.05 to 0.8"),
        (("--occlusion", "large"), "'large'"),
    ],
)
def test_a_square_of_no_use_is_refused(
    picture: Path, options: tuple[str, ...], sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        explain(picture, *options)

    assert ended.value.code == 2
    assert sentence in capsys.readouterr().err


@pytest.mark.usefixtures("convolutional_model")
def test_what_is_no_picture_is_refused_and_nothing_is_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = tmp_path / "notes.txt"
    words.write_text("This is no picture.")

    for path in (words, tmp_path / "gone.jpg", tmp_path):
        assert explain(path) == 2, path
    assert explain(words, "--classes", "0") == 2

    assert not (tmp_path / "out").exists()
    assert "Traceback" not in capsys.readouterr().err
