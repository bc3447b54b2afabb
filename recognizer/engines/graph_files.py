"""The compiled graphs of a model file on disk: which there are, and whether they were made from just this file.

    models/animals-1.h5
    models/animals-1.compiled/int8.json, int8.xml, int8.bin      quantised, calibrated on pictures
    models/animals-1.compiled/float.json, float.xml, float.bin   computed with in bf16 or f32
    models/animals-1.compiled/int8.rejection                     numbers of the model's rejection, see ood_score.py
    models/animals-1.compiled/int8.<key>.signature               says who made it, see vouching.py

A graph whose digests do not match what its manifest says, whose manifest names another model file, or for which nobody
vouches, is as good as none. Where the model's folder cannot be written to, the graphs are kept in the user's cache.
"""

from __future__ import annotations

import glob
import hashlib
import os
import shutil
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recognizer import files
from recognizer import folders as user_folders
from recognizer.engines import vouching
from recognizer.errors import ArtifactError
from recognizer.model_file import ood_score as ood_scores
from recognizer.model_file.artifact import Artifact, digest
from recognizer.model_file.metadata import ModelMetadata
from recognizer.model_file.ood_score import OodScore

Precision = Literal["int8", "bf16", "f32"]
PRECISIONS: tuple[Precision, ...] = get_args(Precision)
"""From the fastest to the most exact."""
Kind = Literal["int8", "float"]

_GRAPH = (".xml", ".bin")
_REJECTION = ".rejection"
_MAX_MANIFEST_BYTES = 8 * 2**20
_MAX_REJECTION_BYTES = 32 * 2**20
# Nobody compiles for so long.
_ABANDONED_AFTER_S = 24 * 3600
_Digest = Annotated[str, Field(pattern=r"^sha256:[0-9a-f]{64}$")]


class Parity(BaseModel):
    """How close a compiled graph comes to Keras, on the same pictures."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False)

    pictures: int
    drawn: bool
    """True: no photographs were at hand, only patterns drawn for the purpose."""
    agreement: float
    """Share of the pictures with the same best class."""
    largest_difference: float
    """Of any class score, over all pictures."""
    usual_difference: float
    """The largest class score difference in 95 % of the pictures."""
    accuracy: float | None = None
    """Where the pictures have labels: share that the graph has right."""
    keras_accuracy: float | None = None
    accepted: bool


class Manifest(BaseModel):
    """The manifest beside a compiled graph: which model file it was made from, and how close it comes to Keras."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    schema_version: Literal[1] = 1
    model_digest: _Digest
    """Of the model file that the graph was made from."""
    metadata: ModelMetadata
    """As in the model file, so that serving need not open it."""
    files: dict[str, _Digest]
    """Name and digest of the graph's files, and of the numbers of the model's rejection."""
    parity: dict[Precision, Parity]
    """All precisions that were compared when the graph was made, kept or not."""
    versions: dict[str, str]
    """Of the libraries that made it."""


@dataclass(frozen=True)
class Graph:
    """A compiled graph of a model file, computed with in one precision."""

    path: Path
    """The graph's description; its weights lie beside it."""
    precision: Precision
    source: Artifact


@dataclass(frozen=True)
class Graphs:
    """All the compiled graphs that belong to a model file."""

    source: Artifact
    folders: Mapping[Kind, Path]
    manifests: Mapping[Kind, Manifest]

    def compared(self) -> dict[Precision, Parity]:
        """Every precision that was compared with Keras when the graphs were made, kept or not."""
        return {name: parity for manifest in self.manifests.values() for name, parity in manifest.parity.items()}

    def get(self, precision: Precision) -> Graph | None:
        """The graph for a precision; None where there is none that came close enough to Keras."""
        kind = kind_of(precision)
        parity = self.manifests[kind].parity.get(precision) if kind in self.manifests else None
        if parity is None or not parity.accepted:
            return None
        return Graph(self.folders[kind] / f"{kind}.xml", precision, self.source)


def kind_of(precision: Precision) -> Kind:
    """The graph that a precision is computed from."""
    return "int8" if precision == "int8" else "float"


def folders(model: Path) -> tuple[Path, ...]:
    """Where the graphs of a model file may lie: beside it, or in the user's cache."""
    name = hashlib.sha256(os.fsencode(os.path.realpath(model))).hexdigest()[:16]
    beside, cache = model.with_suffix(".compiled"), user_folders.cache()
    return (beside, cache / f"{model.stem}-{name}.compiled") if cache else (beside,)


def find(model: Path, *, vouched_for: bool = True) -> Graphs | None:
    """The graphs that were made from exactly this model file; None where there are none.

    Args:
        model: the model file.
        vouched_for: False finds those for which nobody vouches, which say by themselves whose they are.

    Raises:
        ArtifactError: there is no such model file.
    """
    model_digest = digest(model)
    places: dict[Kind, Path] = {}
    manifests: dict[Kind, Manifest] = {}
    source: Artifact | None = None
    for folder in reversed(folders(model)):
        for kind in get_args(Kind):
            found = _read(folder, kind, vouched_for=vouched_for)
            if found is not None and found[0].model_digest == model_digest:
                places[kind], manifests[kind] = folder, found[0]
                source = Artifact(model, found[0].metadata, model_digest, found[1])
    return None if source is None else Graphs(source, places, manifests)


