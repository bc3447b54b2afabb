"""A models folder with files that can be read, though they have no weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from recognizer import Recognizer
from recognizer.engines import graph_files
from recognizer.engines.graph_files import Parity
from recognizer.model_file import artifact
from recognizer.model_file.artifact import Artifact
from tests.recognizer.fakes import FakeEngine
from tests.recognizer.registry.test_versions import model_file
from tests.webui.conftest import SettingsOf
from tests.webui.fakes import ready_model, share

Put = Callable[..., Path]

PARITY = Parity(pictures=24, drawn=True, agreement=1.0, largest_difference=0.01, usual_difference=0.005, accepted=True)


@pytest.fixture
def models(tmp_path: Path, settings_of: SettingsOf) -> Path:
    """The models folder of the server, empty."""
    folder = tmp_path / "models"
    folder.mkdir()
    settings_of(models=folder)
    return folder


@pytest.fixture
def put(models: Path) -> Put:
    """Puts a version into it: put("animals-2", active=True)."""

    def put(stem: str, *, active: bool = False, previous: bool = False, **changes: object) -> Path:
        name, _, version = stem.rpartition("-")
        path = model_file(models / f"{stem}.h5", **{"name": name, "version": version, **changes})
        if active:
            (models / "ACTIVE").write_text(f"{stem}\n")
        if previous:
            (models / "PREVIOUS").write_text(f"{stem}\n")
        return path

    return put


@pytest.fixture
def two(put: Put) -> None:
    """animals-1 is active, and there is an animals-2."""
    put("animals-1", active=True)
    put("animals-2")


def serve(path: Path) -> Recognizer:
    """Makes this process answer with a file of the folder."""
    recognizer = opened(path)
    share(model=ready_model(recognizer))
    return recognizer


def opened(path: Path, **options: object) -> Recognizer:
    """A file's metadata with the fake engine."""
    source = artifact.read(path)
    return Recognizer(Artifact(path, source.metadata, source.digest), FakeEngine())


def compile_for(path: Path) -> None:
    """Writes what stands beside a compiled graph, and an empty graph."""
    folder = path.with_suffix(".compiled")
    folder.mkdir(exist_ok=True)
    for suffix in (".xml", ".bin"):
        (folder / f"float{suffix}").touch()
    graph_files.stamp(folder, "float", artifact.read(path), parity={"bf16": PARITY, "f32": PARITY}, versions={})


@pytest.fixture
def every_file_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every file that can be read can be served."""
    monkeypatch.setattr(Recognizer, "open", opened)
