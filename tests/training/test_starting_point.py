"""Starting weights: from where they may come, and what is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from recognizer import architectures, artifact, registry
from recognizer.metadata import ModelMetadata
from recognizer.preprocessing import fingerprint
from training import starting_point
from training.errors import WeightsError

pytestmark = pytest.mark.tensorflow


@pytest.fixture
def earlier_model(tiny_architecture: str, tmp_path: Path) -> Path:
    """A model file of three classes."""
    preprocessing = architectures.get(tiny_architecture).preprocessing
    metadata = ModelMetadata(
        name="earlier",
        version="4",
        architecture=tiny_architecture,
        class_names=("a", "b", "c"),
        preprocessing=preprocessing,
        preprocessing_fingerprint=fingerprint(preprocessing),
        provenance={"starting_weights": {"kind": "none"}},
        results={},
    )
    artifact.write(tmp_path / "earlier-4.h5", architectures.build(tiny_architecture, 3), metadata)
    return tmp_path / "earlier-4.h5"


def test_an_earlier_model_gives_its_backbone_to_any_number_of_classes(
    tiny_architecture: str, earlier_model: Path
) -> None:
    source = architectures.build(tiny_architecture, 3)
    artifact.load_weights(artifact.read(earlier_model), source)

    model, record = starting_point.build(tiny_architecture, str(earlier_model), classes=5)

    ours, theirs = (starting_point.backbone_of(m).get_weights() for m in (model, source))
    assert all(np.array_equal(a, b) for a, b in zip(ours, theirs, strict=True))
    assert model.output_shape == (None, 5)
    assert (record["name"], record["version"]) == ("earlier", "4")


def test_the_default_is_the_active_model(
    tiny_architecture: str, earlier_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (earlier_model.parent / "ACTIVE").write_text("earlier-4\n", encoding="utf-8")
    find = registry.active
    monkeypatch.setattr(registry, "active", lambda: find(earlier_model.parent))

    _, record = starting_point.build(tiny_architecture, "model", classes=2)

    assert record["digest"] == artifact.read(earlier_model).digest


def test_keras_weights_of_the_backbone_are_taken(tiny_architecture: str, tmp_path: Path) -> None:
    source = starting_point.backbone_of(architectures.build(tiny_architecture, 2))
    source.save_weights(tmp_path / "backbone.weights.h5")

    model, record = starting_point.build(tiny_architecture, str(tmp_path / "backbone.weights.h5"), classes=2)

    kernels = starting_point.backbone_of(model).get_weights()
    assert all(np.array_equal(a, b) for a, b in zip(kernels, source.get_weights(), strict=True))
    assert record["file"] == "backbone.weights.h5"


def test_the_record_holds_no_path(tiny_architecture: str, earlier_model: Path) -> None:
    _, record = starting_point.build(tiny_architecture, str(earlier_model), classes=2)

    assert str(earlier_model.parent) not in str(record)


@pytest.mark.parametrize("name", ["x.h5", "x.weights.h5"])
def test_a_file_that_is_no_weights_is_refused(tiny_architecture: str, tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(b"\x89HDF\r\n\x1a\n" + b"x" * 1000)

    with pytest.raises(WeightsError):
        starting_point.build(tiny_architecture, str(tmp_path / name), classes=2)


def test_a_missing_file_is_refused(tiny_architecture: str) -> None:
    with pytest.raises(WeightsError, match=r"Received: weights='nowhere\.h5'"):
        starting_point.build(tiny_architecture, "nowhere.h5", classes=2)


def test_a_model_of_another_architecture_is_refused_with_the_cure(
    tiny_architecture: str, earlier_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = replace(architectures.get(tiny_architecture), name="other")
    monkeypatch.setitem(architectures.ARCHITECTURES, "other", other)

    with pytest.raises(WeightsError, match="--set architecture=tiny"):
        starting_point.build("other", str(earlier_model), classes=2)


def test_without_internet_imagenet_is_refused_with_the_cure(
    tiny_architecture: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    offline = replace(architectures.get(tiny_architecture), keras_imagenet=_no_internet())
    monkeypatch.setitem(architectures.ARCHITECTURES, tiny_architecture, offline)

    with pytest.raises(WeightsError, match=r"--set weights=model"):
        starting_point.build(tiny_architecture, "imagenet", classes=2)


def _no_internet() -> Callable[[], object]:
    def download() -> object:
        raise OSError("URL fetch failure")

    return download


def test_an_architecture_without_imagenet_weights_names_those_that_have_them(tiny_architecture: str) -> None:
    with pytest.raises(WeightsError, match="resnet50"):
        starting_point.build(tiny_architecture, "imagenet", classes=2)
