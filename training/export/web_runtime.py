"""ONNX Runtime Web: the files that run a model in a browser, fetched once and kept in the user's cache.

a file that is named, the cache, or npm's registry -> the package, its digest checked -> script, module, WebAssembly
"""

from __future__ import annotations

import hashlib
import io
import os
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass
from pathlib import Path

from recognizer import files, folders
from recognizer.errors import OperatorError

VERSION = "1.30.0"
_SHA512 = (
    "ab4cbe26baedba45d2cec05610c71c55fa97db92d19a8b171c5f8269126683ca"
    "590a5cdc57bb2f35ce2b298de32f4d956fb42644c0ecd528a0a91e025c07ca61"
)
_REGISTRY = "https://registry.npmjs.org"
_MOST_BYTES = 64 * 2**20
_TIMEOUT_S = 120


class RuntimeMissing(OperatorError):
    """ONNX Runtime Web is not here and cannot be fetched."""

    code = "runtime_missing"
    title = "The model could not be exported"


@dataclass(frozen=True)
class WebRuntime:
    """What a page needs to run ONNX models."""

    script: str
    """Defines `ort`."""
    module: str
    """Loads the WebAssembly."""
    wasm: bytes


def address() -> str:
    """Where the package is fetched from; npm's own setting names another registry."""
    registry = os.environ.get("NPM_CONFIG_REGISTRY") or _REGISTRY
    return f"{registry.rstrip('/')}/onnxruntime-web/-/{_file_name()}"


def find(package: Path | None = None) -> WebRuntime:
    """The runtime, from a package that was named, from the cache, or from the registry.

    Args:
        package: the package's .tgz, where this machine has no network.

    Raises:
        RuntimeMissing: it cannot be fetched or read, or is not the package of this version.
    """
    cache = folders.cache()
    kept = cache / "onnxruntime-web" / _file_name() if cache else None
    if not package and kept and kept.is_file():
        data = _read(kept)
        if _is_right(data):
            return _unpacked(data)
    data = _checked(_read(package), str(package)) if package else _checked(_fetched(), address())
    if kept:
        _keep(kept, data)
    return _unpacked(data)


def _file_name() -> str:
    return f"onnxruntime-web-{VERSION}.tgz"


def _read(package: Path) -> bytes:
    try:
        return files.read_whole(package, _MOST_BYTES)
    except OSError as err:
        raise RuntimeMissing(f"{package} cannot be read: {err.strerror or err}") from err


def _fetched() -> bytes:
    try:
        with urllib.request.urlopen(address(), timeout=_TIMEOUT_S) as answer:  # noqa: S310 - https, or the user's own.
            return bytes(answer.read(_MOST_BYTES))
    except (OSError, ValueError) as err:
        raise RuntimeMissing(
            f"ONNX Runtime Web is needed once, and {address()} cannot be fetched: {getattr(err, 'reason', err)}."
            " Fetch it where there is a network, and name the file with --onnxruntime-web, which keeps it."
        ) from err


def _is_right(data: bytes) -> bool:
    return hashlib.sha512(data).hexdigest() == _SHA512


def _checked(data: bytes, origin: str) -> bytes:
    if not _is_right(data):
        raise RuntimeMissing(f"{origin} is not the package onnxruntime-web {VERSION}: its digest is another.")
    return data


def _keep(path: Path, data: bytes) -> None:
    """Keeps it for the next time, where that is possible."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        files.write_whole(path, data)
    except OSError:
        return


def _unpacked(data: bytes) -> WebRuntime:
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        names = ("ort.wasm.min.js", "ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm")
        members = (archive.extractfile(f"package/dist/{name}") for name in names)
        # They are files: the digest was right.
        script, module, wasm = (member.read() if member else b"" for member in members)
    return WebRuntime(script.decode(), module.decode(), wasm)
