"""`python -m recognizer import`: what it asks for, and what it says when it has what it needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from recognizer.cli import main
from recognizer.commands import import_keras
from tests.recognizer.keras_import.descriptions import SMALL, layer, sequential
from tests.recognizer.keras_import.test_keras_file import h5


@pytest.mark.parametrize("value", [["-1..1"], ["caffe"], ["0..1"]])
def test_every_preprocessing_can_be_written_as_a_value(
    tmp_path: Path, value: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    """argparse takes -1..1 for an option."""
    missing = str(tmp_path / "none.h5")

    assert (
        main(["import", missing, "--classes", "a,b", "--out", str(tmp_path / "a.h5"), "--preprocessing", *value]) == 2
    )
    assert f"There is no file {missing}" in capsys.readouterr().err


@pytest.mark.parametrize("value", [["--preprocessing"], ["--preprocessing", "imagenet"]])
def test_a_preprocessing_that_nobody_knows_is_the_callers_mistake(
    tmp_path: Path, value: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", "a.h5", "--classes", "a,b", "--out", str(tmp_path / "a.h5"), *value]) == 2
    assert "Expected --preprocessing none, 0..1, -1..1, caffe, torch" in capsys.readouterr().err


def test_what_cannot_be_imported_is_the_callers_mistake_and_leaves_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = h5(tmp_path / "a.h5", sequential(*SMALL["config"]["layers"], layer("Lambda", "my_code")))
    out = tmp_path / "models" / "a-1.h5"

    assert main(["import", str(path), "--classes", "a,b,c", "--out", str(out)]) == 2
    assert "The network cannot be imported: The layer my_code is a Lambda" in capsys.readouterr().err
    assert list(out.parent.iterdir()) == []


def test_a_file_that_only_its_suffix_gives_away_is_named_for_what_it_is(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.onnx").write_bytes(b"\x08\x07\x12\x07pytorch")

    assert main(["import", str(tmp_path / "a.onnx"), "--classes", "a,b", "--out", str(tmp_path / "b.h5")]) == 2
    assert f"{tmp_path}/a.onnx is no file of Keras" in capsys.readouterr().err


def test_pixels_that_nobody_described_are_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    layers = [x for x in SMALL["config"]["layers"] if x["class_name"] != "Rescaling"]
    path = h5(tmp_path / "a.h5", sequential(*layers))

    assert main(["import", str(path), "--classes", "a,b,c", "--out", str(tmp_path / "b.h5")]) == 2
    said = capsys.readouterr().err
    assert "Look in the code that trained it, and say with --preprocessing" in said
    assert said.count("\n") == 2  # With the step before it.


def test_a_file_that_is_there_is_not_replaced_unasked(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = h5(tmp_path / "a.h5")

    assert main(["import", str(path), "--classes", "a,b,c", "--out", str(path)]) == 2
    assert "exists already" in capsys.readouterr().err


def test_the_original_is_never_replaced(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = h5(tmp_path / "a.h5")
    before = path.read_bytes()

    assert main(["import", str(path), "--classes", "a,b,c", "--out", str(path), "--overwrite"]) == 2

    assert "is read by this command" in capsys.readouterr().err
    assert path.read_bytes() == before


def test_the_models_name_and_version_come_from_the_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(import_keras, "MODELS_DIR", tmp_path)
    (tmp_path / "flowers-1.h5").touch()

    free = {
        name: import_keras._free_name(Path(name)).name
        for name in ("flowers.keras", "flowers-3.h5", "my model.h5", "Blüten.h5", "model.weights.h5", "-.h5", "a-x.h5")
    }

    assert free == {
        "flowers.keras": "flowers-2.h5",
        "flowers-3.h5": "flowers-3.h5",
        "my model.h5": "my_model-1.h5",
        "Blüten.h5": "Bl_ten-1.h5",
        "model.weights.h5": "model_weights-1.h5",
        "-.h5": "model-1.h5",
        "a-x.h5": "a_x-1.h5",
    }


def test_inspect_says_how_a_plain_keras_file_is_imported(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = h5(tmp_path / "flowers.h5")

    assert main(["inspect", str(path)]) == 1
    assert f"-m recognizer import {path} --classes a,b,c" in capsys.readouterr().err


@pytest.mark.tensorflow
@pytest.mark.slow
def test_an_import_is_compiled_and_says_what_it_understood(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    import keras
    from keras import layers

    keras.utils.set_random_seed(1)
    keras.Sequential(
        [
            keras.Input((32, 32, 3)),
            layers.Rescaling(1 / 255),
            layers.Conv2D(8, 3, activation="relu"),
            layers.GlobalAveragePooling2D(),
            layers.Dense(3, activation="softmax"),
        ]
    ).save(tmp_path / "small.keras")
    out = tmp_path / "models/small-1.h5"

    assert main(["import", str(tmp_path / "small.keras"), "--classes", "hen, horse,dog", "--out", str(out)]) == 0
    said = " ".join(capsys.readouterr().out.split())
    for fact in (
        "hen, horse, dog",
        "32 x 32",
        "divided by 255, 255, 255",
        "as the network's own layers say",
        "classify PICTURE",
    ):
        assert fact in said
    assert (out.with_name("small-1.compiled")).is_dir()
