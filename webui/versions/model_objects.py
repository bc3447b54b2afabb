"""The files of a version as objects of the storage that several servers share: each under the digest of its contents.

    models/animals-3.h5, .report.html, .compiled/, .gallery/ -> publish -> <storage>/models/<sha256> and a row
    a row -> fetch -> drafts, digests compared -> the models folder, the model file last

What is not what its row says is not taken over. A compiled graph answers only where somebody vouches for it, as one
that lies in the folder: its signature, by the secret key of all servers, travels with it.
"""

from __future__ import annotations

import hashlib
import itertools
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, BinaryIO

from django.core.files.base import File

from recognizer.engines import graph_files, vouching
from recognizer.errors import OperatorError
from recognizer.model_file.artifact import digest

if TYPE_CHECKING:  # It loads boto3, which only those have who want a storage.
    from webui.config.object_storage import ObjectStorage

DRAFTS = ".shared-"
"""How folders begin that a fetch writes into."""
ASIDE = ".other"
"""Ends the name of a model file that another server's takes the place of; .other-2 where there is one already."""

_FOLDER = "models"
_MODEL, _REPORT = ".h5", ".report.html"
_GRAPHS, _GALLERY = ".compiled", ".gallery"
_FOLDERS = (_GRAPHS, _GALLERY)
_MANIFEST = ".json"

_logger = logging.getLogger(__name__)

Signature = list[list[str | int]]
"""Name, size and time of each file of a version, by which a change shows."""


class NotWhatWasSent(OperatorError):
    """A file came out of the storage as something else than went in."""

    code = "not_what_was_sent"
    title = "A file of the storage is damaged"


def files_of(models_dir: Path, stem: str) -> dict[str, Path]:
    """The files of a version by their names below the models folder, with slashes; no model file, no files."""
    model = models_dir / f"{stem}{_MODEL}"
    if not model.is_file():
        return {}
    found = {model.name: model}
    report = models_dir / f"{stem}{_REPORT}"
    if report.is_file():
        found[report.name] = report
    for folder in reversed(graph_files.folders(model)):  # What lies beside the model goes before what is in a cache.
        found |= {f"{stem}{_GRAPHS}/{name}": path for name, path in _plain_files(folder)}
    found |= {f"{stem}{_GALLERY}/{name}": path for name, path in _plain_files(models_dir / f"{stem}{_GALLERY}")}
    return found


def signature_of(models_dir: Path, stem: str) -> Signature:
    """What shows a change of a version's files, without reading them."""
    looked = ((name, path.stat()) for name, path in sorted(files_of(models_dir, stem).items()))
    return [[name, stat.st_size, stat.st_mtime_ns] for name, stat in looked]


def countersign(models_dir: Path, stem: str) -> None:
    """Signs the graphs that this server vouches for with the key of all servers, where they are not yet.

    Raises:
        OSError: the folder cannot be written.
    """
    for folder in graph_files.folders(models_dir / f"{stem}{_MODEL}"):
        for manifest in folder.glob(f"*{_MANIFEST}"):
            vouching.countersign(manifest)


def publish(storage: ObjectStorage, models_dir: Path, stem: str, known: Mapping[str, str]) -> dict[str, str]:
    """Puts a version's files into the storage, but those that are there already; returns name and digest of each.

    Args:
        storage: where to.
        models_dir: the models folder.
        stem: the version.
        known: names and digests of what is there already.

    Raises:
        OSError, ArtifactError: a file cannot be read, or not be put there.
    """
    paths = files_of(models_dir, stem)
    digests = {name: digest(path) for name, path in paths.items()}
    for name, content in digests.items():
        if content not in known.values():
            _put(storage, paths[name], content)
    return digests


