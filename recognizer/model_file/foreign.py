"""Says what a file is that is no model file of ours, by its first bytes, and what can be done with it."""

from __future__ import annotations

import zipfile
from collections.abc import Set as AbstractSet
from pathlib import Path

from recognizer import files, folders

_FIRST_BYTES = 512
_SAVE_AGAIN = "Load it in the program that made it, and save the whole network with Keras: model.save('model.keras')."

# What Keras 2 and 3 write beside weights alone.
_OF_WEIGHTS = frozenset({"layer_names", "layers", "_layer_checkpoint_dependencies"})
_WEIGHTS_ONLY = (
    "holds weights only, and not how the network is built. Build it in Keras as it was trained, load_weights, and save"
    " the whole: model.save('model.keras'). Then import that."
)
_PICKLE = "is a PyTorch file: a pickle, which is code, and is not run."
_CONVERTED = "is no file of Keras. Import the Keras file that it was made from."


def sentence(path: Path) -> str | None:
    """What a file is, and the way on; None for an H5 file and for bytes that nobody knows."""
    try:
        if path.is_dir():
            return _folder(path)
        start = files.read_at_most(path, _FIRST_BYTES)
    except OSError:
        return None
    if start.startswith(b"PK"):
        return _zip(path)
    return _by_first_bytes(path, start)


def plain_keras(path: Path) -> str:
    """What to do with a network that plain Keras saved."""
    command = folders.command_line("recognizer", "import", path, "--classes", "a,b,c")
    return (
        f"{path} is a plain Keras file, no model of ours yet. Import it, with its classes in the order of its"
        f" outputs: {command}"
    )


def without_network(path: Path, names: AbstractSet[str]) -> str:
    """What an H5 file is that describes no network.

    Args:
        path: the file.
        names: of its attributes, groups and datasets.
    """
    is_weights = not names.isdisjoint(_OF_WEIGHTS)
    return f"{path} {_WEIGHTS_ONLY if is_weights else 'is an H5 file, but holds no network of Keras.'}"


def _folder(path: Path) -> str:
    if (path / "saved_model.pb").is_file():
        return f"{path} is a SavedModel folder: a program, which is not run from a file. {_SAVE_AGAIN}"
    return f"{path} is a folder. Expected a file that Keras saved: .h5 or .keras."


def _zip(path: Path) -> str:
    try:
        with zipfile.ZipFile(path) as archive:
            names = set(archive.namelist())
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError):
        return f"{path} is a zip archive that is damaged or not complete: copy it again."
    if {"config.json", "model.weights.h5"} <= names:
        return plain_keras(path)
    if any(name.endswith("data.pkl") for name in names):
        return f"{path} {_PICKLE} {_retrain()}"
    return f"{path} is a zip archive, but not one that Keras saved: it has no config.json and model.weights.h5."


def _retrain() -> str:
    command = folders.command_line("training", "fit", "--data", "DIR")
    return f"Train a network here instead, it takes minutes: {command}"


def _by_first_bytes(path: Path, start: bytes) -> str | None:
    text = start.lstrip().lower()
    for is_so, found in (
        (start.startswith(b"version https://git-lfs"), "is only a pointer of Git LFS. Fetch the file: git lfs pull"),
        (text.startswith((b"<!doctype", b"<html")), "is a web page. Download it again, with the link to the raw file."),
        (start.startswith(b"\x80") or path.suffix in (".pt", ".pth", ".pkl", ".ckpt"), f"{_PICKLE} {_retrain()}"),
        (
            start[4:8] == b"TFL3" or path.suffix in (".onnx", ".pb", ".safetensors", ".mlmodel", ".tflite"),
            f"{_CONVERTED} {_retrain()}",
        ),
        (text.startswith(b"{"), f"is JSON: the description of a network at best, without its weights. {_SAVE_AGAIN}"),
    ):
        if is_so:
            return f"{path} {found}"
    return None
