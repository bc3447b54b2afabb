"""Where a model comes from, without saying whose machine it was."""

from __future__ import annotations

import platform
from pathlib import Path

import pytest

from recognizer import architectures
from training.config import Recipe, Rejection
from training.data.dataset import Dataset, LabelledImage
from training.data.split import Split
from training.export import provenance
from training.job import Job


def test_the_machine_is_named_by_its_processor_cores_and_memory(tmp_path: Path) -> None:
    info = tmp_path / "cpuinfo"
    info.write_text("processor\t: 0\nmodel name\t: Fast Processor 9\nprocessor\t: 1\nmodel name\t: Fast Processor 9\n")

    summary = provenance.machine_summary(info)

    assert "Fast Processor 9" in summary
    assert summary.endswith(" GB")
    assert platform.node() not in summary


def test_a_system_that_does_not_tell_its_processor_has_one_all_the_same(tmp_path: Path) -> None:
    assert " cores, " in provenance.machine_summary(tmp_path / "missing")


@pytest.mark.parametrize(("answer", "expected"), [("", False), (" M training/pipeline.py", True), (None, None)])
def test_code_that_differs_from_the_commit_is_dirty(
    monkeypatch: pytest.MonkeyPatch, answer: str | None, expected: bool | None
) -> None:
    monkeypatch.setattr(provenance, "_git", lambda *arguments: answer)

    assert provenance.is_dirty() is expected


def test_a_recipe_is_recorded_without_paths(tmp_path: Path) -> None:
    files = {"unknown": str(tmp_path / "others"), "backbone_head": str(tmp_path / "head.npz")}
    rejection = Rejection.model_validate(files)
    picture = LabelledImage(tmp_path / "cat.jpg", 0, "a")
    preprocessing = architectures.get("resnet50").preprocessing
    recipe = Recipe(weights=str(tmp_path / "net.weights.h5"), rejection=rejection)
    job = Job(Dataset(("cat", "dog"), (picture,)), Split((picture,), ()), recipe, preprocessing)

    found = provenance.record(job, starting_weights={"kind": "none"}, seconds=1).to_dict()

    assert str(tmp_path) not in str(found)
    assert found["recipe"]["rejection"]["backbone_head"] == "head.npz"
    assert found["recipe"]["rejection"]["unknown"] == ["others"]
