"""Opens a file that plain Keras saved: its description of the network, and the H5 with the numbers.

.h5     attribute model_config, group model_weights
.keras  a zip: config.json, model.weights.h5, metadata.json
"""

from __future__ import annotations

import json
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import h5py

from recognizer import folders
from recognizer.architectures.description import Description, read
from recognizer.errors import ArtifactError
from recognizer.keras_import import stored_numbers
from recognizer.keras_import.stored_numbers import Numbers
from recognizer.model_file import artifact, foreign

_CONFIG, _WEIGHTS, _METADATA = "config.json", "model.weights.h5", "metadata.json"
_MAX_CONFIG_BYTES = 16 * 2**20
_MAX_WEIGHTS_BYTES = 2 * 2**30
# Weights hardly compress; Keras does not even try.
_MAX_RATIO = 50
_PIECE_BYTES = 2**20
_HARD_SIGMOID = (
    "The layer {} has the activation hard_sigmoid of Keras 2, which is another function than that of Keras 3. Put"
    " a ReLU(6) and arithmetic in its place, or train a network here."
)


@dataclass(frozen=True)
class KerasFile:
    """A network as it was saved, checked."""

    written: Any
    """The description as JSON gives it."""
    description: Description
    numbers: dict[tuple[int, ...], Numbers]
    """Of each layer, by its path in the description."""
    keras_version: str

    def __post_init__(self) -> None:
        """Refuses what Keras 2 computed in another way."""
        old = [step for step in self.description.steps if step.options.get("activation") == "hard_sigmoid"]
        if old and self.keras_version.startswith(("1.", "2.")):
            raise ArtifactError(_HARD_SIGMOID.format(old[0].name))


def read_keras_file(path: Path, folder: Path, *, reserved: tuple[str, ...]) -> KerasFile:
    """Reads a file that Keras saved; runs nothing.

    Args:
        path: the file.
        folder: for a copy of what is inside a .keras.
        reserved: names that no layer may have.

    Raises:
        ArtifactError: it is none of Keras's, damaged, or has something in it that we refuse; it is named.
    """
    if path.is_dir():
        raise ArtifactError(foreign.sentence(path))
    if path.is_file() and zipfile.is_zipfile(path):
        return _read_zip(path, folder, reserved)
    with artifact.opened(path) as file:
        artifact.refuse_what_is_not_plain_data(file)
        if artifact.METADATA_PATH in file:
            raise ArtifactError(f"{path} is a model file of ours already. Serve it: {folders.serve_line(path)}")
        if "model_config" not in file.attrs:
            raise ArtifactError(foreign.without_network(path, {*file.attrs, *file}))
        written = artifact.description_in(file)
        description = read(written, reserved=reserved)
        version = artifact.text_attribute(file, "keras_version")
        if version is None and isinstance(group := file.get("model_weights"), h5py.Group):
            version = artifact.text_attribute(group, "keras_version")
        shown = version.decode() if isinstance(version, bytes) else str(version or "")
        return KerasFile(written, description, stored_numbers.of_h5(file, description), shown)


def _read_zip(path: Path, folder: Path, reserved: tuple[str, ...]) -> KerasFile:
    with _archive(path) as archive:
        written = _json(archive, _CONFIG)
        version = _json(archive, _METADATA).get("keras_version") if _METADATA in archive.namelist() else None
        description = read(written, reserved=reserved)
        weights = folder / _WEIGHTS
        _extract(archive, weights)
    with artifact.opened(weights) as file:
        artifact.refuse_what_is_not_plain_data(file)
        return KerasFile(written, description, stored_numbers.of_weights_h5(file, description), str(version or ""))


@contextmanager
def _archive(path: Path) -> Iterator[zipfile.ZipFile]:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
            if not {_CONFIG, _WEIGHTS} <= set(names):
                raise ArtifactError(foreign.sentence(path))
            if len(names) != len(set(names)):
                raise ArtifactError(f"{path} holds two files of the same name. That is refused.")
            yield archive
    except (OSError, zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, zlib.error) as err:
        raise ArtifactError(f"{path} is damaged: copy it again. ({err})") from err


def _json(archive: zipfile.ZipFile, name: str) -> Any:
    if archive.getinfo(name).file_size > _MAX_CONFIG_BYTES:
        raise ArtifactError(f"{name} in the file is larger than {_MAX_CONFIG_BYTES // 2**20} MB. That is refused.")
    with archive.open(name) as file:
        return json.loads(file.read(_MAX_CONFIG_BYTES))


def _extract(archive: zipfile.ZipFile, target: Path) -> None:
    """Copies the H5 out, no further than the zip says it goes."""
    entry = archive.getinfo(_WEIGHTS)
    if entry.file_size > min(_MAX_WEIGHTS_BYTES, _MAX_RATIO * max(entry.compress_size, _PIECE_BYTES)):
        raise ArtifactError(f"{_WEIGHTS} in the file unpacks to {entry.file_size} bytes. That is refused.")
    with archive.open(entry) as source, target.open("wb") as copy:
        left = entry.file_size
        while left and (piece := source.read(min(left, _PIECE_BYTES))):
            left -= copy.write(piece)
