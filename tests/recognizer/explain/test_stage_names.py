"""Names of stages: what the model file calls the layers that the compiled graph has lost."""

from __future__ import annotations

from pathlib import Path

from recognizer.architectures import description
from recognizer.explain.stage_names import names_of, stage_names
from recognizer.model_file.artifact import Artifact
from tests.recognizer import convolutional
from tests.recognizer.fakes import make_metadata


def test_a_stage_has_the_name_of_the_last_layer_before_the_next_window() -> None:
    steps = description.read(convolutional.DESCRIPTION).steps

    assert names_of(steps) == {(1, 0): "conv1_relu", (1, 1): "pool", (2, 1): "conv2_out"}


def test_the_names_come_from_the_model_file(tmp_path: Path) -> None:
    source = convolutional.write_source(tmp_path / "x-1.h5")

    assert stage_names(source)[2, 1] == "conv2_out"


def test_a_file_that_is_gone_has_no_names(tmp_path: Path) -> None:
    assert stage_names(Artifact(tmp_path / "gone-1.h5", make_metadata(), "sha256:0")) == {}
