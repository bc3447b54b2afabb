"""A compiled graph answers only where somebody vouches for it."""

from __future__ import annotations

import hashlib
import json
import stat
from pathlib import Path

import numpy as np
import pytest

from recognizer import folders
from recognizer.engines import graph_files, vouching
from recognizer.engines.parity import is_same_network
from recognizer.errors import ArtifactError
from tests.recognizer.graphs import write_model, write_words

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture(autouse=True)
def installation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of its own, without a key."""
    monkeypatch.setattr(folders, "cache", lambda: None)
    monkeypatch.delenv("MENAGERIE_SECRET_KEY", raising=False)
    monkeypatch.setenv("MENAGERIE_DATA", str(tmp_path / "data"))
    return tmp_path / "data"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model file, and a graph that this installation made of it."""
    path = write_model(tmp_path / "models" / "a-1.h5")
    write_words(path, path.with_suffix(".compiled"))
    return path


def manifest_of(model: Path) -> Path:
    return model.with_suffix(".compiled") / "float.json"


def test_a_graph_that_was_made_here_answers(model: Path) -> None:
    assert graph_files.find(model) is not None


def test_one_that_was_made_elsewhere_does_not_but_is_found_to_be_compared(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENAGERIE_DATA", str(tmp_path / "another"))

    assert graph_files.find(model) is None
    assert graph_files.manifests(model, graph_files.digest(model)) == {}
    assert graph_files.find(model, vouched_for=False) is not None


def test_a_data_folder_in_the_home_of_nobody_has_no_key(model: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MENAGERIE_DATA", "~nobody-of-this-name/data")

    assert graph_files.find(model) is None


def test_a_manifest_that_somebody_changed_is_not_vouched_for(model: Path) -> None:
    manifest = json.loads(manifest_of(model).read_text())
    manifest["metadata"]["class_names"].append(manifest["metadata"]["class_names"].pop(0))
    manifest_of(model).write_text(json.dumps(manifest))

    assert graph_files.find(model) is None


def test_a_graph_that_somebody_changed_with_its_digest_is_not_vouched_for(model: Path) -> None:
    weights = manifest_of(model).with_suffix(".bin")
    weights.write_bytes(b"other weights")
    manifest = json.loads(manifest_of(model).read_text())
    manifest["files"]["float.bin"] = graph_files.digest(weights)
    manifest_of(model).write_text(json.dumps(manifest))

    assert graph_files.find(model) is None


def test_a_signature_of_another_manifest_does_not_count(model: Path, tmp_path: Path) -> None:
    other = write_model(tmp_path / "models" / "b-1.h5")
    write_words(other, other.with_suffix(".compiled"), words=b"other")
    [signature] = other.with_suffix(".compiled").glob("*.signature")
    manifest_of(model).write_text(manifest_of(model).read_text() + " ")
    (model.with_suffix(".compiled") / signature.name).write_bytes(signature.read_bytes())

    assert graph_files.find(model) is None


def test_a_key_that_lies_beside_the_models_is_none(
    model: Path, installation: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for folder in (model.parent, model.with_suffix(".compiled")):
        (folder / "graph-key").write_bytes((installation / "graph-key").read_bytes())
    monkeypatch.setenv("MENAGERIE_DATA", str(installation.with_name("another")))

    assert graph_files.find(model) is None


def test_the_key_is_random_and_its_owners_alone(model: Path, installation: Path) -> None:
    key = installation / "graph-key"

    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    assert len(set(key.read_bytes())) > 10


@pytest.mark.parametrize("broken", [b"", b"short", b"x" * 1000])
def test_a_broken_key_signs_nothing_and_is_named(model: Path, installation: Path, broken: bytes) -> None:
    (installation / "graph-key").write_bytes(broken)

    assert graph_files.find(model) is None
    with pytest.raises(ArtifactError, match="no key can be kept"):
        vouching.sign(manifest_of(model))


def test_installations_with_the_same_secret_vouch_for_each_other(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MENAGERIE_SECRET_KEY", "s" * 50)
    vouching.sign(manifest_of(model))
    monkeypatch.setenv("MENAGERIE_DATA", str(tmp_path / "another"))

    assert graph_files.find(model) is not None


def test_two_users_of_a_models_folder_do_not_undo_each_others_signatures(
    model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as other:
        other.setenv("MENAGERIE_DATA", str(tmp_path / "another"))
        vouching.sign(manifest_of(model))
        assert graph_files.find(model) is not None

    assert graph_files.find(model) is not None


def test_the_shipped_graphs_are_vouched_for_by_the_release() -> None:
    manifests = sorted((ROOT / "models").glob("animals-*.compiled/*.json"))

    assert manifests
    for manifest in manifests:
        assert hashlib.sha256(manifest.read_bytes()).hexdigest() in vouching._shipped(), manifest


@pytest.mark.parametrize("quantised", [True, False])
def test_the_same_network_is_told_from_others(quantised: bool) -> None:
    rng = np.random.default_rng(5)
    logits, embedding = rng.normal(size=(24, 4)).astype(np.float32), rng.normal(size=(24, 64)).astype(np.float32)
    noise = 0.3 if quantised else 0.01

    def noisy(values: np.ndarray) -> np.ndarray:
        return (values + noise * rng.normal(size=values.shape)).astype(np.float32)

    def is_same(*received: np.ndarray) -> bool:
        return is_same_network((logits, embedding), (received[0], received[1]), quantised=quantised)

    assert is_same(noisy(logits), noisy(embedding))
    assert not is_same(np.roll(logits, 1, axis=1), embedding)
    assert not is_same(logits, embedding[:, ::-1])
    assert not is_same(logits[:, :3], embedding)
    assert not is_same(logits * np.nan, embedding)
