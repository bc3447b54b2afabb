"""The model file: a stock Keras H5 with our metadata inside, written whole and read without trust.

    /model_weights             what Keras wrote, compressed          (attribute model_config: Keras's description)
    /recognizer/metadata       one JSON string, see metadata.py
    /recognizer/rejection      half-precision numbers of the record there, see ood_score.py; where there is one

Plain Keras can load it. We never let it say what to run: our own code builds the architecture that
the metadata names and takes nothing but numbers from the file. The network of an imported model is the one
that the file describes, read as data: see architectures/description.py.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import h5py
import numpy as np
import numpy.typing as npt

from recognizer import files
from recognizer.architectures.described import IMPORTED
from recognizer.architectures.description import read as read_description
from recognizer.errors import ArtifactError
from recognizer.model_file import foreign, hdf5_heaps
from recognizer.model_file import ood_score as ood_scores
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.numbers import STORED
from recognizer.model_file.ood_score import OodScore
from recognizer.model_file.rejection_record import Rejection

if TYPE_CHECKING:
    import keras

_OURS = "recognizer"
METADATA_PATH = "recognizer/metadata"
REJECTION_PATH = "recognizer/rejection"
_WEIGHTS_GROUP = "model_weights"

_MAX_FILE_BYTES = 2 * 2**30
# 10,000 classes with the longest names take 29 MB, with all figures.
_MAX_METADATA_BYTES = 32 * 2**20
_MAX_CONFIG_BYTES = 16 * 2**20
_MAX_OBJECTS = 50_000
_MAX_DEPTH = 12
_MAX_WEIGHT_ELEMENTS = 500_000_000
# A chunk is unpacked whole, whatever is asked of it.
_MAX_SMALL_CHUNK_ELEMENTS = 2**20
# gzip, shuffle and checksum: the filters that come with every HDF5. Others load plug-ins from disk.
_ALLOWED_FILTERS = frozenset({h5py.h5z.FILTER_DEFLATE, h5py.h5z.FILTER_SHUFFLE, h5py.h5z.FILTER_FLETCHER32})


# Layers that carry Python code in the file's description of the network.
_CODE = ("Lambda", "TFOpLambda", "SlicingOpLambda", "__lambda__")
# Where the objects come from that a stock network is made of. Other modules of Keras have functions that fetch files.
_KERAS_MODULES = ("keras", "keras.layers", "keras.initializers", "keras.regularizers", "keras.constraints")

# What h5py and json raise for bytes that somebody has changed.
_DAMAGE = (OSError, LookupError, ValueError, TypeError, AttributeError, RuntimeError, OverflowError, MemoryError)


@dataclass(frozen=True)
class Artifact:
    """A model file that has been checked."""

    path: Path
    metadata: ModelMetadata
    digest: str
    """`sha256:` and the hexadecimal digest of the whole file."""
    ood_score: OodScore | None = field(default=None, compare=False, repr=False)
    """What `metadata.rejection` compares with its threshold; None where that is None."""


def check_writable(path: Path) -> None:
    """Finds out, without leaving a trace, whether a model file could be written: a training takes hours.

    Raises:
        ArtifactError: it could not.
    """
    folder = next(parent for parent in path.absolute().parents if parent.exists())
    if path.is_dir() or not folder.is_dir() or not os.access(folder, os.W_OK | os.X_OK):
        what = f"{path} is a folder" if path.is_dir() else f"{folder} is no folder that can be written to"
        raise ArtifactError(f"The model file {path} cannot be written: {what}.")


def write(path: Path, model: keras.Model, metadata: ModelMetadata) -> None:
    """Writes a model file, whole or not at all.

    Kernels are rounded to half precision and stored as float32: they compress to half their size,
    and the scores move by less than 0.001. Biases and batch statistics keep all their digits.

    Raises:
        ArtifactError: the file cannot be written there, or `read` would refuse its metadata.
    """
    text = _metadata_json(metadata)
    with written_whole(path) as draft, tempfile.TemporaryDirectory(dir=path.parent, prefix=".") as folder:
        stock = Path(folder, "stock.h5")
        model.save(stock, include_optimizer=False)
        with h5py.File(stock, "r") as source, h5py.File(draft, "w") as target:
            _copy_compressed(source, target)
            target.create_dataset(METADATA_PATH, data=text)


def copy_with_metadata(source: Path, path: Path, metadata: ModelMetadata, ood_score: OodScore | None = None) -> None:
    """Writes a model file with the weights of another and `metadata`, whole or not at all.

    Args:
        source: the other file.
        path: where to; may be `source`.
        metadata: what the new file says about itself.
        ood_score: the numbers of `metadata.rejection`; None where that is None.

    Raises:
        ArtifactError: the file cannot be written there, or `read` would refuse its metadata.
    """
    text = _metadata_json(metadata)
    # Into a new file: what is deleted in one stays among its bytes.
    with written_whole(path) as draft, h5py.File(source, "r") as given, h5py.File(draft, "w") as target:
        for key, value in given.attrs.items():
            target.attrs[key] = value
        for name in given:
            if name != _OURS:
                given.copy(name, target)
        target.create_dataset(METADATA_PATH, data=text)
        if ood_score is not None:
            numbers = ood_scores.to_stored(ood_score)
            target.create_dataset(REJECTION_PATH, data=numbers, compression="gzip", shuffle=True)


def read(path: Path) -> Artifact:
    """Opens a model file and checks everything that can be checked without building the network.

    Raises:
        ArtifactError: missing, broken, not ours, or asking for something we refuse.
    """
    with opened(path) as file:
        refuse_what_is_not_plain_data(file)
        if "model_config" not in file.attrs:
            raise ArtifactError(foreign.without_network(path, {*file.attrs, *file}))
        _refuse_foreign_layers(file)
        metadata = ModelMetadata.from_json(_metadata_text(file, path))
        if metadata.architecture == IMPORTED:
            read_description(description_in(file))
        ood_score = None if metadata.rejection is None else _ood_score(file, metadata.rejection)
    return Artifact(path=path, metadata=metadata, digest=digest(path), ood_score=ood_score)


def digest(path: Path) -> str:
    """`sha256:` and the hexadecimal digest of a whole file.

    Raises:
        ArtifactError: there is no such file, or it cannot be read.
    """
    try:
        _check_is_file(path)
        with files.open_plain(path) as file:
            return f"sha256:{hashlib.file_digest(file, 'sha256').hexdigest()}"
    except OSError as err:
        raise ArtifactError(f"The model file {path} cannot be read: {err.strerror}.") from err


def _check_is_file(path: Path) -> None:
    """Refuses what is no plain file, and one too large to be a model's, before anything is read of it."""
    if not os.path.lexists(path):
        raise ArtifactError(f"There is no model file at {path}.")
    try:
        with files.open_plain(path) as file:
            size_bytes = os.fstat(file.fileno()).st_size
    except OSError as err:
        raise ArtifactError(f"The model file {path} cannot be read: {err.strerror}.") from err
    if size_bytes > _MAX_FILE_BYTES:
        raise ArtifactError(f"The model file {path} is larger than {_MAX_FILE_BYTES // 2**30} GB.")


