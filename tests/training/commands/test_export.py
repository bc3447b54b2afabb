"""`python -m training export`: what it tells another program of how it ended."""

from __future__ import annotations

import errno
import json
from pathlib import Path
from typing import Any

import pytest

from recognizer import folders
from tests.recognizer.registry.test_versions import model_file
from training.cli import main
from training.commands import export
from training.export import web_runtime
from training.export.handout import Agreement, ExportFailed


@pytest.fixture
def command(tmp_path: Path) -> list[str]:
    path = model_file(tmp_path / "animals-1.h5")
    return ["export", str(path), "--to", "web", "--out", str(tmp_path / "out"), "--events", str(tmp_path / "events")]


def told(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (folder / "events").read_text().splitlines()]


def raising(error: Exception) -> Any:
    def make(*given: object) -> None:
        raise error

    return make


def test_that_it_is_done_is_told(command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "make", lambda *given: Agreement(0.0))

    assert main(command) == 0

    assert [event["event"] for event in told(tmp_path)] == ["started", "done"]
    assert told(tmp_path)[-1]["folder"] == "out"


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (ExportFailed("It answers otherwise."), "export_failed", "It answers otherwise."),
        (web_runtime.RuntimeMissing("Fetch it."), "runtime_missing", "Fetch it."),
        (ModuleNotFoundError("No module", name="keras.ops"), "not_installed", "This command needs keras.ops."),
        (OSError(errno.ENOSPC, "No space left on device"), "storage_full", "No space left on device"),
        (PermissionError(errno.EACCES, "Permission denied"), "os_error", "Permission denied"),
    ],
    ids=["otherwise", "no runtime", "no keras", "no space", "no right"],
)
def test_why_it_failed_is_told(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, code: str, message: str
) -> None:
    monkeypatch.setattr(export, "make", raising(error))

    assert main(command) == 1

    last = told(tmp_path)[-1]
    assert (last["event"], last["code"]) == ("failed", code)
    assert last["message"].startswith(message)


def test_a_file_that_is_no_model_is_told(command: list[str], tmp_path: Path) -> None:
    (tmp_path / "animals-1.h5").write_bytes(b"This is no model.")

    assert main(command) == 1

    assert told(tmp_path)[-1]["code"] == "invalid_model"


def test_a_fault_of_ours_is_not_told_as_something_to_install(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(export, "make", raising(ModuleNotFoundError("No module", name="training.lost")))

    with pytest.raises(ModuleNotFoundError):
        main(command)

    assert [event["event"] for event in told(tmp_path)] == ["started"]


def test_without_a_network_the_address_is_named(
    command: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", (tmp_path / "nothing").as_uri())
    monkeypatch.setattr(folders, "cache", lambda: tmp_path / "cache")

    assert main(command) == 1

    last = told(tmp_path)[-1]
    assert last["code"] == "runtime_missing"
    assert "onnxruntime-web-" in last["message"]
    assert "--onnxruntime-web, which keeps it" in last["message"]
