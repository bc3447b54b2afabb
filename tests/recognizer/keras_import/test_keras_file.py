"""A file that Keras saved is read within limits, and a file of another kind is named with the way on."""

from __future__ import annotations

import json
import pickle
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest

from recognizer.errors import ArtifactError
from recognizer.keras_import import keras_file
from recognizer.keras_import.keras_file import read_keras_file
from recognizer.model_file import artifact
from tests.recognizer.keras_import.descriptions import SMALL, layer, sequential

CONV, DENSE = (3, 3, 3, 4), (4, 3)


def h5(path: Path, description: Any = SMALL) -> Path:
    with h5py.File(path, "w") as file:
        if description is not None:
            file.attrs["model_config"] = json.dumps(description)
        for name, shape in (("conv", CONV), ("dense", DENSE)):
            group = file.create_group(f"model_weights/{name}")
            group.attrs["weight_names"] = [f"{name}/kernel".encode(), f"{name}/bias".encode()]
            group[f"{name}/kernel"], group[f"{name}/bias"] = np.ones(shape, np.float32), np.ones(shape[-1], np.float32)
    return path


def weights(path: Path) -> Path:
    with h5py.File(path, "w") as file:
        for name, shape in (("conv2d", CONV), ("dense", DENSE)):
            file[f"layers/{name}/vars/0"], file[f"layers/{name}/vars/1"] = np.ones(shape), np.ones(shape[-1])
    return path


def keras(path: Path, config: bytes | None = None) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("config.json", json.dumps(SMALL) if config is None else config)
        archive.writestr("metadata.json", json.dumps({"keras_version": "3.15.1"}))
        archive.write(weights(path.with_suffix(".weights")), "model.weights.h5")
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ArtifactError) as raised:
        read_keras_file(path, path.parent, reserved=())
    return str(raised.value)


@pytest.mark.parametrize("make", [lambda folder: h5(folder / "a.h5"), lambda folder: keras(folder / "a.keras")])
def test_both_kinds_are_read(tmp_path: Path, make: Callable[[Path], Path]) -> None:
    found = read_keras_file(make(tmp_path), tmp_path, reserved=())

    assert [step.kind for step in found.description.steps] == ["Rescaling", "Conv2D", "GlobalAveragePooling2D", "Dense"]
    assert {path: [x.shape for x in numbers] for path, numbers in found.numbers.items()} == {
        (2,): [CONV, (4,)],
        (5,): [DENSE, (3,)],
    }


def test_the_suffix_does_not_matter(tmp_path: Path) -> None:
    assert read_keras_file(keras(tmp_path / "a.h5"), tmp_path, reserved=()).keras_version == "3.15.1"


def test_weights_alone_are_named_with_the_way_on(tmp_path: Path) -> None:
    assert "holds weights only" in refusal(weights(tmp_path / "a.weights.h5"))
    old = h5(tmp_path / "old.h5", None)
    with h5py.File(old, "r+") as file:
        file.attrs["layer_names"] = [b"conv", b"dense"]

    assert "model.save('model.keras')" in refusal(old)


def test_files_of_other_programs_are_named(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "torch.pt", "w") as archive:
        archive.writestr("archive/data.pkl", b"")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as archive:
        archive.writestr("readme.txt", b"")
    (tmp_path / "old.pth").write_bytes(pickle.dumps({"a": 1}))
    (tmp_path / "lite.tflite").write_bytes(b"\x1c\0\0\0TFL3" + bytes(100))
    (tmp_path / "page.h5").write_bytes(b"\n<!DOCTYPE html><html>")
    (tmp_path / "pointer.h5").write_bytes(b"version https://git-lfs.github.com/spec/v1\noid sha256:1\n")
    (tmp_path / "network.json").write_bytes(b'{"class_name": "Sequential"}')
    (tmp_path / "saved").mkdir()
    (tmp_path / "saved/saved_model.pb").write_bytes(b"\x08\x01")
    (tmp_path / "nothing.h5").write_bytes(b"nothing")

    for name, sentence in {
        "torch.pt": "is a PyTorch file: a pickle, which is code",
        "old.pth": "is a PyTorch file: a pickle, which is code",
        "other.zip": "is a zip archive, but not one that Keras saved",
        "lite.tflite": "is no file of Keras. Import the Keras file that it was made from",
        "page.h5": "is a web page. Download it again",
        "pointer.h5": "is only a pointer of Git LFS",
        "network.json": "without its weights",
        "saved": "is a SavedModel folder",
        "nothing.h5": "is no H5 file, or a damaged one",
        "missing.h5": "There is no model file at",
    }.items():
        assert sentence in refusal(tmp_path / name), name


