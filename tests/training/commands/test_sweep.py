"""`training sweep`: recipes are compared, results are kept, and the best one is trained."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from training.cli import main

PATTERN = r"(\d)\.png$"  # The last digit of a file's number: ten groups with pictures of every class.
RECIPE = """
architecture = "tiny"
weights = "none"
validation_fraction = 0.25
head.views = 2
fine_tune.unfreeze = ["conv1"]
fine_tune.epochs = [0]
fine_tune.learning_rate = [0.02]
"""


@pytest.fixture
def arguments(class_folders: Path, tmp_path: Path) -> list[str]:
    (tmp_path / "mine.toml").write_text(RECIPE)
    compared = ["--recipe", str(tmp_path / "mine.toml"), "--vary", "head.l2=[0.01, 1000]"]
    return ["sweep", "--data", str(class_folders), *compared, "--keep", str(tmp_path / "keep"), "--folds", "2"]


def swept(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[dict[str, Any], str]:
    """What it found, and what it said on the way."""
    assert main([*arguments, "--json"]) == 0
    said = capsys.readouterr()
    return json.loads(said.out), " ".join(said.err.split())


@pytest.mark.tensorflow
def test_what_was_done_before_is_not_done_again_and_the_best_is_trained_on_all(
    arguments: list[str],
    tiny_architecture: str,
    class_folders: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    command = [*arguments, "--groups", PATTERN, "--seeds", "1"]
    first, said = swept(capsys, *command)
    assert "Training 4 of 4: mine head.l2=1000, seed 1, fold 2" in said
    kept = sorted((tmp_path / "keep").iterdir())
    kept[0].unlink()
    kept[1].write_text("damaged")

    again, said = swept(capsys, *command, "--out", str(tmp_path / "best-1.h5"), "--no-photographs")

    assert "2 of 4 trainings are kept from before" in said
    assert [row["folds"] for row in again["recipes"]] == [row["folds"] for row in first["recipes"]]
    assert first["groups"] == 10
    assert sum(len(fold["answers"]) for fold in first["recipes"][0]["trainings"][0]) == 36
    trained = artifact.read(tmp_path / "best-1.h5").metadata.provenance["recipe"]
    assert again["winner"] == f"mine head.l2={trained['head']['l2']:g}"


@pytest.mark.parametrize(
    ("more", "message"),
    [
        (["--seeds", "0"], "Expected --seeds of 1 to 20"),
        (["--folds", "1", "--groups", PATTERN], "Expected --folds of 2 to 20. Received: 1"),
        (["--folds", "0"], "Expected --folds of 2 to 20. Received: 0"),
        (["--out", "{data}/best-1.h5"], "would lie among the pictures"),
        (["--keep", "{data}/keep"], "Choose another --keep"),
        (["--groups", "no parentheses"], "parentheses"),
        (["--out", "model.txt"], "Received: model.txt"),
        (["--out", "model-1.h5", "--set", "rejection.unknown={data}/red"], "keep other things apart"),
    ],
)
def test_what_cannot_be_is_a_sentence_before_anything_is_read(
    arguments: list[str],
    tiny_architecture: str,
    class_folders: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    more: list[str],
    message: str,
) -> None:
    assert main([*arguments, *(word.format(data=class_folders) for word in more)]) == 2
    assert message in " ".join(capsys.readouterr().err.split())
    assert not (tmp_path / "keep").exists()


@pytest.mark.tensorflow
def test_what_was_compared_is_shown_even_if_the_last_training_fails(
    arguments: list[str], tiny_architecture: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    from training import pipeline

    def failing(*_: object, **__: object) -> None:
        raise ArtifactError("The disk is full.")

    command = [*arguments, "--groups", PATTERN, "--seeds", "1", "--out", str(tmp_path / "best-1.h5")]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipeline, "fit", failing)
        assert main([*command, "--json"]) == 1

    said = capsys.readouterr()
    assert json.loads(said.out)["groups"] == 10
    assert "The disk is full." in said.err


@pytest.mark.tensorflow
def test_somebody_has_to_know_which_pictures_belong_together(
    arguments: list[str], tiny_architecture: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(arguments) == 2
    assert "Say which pictures belong together" in " ".join(capsys.readouterr().err.split())


def test_a_cluster_needs_an_extra(
    arguments: list[str], tiny_architecture: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delitem(sys.modules, "recognizer.cluster.connection", raising=False)
    monkeypatch.delattr("recognizer.cluster.connection", raising=False)
    monkeypatch.setitem(sys.modules, "ray", None)

    assert main([*arguments, "--ray"]) == 1
    assert "This command needs ray. Get it with:" in " ".join(capsys.readouterr().err.split())
