"""The model that comes with an installed package."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from recognizer import folders
from recognizer.registry import shipped, versions


@pytest.fixture(autouse=True)
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As if the package were installed, with a model in it."""
    inside = tmp_path / "package" / "shipped"
    (inside / "animals-1.compiled").mkdir(parents=True)
    (inside / "animals-1.compiled" / "int8.bin").write_bytes(b"graph")
    (inside / "animals-1.h5").write_bytes(b"weights")
    (inside / "ACTIVE").write_text("animals-1\n")
    monkeypatch.setattr(folders, "SHIPPED", inside)
    monkeypatch.setattr(folders, "CHECKOUT", None)


@pytest.mark.parametrize("is_there", [False, True])
def test_an_empty_models_folder_gets_the_model(tmp_path: Path, is_there: bool) -> None:
    models = tmp_path / "data" / "models"
    if is_there:
        models.mkdir(parents=True)

    shipped.unpack(models)

    assert versions.active(models).read_bytes() == b"weights"
    assert (models / "animals-1.compiled" / "int8.bin").read_bytes() == b"graph"


def test_somebody_elses_models_are_left_alone(tmp_path: Path) -> None:
    models = tmp_path / "models"
    models.mkdir()
    (models / "farm-1.h5").touch()

    shipped.unpack(models)

    assert [path.name for path in models.iterdir()] == ["farm-1.h5"]


def test_a_model_that_was_removed_does_not_come_back(tmp_path: Path) -> None:
    shipped.unpack(tmp_path / "models")
    (tmp_path / "models" / "animals-1.h5").rename(tmp_path / "models" / "mine-1.h5")

    shipped.unpack(tmp_path / "models")

    assert not (tmp_path / "models" / "animals-1.h5").exists()


def test_a_place_that_cannot_be_written_is_a_warning(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").touch()

    with caplog.at_level(logging.WARNING):
        shipped.unpack(tmp_path / "file" / "models")

    assert "cannot be put into" in caplog.text
