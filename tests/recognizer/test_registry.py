from __future__ import annotations

from pathlib import Path

import pytest

from recognizer import registry
from recognizer.errors import ArtifactError


def test_the_active_model_is_the_one_that_is_named(tmp_path: Path) -> None:
    model = tmp_path / "animals-1.h5"
    model.touch()
    (tmp_path / "ACTIVE").write_text("animals-1\n")

    assert registry.active(tmp_path) == model


def test_without_a_pointer_the_cure_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"ACTIVE cannot be read\. Write the active model's name"):
        registry.active(tmp_path)


def test_a_pointer_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ACTIVE").write_bytes(b"\xff\xfe")

    with pytest.raises(ArtifactError, match="cannot be read"):
        registry.active(tmp_path)


def test_a_pointer_that_is_far_too_long_is_refused(tmp_path: Path) -> None:
    (tmp_path / "ACTIVE").write_text("x" * 5000)

    with pytest.raises(ArtifactError, match="cannot be read"):
        registry.active(tmp_path)


@pytest.mark.parametrize("name", ["", "animals-2", "../outside", "/outside", "folder", "a\nb", "a\0b"])
def test_a_pointer_to_no_model_in_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    models = tmp_path / "models"
    (models / "folder.h5").mkdir(parents=True)
    (tmp_path / "outside.h5").touch()
    (models / "ACTIVE").write_text(name)

    with pytest.raises(ArtifactError, match="there is no model file"):
        registry.active(models)