def load_weights(artifact: Artifact, model: keras.Model) -> None:
    """Fills a freshly built network with the numbers in the file.

    Raises:
        ArtifactError: a tensor is missing, has another shape, or is not finite. `model` may then be half filled.
    """
    with opened(artifact.path) as file:
        for layer in model.layers:
            if layer.weights:
                layer.set_weights(_layer_weights(file, layer.name, [tuple(w.shape) for w in layer.weights]))


def layer_weights(artifact: Artifact, layer: str, shapes: list[tuple[int, ...]]) -> list[npt.NDArray[np.float32]]:
    """The tensors of one layer, in Keras's order.

    Args:
        artifact: the model file.
        layer: the layer's name.
        shapes: what the tensors' shapes have to be.

    Raises:
        ArtifactError: a tensor is missing, has another shape, or is not finite.
    """
    with opened(artifact.path) as file:
        refuse_what_is_not_plain_data(file)  # Whoever has a compiled graph has not read this file yet.
        return _layer_weights(file, layer, shapes)


def description(artifact: Artifact) -> Any:
    """Keras's description of the network in the file, as JSON gives it: for `architectures.description.read`.

    Raises:
        ArtifactError: there is none.
    """
    with opened(artifact.path) as file:
        return description_in(file)


def description_in(file: h5py.File) -> Any:
    """The same of a file that is open already."""
    text = text_attribute(file, "model_config")
    if not isinstance(text, str | bytes) or len(text) > _MAX_CONFIG_BYTES:
        raise ArtifactError("The description of the network in the file is no text, or has no end. That is refused.")
    return json.loads(text)


