"""Activation and rollback of a version: opened first as serving opens it, then written whole or not at all."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from recognizer import files
from recognizer.engines import Report
from recognizer.errors import OperatorError
from recognizer.model_file.metadata import ModelMetadata
from recognizer.recognizer import Recognizer
from recognizer.registry import versions
from recognizer.registry.versions import ACTIVE, MODELS_DIR, PREVIOUS, UnknownVersion

LOCK_TIMEOUT_S = 120.0
"""How long an activation waits for another one, which may have to compile its model: some 30 s."""


class RegistryError(OperatorError):
    """The models folder cannot be written to, or somebody else is changing it."""

    code = "models_not_writable"
    title = "The models folder cannot be changed"


@dataclass(frozen=True)
class VersionChange:
    """The active version after an activation, and the one before."""

    path: Path
    """The file that is active now."""
    metadata: ModelMetadata
    before: Path | None
    """The file that was active: the same one where nothing was changed, None where there was none."""


Verify = Callable[[Path], Recognizer]
"""Opens a model file as serving does, or raises."""


def _silent(step: str) -> None:
    """A `Report` that nobody hears."""


def open_verified(path: Path, *, report: Report = _silent) -> Recognizer:
    """Opens a model file as serving does: checks it, compiles it where that was not yet done, warms it up.

    Raises:
        ArtifactError: the file cannot be served.
    """
    recognizer = Recognizer.open(path, report=report)
    recognizer.warm_up()
    return recognizer


def activate(
    version: str,
    models_dir: Path = MODELS_DIR,
    *,
    verify: Verify = open_verified,
    lock_timeout_s: float = LOCK_TIMEOUT_S,
) -> VersionChange:
    """Makes a version the active one, once it has shown that it can be served.

    Args:
        version: see `versions.find`.
        models_dir: the folder with the model files.
        verify: opens a model file as serving does, or raises.
        lock_timeout_s: how long another activation is waited for, in seconds.

    Raises:
        UnknownVersion: there is no such model file.
        ArtifactError: it cannot be served.
        RegistryError: the folder cannot be written to, or another activation does not end.
        OSError: the folder cannot be read.
    """
    with _locked(models_dir, lock_timeout_s):
        return _switch(versions.find(version, models_dir), verify)


def rollback(
    models_dir: Path = MODELS_DIR, *, verify: Verify = open_verified, lock_timeout_s: float = LOCK_TIMEOUT_S
) -> VersionChange:
    """Makes the previous version the active one, and the active one the previous: a second time undoes it.

    Args:
        models_dir: the folder with the model files.
        verify: opens a model file as serving does, or raises.
        lock_timeout_s: how long another activation is waited for, in seconds.

    Raises:
        UnknownVersion: no other version was active before.
        ArtifactError: it cannot be served.
        RegistryError: the folder cannot be written to, or another activation does not end.
    """
    with _locked(models_dir, lock_timeout_s):
        path = versions.previous(models_dir)
        if path is None:
            raise UnknownVersion("No other version was active before. `activate VERSION` changes to one by its name.")
        return _switch(path, verify)


def follow(
    active: str, previous: str, models_dir: Path = MODELS_DIR, *, lock_timeout_s: float = LOCK_TIMEOUT_S
) -> None:
    """Names the versions that another server has activated and tried; they are not tried here once more.

    Args:
        active: stem of the one.
        previous: stem of the one before; empty where there is none.
        models_dir: the folder with the model files.
        lock_timeout_s: how long an activation is waited for, in seconds.

    Raises:
        RegistryError: the folder cannot be written to, or an activation does not end.
    """
    with _locked(models_dir, lock_timeout_s):
        _write_lines(models_dir, {**({PREVIOUS: previous} if previous else {}), ACTIVE: active})


@contextmanager
def _locked(models_dir: Path, timeout_s: float) -> Iterator[None]:
    """Lets one activation at a time change the folder."""
    if not models_dir.is_dir():  # The lock would make one.
        raise RegistryError(f"There is no folder {models_dir}.")
    # Everyone may open the lock, so that root's activation today does not shut out the server's own user tomorrow.
    lock = FileLock(models_dir / ".lock", timeout=timeout_s, mode=0o666)
    try:
        lock.acquire()
    except Timeout as err:
        raise RegistryError("Another activation has not ended yet. Try again when it has.") from err
    except OSError as err:
        raise _not_writable(models_dir, err) from err
    try:
        yield
    finally:
        lock.release()


def _switch(path: Path, verify: Verify) -> VersionChange:
    if not path.stem.isprintable() or path.stem != path.stem.strip():
        raise UnknownVersion(f"The file name {path.name!r} does not fit into one line of text. Rename the file.")
    before = versions.or_none(versions.active, path.parent)
    change = VersionChange(path, verify(path).metadata, before)
    if before is None:
        _write_lines(path.parent, {ACTIVE: path.stem})
    elif path != before:
        # In this order: if the second is never written, another version is not served by accident.
        _write_lines(path.parent, {PREVIOUS: before.stem, ACTIVE: path.stem})
    return change


def _write_lines(models_dir: Path, lines: Mapping[str, str]) -> None:
    """Replaces files of one line, one after the other, once all of them are safely on the disk."""
    try:
        with tempfile.TemporaryDirectory(dir=models_dir, prefix=".activate-") as folder:
            drafts = {name: Path(folder, name) for name in lines}
            for name, line in lines.items():
                drafts[name].write_text(f"{line}\n", encoding="utf-8")
                files.flush(drafts[name])
            for name, draft in drafts.items():
                draft.replace(models_dir / name)
        files.flush(models_dir)
    except OSError as err:
        raise _not_writable(models_dir, err) from err


def _not_writable(models_dir: Path, err: OSError) -> RegistryError:
    return RegistryError(f"{models_dir} cannot be written to: {err.strerror or err}. The active model did not change.")