def manifests(model: Path, model_digest: str, *, vouched_for: bool = True) -> dict[Kind, Manifest]:
    """The manifests of the graphs that were made from just this model file; the graphs themselves are not read.

    Args:
        model: the model file, which is not read either.
        model_digest: its digest.
        vouched_for: see `find`.
    """
    found = (
        (kind, _manifest(folder, kind, vouched_for=vouched_for))
        for folder in reversed(folders(model))
        for kind in get_args(Kind)
    )
    return {kind: manifest for kind, manifest in found if manifest and manifest.model_digest == model_digest}


def stamp(
    folder: Path, kind: Kind, source: Artifact, *, parity: dict[Precision, Parity], versions: dict[str, str]
) -> None:
    """Writes the manifest beside the graph in `folder`, and the numbers of the model's rejection."""
    if source.ood_score is not None:
        (folder / f"{kind}{_REJECTION}").write_bytes(ood_scores.to_bytes(source.ood_score))
    manifest = Manifest(
        model_digest=source.digest,
        metadata=source.metadata,
        files={name: digest(folder / name) for name in _file_names(kind, source.metadata)},
        parity=parity,
        versions=versions,
    )
    path = folder / f"{kind}.json"
    path.write_text(manifest.model_dump_json(indent=1), encoding="utf-8")
    vouching.sign(path)


def copy_graphs(graphs: Graphs, model: Path, source: Artifact) -> None:
    """Copies the graphs of one model file to another that holds the same network with other metadata.

    Args:
        graphs: of the one.
        model: path of the other, which may be the same.
        source: the other's contents.

    Raises:
        ArtifactError: there is nowhere to write to, or the disk is full.
    """
    with written_whole(model) as drafts:
        for kind, manifest in graphs.manifests.items():
            for suffix in _GRAPH:
                shutil.copyfile(graphs.folders[kind] / f"{kind}{suffix}", drafts / f"{kind}{suffix}")
            stamp(drafts, kind, source, parity=manifest.parity, versions=manifest.versions)


def _file_names(kind: Kind, metadata: ModelMetadata) -> set[str]:
    suffixes = _GRAPH if metadata.rejection is None else (*_GRAPH, _REJECTION)
    return {f"{kind}{suffix}" for suffix in suffixes}


def _ood_score(folder: Path, kind: Kind, metadata: ModelMetadata) -> OodScore | None:
    if metadata.rejection is None:
        return None
    stored = files.read_at_most(folder / f"{kind}{_REJECTION}", _MAX_REJECTION_BYTES)
    return ood_scores.from_bytes(stored, metadata.rejection)


def _manifest(folder: Path, kind: Kind, *, vouched_for: bool = True) -> Manifest | None:
    path = folder / f"{kind}.json"
    try:
        text = files.read_at_most(path, _MAX_MANIFEST_BYTES)
        return Manifest.model_validate_json(text) if vouching.is_vouched_for(path, text) == vouched_for else None
    except (OSError, ValidationError):
        return None


def _read(folder: Path, kind: Kind, *, vouched_for: bool) -> tuple[Manifest, OodScore | None] | None:
    manifest = _manifest(folder, kind, vouched_for=vouched_for)
    if manifest is None:
        return None
    try:
        whole = set(manifest.files) == _file_names(kind, manifest.metadata) and all(
            digest(folder / name) == expected for name, expected in manifest.files.items()
        )
        return (manifest, _ood_score(folder, kind, manifest.metadata)) if whole else None
    except (OSError, ArtifactError):
        return None


@contextmanager
def written_whole(model: Path) -> Iterator[Path]:
    """Gives an empty folder for drafts; what is in it when the block ends joins the graphs of `model`.

    The manifest moves last: until then, a graph half replaced does not match any manifest, so nobody takes it.

    Raises:
        ArtifactError: nowhere can be written to, or the disk is full.
    """
    folder = destination(model)
    try:
        _remove_abandoned_drafts(folder)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=f".{folder.name}-") as drafts:
            yield Path(drafts)
            folder.mkdir(exist_ok=True)
            for draft in sorted(Path(drafts).iterdir(), key=lambda path: path.suffix == ".json"):
                draft.replace(folder / draft.name)
    except OSError as err:
        raise ArtifactError(f"The compiled graph cannot be written to {folder}: {err.strerror or err}.") from err


def destination(model: Path) -> Path:
    """The folder that new graphs of a model file go to: the first that can be written to.

    Raises:
        ArtifactError: there is none.
    """
    places = folders(model)
    for folder in places:
        with suppress(OSError):
            folder.parent.mkdir(parents=True, exist_ok=True)
        if _is_writable(folder.parent) and (_is_writable(folder) or not folder.exists()):
            return folder
    raise ArtifactError(
        f"The compiled graph has no place: nothing can be written to {' or '.join(str(place) for place in places)}."
    )


def _is_writable(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK)


def _remove_abandoned_drafts(folder: Path) -> None:
    """Removes what processes left that were killed: up to 150 MB each."""
    for drafts in folder.parent.glob(f".{glob.escape(folder.name)}-*/"):
        with suppress(OSError):
            if time.time() - drafts.stat().st_mtime > _ABANDONED_AFTER_S:
                shutil.rmtree(drafts)