@contextmanager
def written_whole(path: Path) -> Iterator[Path]:
    """Gives a draft of a model file that takes its place when the block ends, see `files.written_whole`.

    Raises:
        ArtifactError: it cannot be written there.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with files.written_whole(path) as draft:
            yield draft
    except OSError as err:
        raise ArtifactError(f"The model file {path} cannot be written: {err.strerror or err}.") from err
    except RuntimeError as err:  # Of the HDF5 library, when it closes a file that it could not write to its end.
        raise ArtifactError(f"The model file {path} cannot be written: the disk may be full. ({err})") from err


@contextmanager
def opened(path: Path) -> Iterator[h5py.File]:
    """Opens an H5 file; whatever the HDF5 library raises inside the block becomes an ArtifactError.

    Raises:
        ArtifactError: the file is missing, too large or damaged, or another program's.
    """
    try:
        _check_is_file(path)
        hdf5_heaps.check(path)
        with h5py.File(path, "r") as file:
            yield file
    except _DAMAGE as err:
        what = foreign.sentence(path) or f"{path} is no H5 file, or a damaged one: copy it again. ({err})"
        raise ArtifactError(what) from err


def _copy_compressed(source: h5py.Group, target: h5py.Group) -> None:
    for key, value in source.attrs.items():
        target.attrs[key] = value
    for name, item in source.items():
        if isinstance(item, h5py.Group):
            _copy_compressed(item, target.create_group(name))
        elif item.ndim <= 1:  # Biases, scales and batch statistics.
            target.create_dataset(name, data=item[()])
        else:
            kernel = _in_half_precision(item)
            # 9 would take 17 times as long (20 s for a ResNet-50) for a file 3 % smaller.
            target.create_dataset(name, data=kernel, compression="gzip", compression_opts=4, shuffle=True)


def _in_half_precision(kernel: h5py.Dataset) -> npt.NDArray[np.float32]:
    with np.errstate(over="ignore"):
        rounded: npt.NDArray[np.float32] = kernel[()].astype(np.float16).astype(np.float32)
    if not np.isfinite(rounded).all():
        raise ArtifactError(f"The kernel {kernel.name} holds numbers over 65504 or none at all: the training diverged.")
    return rounded


def _metadata_json(metadata: ModelMetadata) -> str:
    text = metadata.to_json()
    if (length := len(text.encode())) > _MAX_METADATA_BYTES:
        raise ArtifactError(f"Expected metadata of at most {_MAX_METADATA_BYTES} bytes. Received: {length} bytes")
    return text


def _metadata_text(file: h5py.File, path: Path) -> bytes:
    dataset = file.get(METADATA_PATH)
    if not isinstance(dataset, h5py.Dataset):
        if "model_config" in file.attrs:
            raise ArtifactError(foreign.plain_keras(path))
        raise ArtifactError(f"{path} is an H5 file, but no model of ours: it has no /{METADATA_PATH}.")
    if dataset.shape != () or not h5py.check_string_dtype(dataset.dtype):
        raise ArtifactError(
            f"Expected one JSON string in /{METADATA_PATH}. Received: shape={dataset.shape} of {dataset.dtype}"
        )
    if (length := _text_bytes(dataset, path)) > _MAX_METADATA_BYTES:
        raise ArtifactError(f"Expected one JSON string in /{METADATA_PATH}. Received: one of {length} bytes")
    text: bytes = dataset[()]
    return text


def _ood_score(file: h5py.File, record: Rejection) -> OodScore:
    dataset = file.get(REJECTION_PATH)
    expected = record.shape
    if not isinstance(dataset, h5py.Dataset) or dataset.shape != expected or dataset.dtype != STORED:
        raise ArtifactError(
            f"Expected numbers of the shape {expected} in half precision in /{REJECTION_PATH}. Received:"
            f" shape={getattr(dataset, 'shape', None)} of {getattr(dataset, 'dtype', None)}"
        )
    return ood_scores.from_stored(dataset[()], record)


def _text_bytes(dataset: h5py.Dataset, path: Path) -> int:
    """How long a string says it is; libhdf5 makes room for all of it, up to 4 GB, before it looks for it."""
    size: int = max(dataset.id.get_storage_size(), dataset.dtype.itemsize)
    place = dataset.id.get_offset()
    if not dataset.id.get_type().is_variable_str() or place is None:
        return size
    with path.open("rb") as file:
        file.seek(place)
        return max(size, int.from_bytes(file.read(4), "little"))


def refuse_what_is_not_plain_data(file: h5py.File) -> None:
    """Refuses links out of the file, data outside of it, plug-in filters, and sizes no model has.

    Raises:
        ArtifactError: there is one of these.
    """
    elements = 0
    for count, (name, dataset) in enumerate(_walk(file, "", 0)):
        if count > _MAX_OBJECTS:
            raise ArtifactError(f"Expected at most {_MAX_OBJECTS} groups and datasets in a model file.")
        if isinstance(dataset, h5py.Group):
            continue
        if dataset.is_virtual or dataset.external:
            raise ArtifactError(f"The dataset {name} keeps its data in another file. That is refused.")
        created = dataset.id.get_create_plist()
        filters = {created.get_filter(i)[0] for i in range(created.get_nfilters())}
        if not filters <= _ALLOWED_FILTERS:
            raise ArtifactError(f"The dataset {name} is packed with an unknown filter. That is refused.")
        if math.prod(dataset.chunks or ()) > max(dataset.size or 0, _MAX_SMALL_CHUNK_ELEMENTS):
            raise ArtifactError(f"The dataset {name} is packed in pieces larger than itself. That is refused.")
        elements += dataset.size or 0
    if elements > _MAX_WEIGHT_ELEMENTS:
        raise ArtifactError(f"Expected at most {_MAX_WEIGHT_ELEMENTS} numbers in a model file. Received: {elements}")


def _walk(group: h5py.Group, prefix: str, depth: int) -> Iterator[tuple[str, h5py.Group | h5py.Dataset]]:
    if depth > _MAX_DEPTH:
        raise ArtifactError(f"Expected groups at most {_MAX_DEPTH} deep. Received: {prefix}")
    for key in group:
        name = f"{prefix}/{key}"
        if not isinstance(group.get(key, getlink=True), h5py.HardLink):
            raise ArtifactError(f"{name} is a link to somewhere else. That is refused.")
        item = group[key]
        if not isinstance(item, h5py.Group | h5py.Dataset):
            raise ArtifactError(f"{name} is neither a group nor a dataset. That is refused.")
        yield name, item
        if isinstance(item, h5py.Group):
            yield from _walk(item, name, depth + 1)


def _refuse_foreign_layers(file: h5py.File) -> None:
    """We do not run the file's own description of the network, but plain Keras would: keep it harmless."""
    for node in _nodes(description_in(file)):
        kind, module = node.get("class_name"), node.get("module") or "keras"
        if kind in _CODE:
            raise ArtifactError(f"The model holds a layer of the kind {kind}, which is code. That is refused.")
        if node.get("registered_name") or ">" in str(kind) or module not in _KERAS_MODULES:
            raise ArtifactError(f"The model holds an object that is not Keras's own: {kind!r}. That is refused.")