def fetch(storage: ObjectStorage, models_dir: Path, stem: str, wanted: Mapping[str, str]) -> None:
    """Makes a version's files what a row says, each whole or not at all, the model file last.

    Raises:
        NotWhatWasSent: a file is damaged, or a name leads elsewhere; nothing has changed.
        OSError: the storage cannot be asked, or the folder not be written.
    """
    for name in wanted:
        _refuse_elsewhere(stem, name)
    missing = {name: content for name, content in wanted.items() if _digest_or_none(models_dir / name) != content}
    with tempfile.TemporaryDirectory(dir=models_dir, prefix=DRAFTS) as folder:
        drafts = Path(folder)
        for name, content in missing.items():
            _get(storage, content, drafts / name, name)
        for name in sorted(missing, key=_last_of_all):
            _put_in_place(drafts / name, models_dir / name)


def is_here(models_dir: Path, stem: str, content: str) -> bool:
    """Whether a version's model file is in the models folder, and is the one with this digest, sha256:...

    Raises:
        ArtifactError: it cannot be read.
    """
    return _digest_or_none(models_dir / f"{stem}{_MODEL}") == content


def remove(models_dir: Path, stem: str) -> None:
    """Removes the files of a version from the models folder."""
    for path in (models_dir / f"{stem}{_MODEL}", models_dir / f"{stem}{_REPORT}"):
        path.unlink(missing_ok=True)
    for suffix in _FOLDERS:
        shutil.rmtree(models_dir / f"{stem}{suffix}", ignore_errors=True)


def object_of(content: str) -> str:
    """The name of the object with this digest, sha256:..."""
    return f"{_FOLDER}/{content.removeprefix('sha256:')}"


def _put(storage: ObjectStorage, path: Path, content: str) -> None:
    if not storage.has(object_of(content)):
        with path.open("rb") as file:
            storage.write(object_of(content), File(file))


def _get(storage: ObjectStorage, content: str, draft: Path, name: str) -> None:
    draft.parent.mkdir(parents=True, exist_ok=True)
    with draft.open("wb") as file:
        hashed = _Hashed(file)
        storage.copy_to(object_of(content), hashed)
    if f"sha256:{hashed.digest}" != content:
        raise NotWhatWasSent(f"{name} came out of the storage as something else than was put in. It is not used.")


class _Hashed:
    """A file that is written, and digested on the way."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._hash = hashlib.sha256()

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        return self._file.write(data)

    @property
    def digest(self) -> str:
        return self._hash.hexdigest()


def _put_in_place(draft: Path, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    if target.suffix == _MODEL and target.exists():
        aside = _aside(target)
        _logger.warning("%s is another file on the other servers; the one here is %s now.", target.name, aside.name)
        target.replace(aside)
    draft.replace(target)


def _aside(model: Path) -> Path:
    """Where a model file is put aside: a free name, or that of the same file which was put aside before."""
    names = itertools.chain([""], (f"-{number}" for number in itertools.count(2)))
    places = (model.with_name(f"{model.name}{ASIDE}{number}") for number in names)
    return next(place for place in places if not place.exists() or digest(place) == digest(model))


def _last_of_all(name: str) -> tuple[bool, bool, str]:
    """Graphs before their manifests, so that no half is taken for a whole; the model file when all is there."""
    return name.endswith(_MODEL), name.endswith(_MANIFEST), name


def _refuse_elsewhere(stem: str, name: str) -> None:
    """The database is ours, but a name that leads out of the folder must lead nowhere all the same."""
    parts = PurePosixPath(name).parts
    is_beside = len(parts) == 1 and name in {f"{stem}{_MODEL}", f"{stem}{_REPORT}"}
    is_inside = len(parts) == 2 and parts[0] in {f"{stem}{suffix}" for suffix in _FOLDERS} and parts[1] != ".."
    if not (is_beside or is_inside) or os.sep in parts[-1] or "\0" in name:
        raise NotWhatWasSent(f"{name!r} cannot be a file of {stem}. It is not used.")


def _plain_files(folder: Path) -> Iterator[tuple[str, Path]]:
    if folder.is_dir():
        for path in folder.iterdir():
            if path.is_file() and not path.name.startswith("."):
                yield path.name, path


def _digest_or_none(path: Path) -> str | None:
    return digest(path) if path.is_file() else None
