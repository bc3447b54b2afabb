"""Lists the model files of the models folder; each is read once, as long as it stays as it is.

    registry: which files, active, previous -> look at each -> as it was: what was read then | read it -> [Listed]

A file whose compiled graph is at hand is not parsed but only digested (0.03 s for one of 45 MB): the graph's
manifest has a copy of the metadata. Any other is checked as `artifact.read` does it (0.2 s).
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from recognizer.engines import graph_files
from recognizer.engines.graph_files import PRECISIONS, Parity, Precision
from recognizer.errors import MenagerieError
from recognizer.model_file import artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.registry.versions import active, model_files, or_none, previous
from webui import services

_REPORT = ".report.html"

_logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Contents:
    """What a model file says of itself; nothing of it changes while the file does not."""

    metadata: ModelMetadata | None = None
    """None where the file cannot be used."""
    digest: str = ""
    parity: Mapping[Precision, Parity] | None = None
    """How close each precision of its compiled graphs comes to Keras; empty where it is not compiled."""
    problem: str = ""
    """Why the file cannot be used; names no folder of the server."""


@dataclass(frozen=True)
class Listed:
    """A version in the models folder."""

    path: Path
    contents: Contents
    size_bytes: int
    modified: datetime
    is_active: bool
    is_previous: bool

    @property
    def stem(self) -> str:
        """The version's name for people: animals-2."""
        return _readable(self.path.stem)

    @property
    def metadata(self) -> ModelMetadata | None:
        """The metadata of the model file; None where the file cannot be used."""
        return self.contents.metadata

    @property
    def report(self) -> Path:
        """The path of the version's report, whether there is one or not."""
        return self.path.with_name(f"{self.stem}{_REPORT}")

    @property
    def precisions(self) -> list[Precision]:
        """The precisions that the version's graph may be computed in, from the fastest to the most exact."""
        parity = self.contents.parity or {}
        return [name for name in PRECISIONS if name in parity and parity[name].accepted]


_Signature = tuple[tuple[int, int, int, int] | None, ...]


class Listing:
    """Knows the model files of a folder, each as it was last read. Thread-safe."""

    def __init__(self) -> None:
        self._known: dict[Path, tuple[_Signature, Contents]] = {}
        self._lock = threading.Lock()

    def __call__(self, models_dir: Path) -> list[Listed]:
        """All versions, in natural order; none where there is no such folder."""
        now, before = (or_none(which, models_dir) for which in (active, previous))
        try:
            files = model_files(models_dir)
        except OSError:
            return []
        with self._lock:  # Reading takes long enough that nobody should do it twice.
            self._known = {path: self._look(path) for path in files}
            read = {path: contents for path, (_, contents) in self._known.items()}
        return [
            Listed(path, contents, *_size_and_time(path), is_active=path == now, is_previous=path == before)
            for path, contents in read.items()
        ]

    def _look(self, path: Path) -> tuple[_Signature, Contents]:
        signature = _signature(path)
        known = self._known.get(path)
        return known if known and known[0] == signature else (signature, _read(path))


def versions() -> list[Listed]:
    """The versions in this server's models folder."""
    return services.current().listing(settings.ENVIRONMENT.models)


def find(stem: str) -> Listed | None:
    """The version of a name. The name is compared with those that there are: it never becomes part of a path."""
    return next((version for version in versions() if version.stem == stem), None)


def _read(path: Path) -> Contents:
    try:
        digest = artifact.digest(path)
        manifests = graph_files.manifests(path, digest)
        copies = [manifest.metadata for manifest in manifests.values()]
        metadata = copies[0] if copies else artifact.read(path).metadata
    except (MenagerieError, OSError) as err:
        return Contents(problem=_readable(str(err).replace(f"{path.parent}/", "")))
    except Exception:  # The edge of one file: whatever is wrong with it, the others are shown.
        _logger.exception("The model file %s cannot be read.", path)
        return Contents(problem="The file cannot be read. The server's log says why.")
    parity = {name: parity for manifest in manifests.values() for name, parity in manifest.parity.items()}
    return Contents(metadata, digest, parity)


def _readable(text: str) -> str:
    """Names of files may hold bytes that are no text."""
    return text.encode("utf-8", "replace").decode()


def _signature(path: Path) -> _Signature:
    """What changes with the file or with the manifests of its graphs."""
    beside = (folder / f"{kind}.json" for folder in graph_files.folders(path) for kind in ("int8", "float"))
    return tuple(_look_at(file) for file in (path, *beside))


def _look_at(path: Path) -> tuple[int, int, int, int] | None:
    """Size, times and inode. The time of the last change of the inode tells that rights were given or taken, too."""
    try:
        stat = path.stat()
    except (OSError, ValueError):
        return None
    return stat.st_size, stat.st_mtime_ns, stat.st_ctime_ns, stat.st_ino


def _size_and_time(path: Path) -> tuple[int, datetime]:
    size_bytes, modified_ns, *_ = _look_at(path) or (0, 0, 0, 0)
    try:
        return size_bytes, datetime.fromtimestamp(modified_ns / 1e9, UTC)
    except (ValueError, OverflowError, OSError):  # A clock that was wrong: `datetime` ends with the year 9999.
        return size_bytes, datetime.fromtimestamp(0, UTC)