def texts(item: h5py.Group, name: str) -> list[str]:
    """A list of strings in an attribute; Keras spreads a long one over several: weight_names0, weight_names1 ..."""
    parts = [name] if name in item.attrs else [f"{name}{number}" for number in range(len(item.attrs))]
    stored = [text_attribute(item, part) for part in parts]
    found = [text for part in stored if part is not None for text in np.atleast_1d(part)]
    return [text.decode() if isinstance(text, bytes) else str(text) for text in found]


def text_attribute(item: h5py.Group, name: str) -> Any:
    """A string or an array of strings; None where there is none. Of other types, damaged ones crash libhdf5."""
    if name not in item.attrs:
        return None
    stored = item.attrs.get_id(name)
    is_text = h5py.check_string_dtype(stored.dtype) and stored.get_storage_size() <= _MAX_CONFIG_BYTES
    return item.attrs[name] if is_text else None


def _nodes(value: Any) -> Iterator[dict[str, Any]]:
    if isinstance(value, dict):
        yield value
    if isinstance(value, dict | list):
        for child in value.values() if isinstance(value, dict) else value:
            yield from _nodes(child)


def _layer_weights(file: h5py.File, layer: str, shapes: list[tuple[int, ...]]) -> list[npt.NDArray[np.float32]]:
    """The tensors of one layer, in Keras's order, checked against the shapes the network has."""
    group = file.get(f"{_WEIGHTS_GROUP}/{layer}")
    if not isinstance(group, h5py.Group):
        raise ArtifactError(f"The model file has no weights for the layer {layer}.")
    found = [group[name] for name in texts(group, "weight_names")]
    if [getattr(item, "shape", None) for item in found] != shapes:
        received = [getattr(item, "shape", None) for item in found]
        raise ArtifactError(f"Expected the layer {layer} to have weights of the shapes {shapes}. Received: {received}")
    if any(item.dtype.kind != "f" for item in found):
        raise ArtifactError(f"Expected the layer {layer} to have floating point weights.")
    with np.errstate(over="ignore"):  # What overflows is not finite.
        tensors = [np.asarray(item[()], np.float32) for item in found]
    if not all(np.isfinite(tensor).all() for tensor in tensors):
        raise ArtifactError(f"The layer {layer} holds weights that are not finite numbers.")
    return tensors