def test_every_command_says_what_a_plain_keras_file_is_and_how_to_import_it(tmp_path: Path) -> None:
    for path in (h5(tmp_path / "my flowers.h5"), keras(tmp_path / "flowers.keras")):
        with pytest.raises(ArtifactError, match="is a plain Keras file, no model of ours yet") as raised:
            artifact.read(path)
        assert ".venv/bin/python -m recognizer import " in str(raised.value)


def test_code_in_either_kind_is_refused_by_name(tmp_path: Path) -> None:
    network = sequential(*SMALL["config"]["layers"], layer("Lambda", "my_code"))

    assert "The layer my_code is a Lambda: Python code" in refusal(h5(tmp_path / "a.h5", network))
    assert "The layer my_code is a Lambda: Python code" in refusal(
        keras(tmp_path / "a.keras", json.dumps(network).encode())
    )


def test_links_out_of_an_h5_are_refused(tmp_path: Path) -> None:
    path = h5(tmp_path / "a.h5")
    with h5py.File(path, "r+") as file:
        file["model_weights/dense/elsewhere"] = h5py.ExternalLink("/etc/passwd", "/")

    assert "is a link to somewhere else" in refusal(path)


@pytest.mark.parametrize(
    "config", [b"", b"[" * 200_000, b"\xff\xfe", b"null", b'{"class_name": "Sequential", "config": 3}']
)
def test_a_config_that_is_no_description_is_refused(tmp_path: Path, config: bytes) -> None:
    assert refusal(keras(tmp_path / "a.keras", config))


def test_a_zip_that_unpacks_to_far_more_than_it_is_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = tmp_path / "a.keras"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("config.json", json.dumps(SMALL))
        archive.writestr("model.weights.h5", bytes(60 * 2**20))
    assert "unpacks to 62914560 bytes. That is refused" in refusal(bomb)

    monkeypatch.setattr(keras_file, "_MAX_CONFIG_BYTES", 100)
    assert "config.json in the file is larger" in refusal(keras(tmp_path / "b.keras"))


def test_a_zip_with_two_files_of_a_name_is_refused(tmp_path: Path) -> None:
    path = keras(tmp_path / "a.keras")
    with pytest.warns(UserWarning, match="Duplicate name"), zipfile.ZipFile(path, "a") as archive:
        archive.writestr("config.json", "{}")

    assert "holds two files of the same name" in refusal(path)


def test_a_zip_cut_off_or_changed_anywhere_is_refused_or_read(tmp_path: Path) -> None:
    whole = keras(tmp_path / "a.keras").read_bytes()
    damaged = tmp_path / "damaged.keras"
    random = np.random.default_rng(1)
    for _ in range(60):
        changed = bytearray(whole)
        for place in random.integers(0, len(whole), 3):
            changed[place] = random.integers(0, 256)
        damaged.write_bytes(changed[: random.integers(len(whole) // 2, len(whole) + 1)])
        try:
            read_keras_file(damaged, tmp_path, reserved=())
        except ArtifactError:
            continue


def test_a_function_that_keras_2_computed_in_another_way_is_refused(tmp_path: Path) -> None:
    path = h5(
        tmp_path / "a.h5", sequential(*SMALL["config"]["layers"], layer("Activation", "a", activation="hard_sigmoid"))
    )
    read_keras_file(path, tmp_path, reserved=())
    with h5py.File(path, "r+") as file:
        file.attrs["keras_version"] = "2.15.0"

    assert "The layer a has the activation hard_sigmoid of Keras 2" in refusal(path)
