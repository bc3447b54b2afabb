"""Who vouches for a compiled graph, so that it may answer under the name of its model file.

A graph is plain files beside an H5 and travels with it: whoever passes a model on could put other class names into the
graph's manifest, or another network under the digest of a genuine file. So a graph answers only where

    the release ships it          the digest of its manifest is in shipped_graphs.txt
    this installation made it     the manifest is signed, HMAC-SHA256, with a key that never leaves the installation
    it was compared with Keras    by `recognizer compile`, which then signs it

The manifest names the digests of the graph's files and of the model file and holds the metadata, so that a signature of
the manifest covers all of them.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path

from recognizer import files, folders
from recognizer.errors import ArtifactError

_SHIPPED = Path(__file__).with_name("shipped_graphs.txt")
_KEY_NAME = "graph-key"
_KEY_BYTES = 32
_SECRET = "MENAGERIE_SECRET_KEY"  # noqa: S105 - the name of a variable.
_MAX_SIGNATURE_BYTES = 100


def is_vouched_for(manifest: Path, text: bytes) -> bool:
    """Whether a graph may answer.

    Args:
        manifest: the manifest's path; signatures lie beside it.
        text: what was read from there.
    """
    return hashlib.sha256(text).hexdigest() in _shipped() or any(
        _is_signed(manifest, text, key) for key in _keys() if key
    )


def sign(manifest: Path) -> None:
    """Signs a manifest with this installation's key, which is made where there is none yet.

    Raises:
        ArtifactError: no key can be kept anywhere.
    """
    key = next((key for key in (*_keys(), _new_key()) if key), None)
    if key is None:
        raise ArtifactError(
            "The compiled graph cannot be signed: no key can be kept. Set MENAGERIE_DATA to a folder that can be"
            f" written to, or {_SECRET}."
        )
    _signature_path(manifest, key).write_text(_signature(manifest.read_bytes(), key), encoding="ascii")


def countersign(manifest: Path) -> None:
    """Signs a manifest that is vouched for with the first key as well, so that all who have that key take its graph.

    Raises:
        OSError: it cannot be read, or the folder cannot be written.
    """
    key, text = next((key for key in _keys() if key), None), manifest.read_bytes()
    is_shipped = hashlib.sha256(text).hexdigest() in _shipped()
    if key and not is_shipped and not _is_signed(manifest, text, key) and is_vouched_for(manifest, text):
        _signature_path(manifest, key).write_text(_signature(text, key), encoding="ascii")


@cache
def _shipped() -> frozenset[str]:
    """Digests of the manifests that come with this release."""
    lines = _SHIPPED.read_text(encoding="ascii").splitlines()
    return frozenset(line.split()[0] for line in lines if line and not line.startswith("#"))


def _is_signed(manifest: Path, text: bytes, key: bytes) -> bool:
    try:
        found = files.read_at_most(_signature_path(manifest, key), _MAX_SIGNATURE_BYTES)
    except OSError:
        return False
    return hmac.compare_digest(found, _signature(text, key).encode("ascii"))


def _signature(text: bytes, key: bytes) -> str:
    return hmac.new(key, text, hashlib.sha256).hexdigest()


def _signature_path(manifest: Path, key: bytes) -> Path:
    """Each key has a file of its own: two users of one models folder do not undo each other's signatures."""
    name = hashlib.sha256(b"name of " + key).hexdigest()[:12]
    return manifest.with_suffix(f".{name}.signature")


def _keys() -> Iterator[bytes]:
    """The keys of this installation, the first of them for new signatures."""
    if secret := os.environ.get(_SECRET):
        yield hmac.new(secret.encode(), b"compiled graphs", hashlib.sha256).digest()
    for path in _key_paths():
        with suppress(OSError):
            key = files.read_at_most(path, _KEY_BYTES + 1)
            if len(key) == _KEY_BYTES:
                yield key


def _new_key() -> bytes | None:
    """A key that is kept; None where nothing can be written. Of two processes at once, the first one's stays."""
    for path in _key_paths():
        with suppress(OSError):
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            draft = path.with_name(f".{_KEY_NAME}-{secrets.token_hex(8)}")
            handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, files.OWNER_ONLY)
            try:
                os.write(handle, secrets.token_bytes(_KEY_BYTES))
                with suppress(FileExistsError):
                    os.link(draft, path)
            finally:
                os.close(handle)
                draft.unlink()
            key = files.read_at_most(path, _KEY_BYTES + 1)
            if len(key) == _KEY_BYTES:
                return key
    return None


def _key_paths() -> list[Path]:
    """Where a key may lie. Not beside models: a folder that somebody passes on could bring one along."""
    return [folder / _KEY_NAME for folder in (_data_folder(), folders.cache()) if folder]


def _data_folder() -> Path | None:
    named = os.environ.get("MENAGERIE_DATA")
    try:
        return folders.expanded(named) if named else folders.data()
    except ValueError:  # Commands and the server refuse it when they begin.
        return None
