"""The package that runs models in a browser: from a file, the cache or the registry, and only the right one."""

from __future__ import annotations

import hashlib
import io
import tarfile
from pathlib import Path

import pytest

from recognizer import folders
from training.export import web_runtime
from training.export.web_runtime import RuntimeMissing, WebRuntime

RUNTIME = WebRuntime("var ort", "export default 1", b"\0asm")


def package() -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, content in {
            "ort.wasm.min.js": RUNTIME.script.encode(),
            "ort-wasm-simd-threaded.mjs": RUNTIME.module.encode(),
            "ort-wasm-simd-threaded.wasm": RUNTIME.wasm,
        }.items():
            member = tarfile.TarInfo(f"package/dist/{name}")
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


@pytest.fixture(autouse=True)
def registry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A registry in a folder, whose package is taken for the right one; returns the package's file."""
    file = tmp_path / "registry" / "onnxruntime-web" / "-" / f"onnxruntime-web-{web_runtime.VERSION}.tgz"
    file.parent.mkdir(parents=True)
    file.write_bytes(package())
    monkeypatch.setenv("NPM_CONFIG_REGISTRY", (tmp_path / "registry").as_uri())
    monkeypatch.setattr(web_runtime, "_SHA512", hashlib.sha512(file.read_bytes()).hexdigest())
    monkeypatch.setattr(folders, "cache", lambda: tmp_path / "cache")
    return file


def test_it_is_fetched_once(registry: Path) -> None:
    assert web_runtime.find() == RUNTIME

    registry.unlink()

    assert web_runtime.find() == RUNTIME


@pytest.mark.parametrize("kept", [b"", b"half of it"])
def test_a_damaged_one_in_the_cache_is_fetched_again(registry: Path, tmp_path: Path, kept: bytes) -> None:
    cached = tmp_path / "cache" / "onnxruntime-web" / registry.name
    cached.parent.mkdir(parents=True)
    cached.write_bytes(kept)

    assert web_runtime.find() == RUNTIME
    assert cached.read_bytes() == registry.read_bytes()


def test_where_there_is_no_network_it_says_what_to_fetch_and_how_to_name_it(registry: Path) -> None:
    registry.unlink()

    with pytest.raises(RuntimeMissing, match=r"onnxruntime-web-[\d.]+tgz cannot be fetched: .*--onnxruntime-web"):
        web_runtime.find()


def test_a_file_can_be_named(registry: Path, tmp_path: Path) -> None:
    named = registry.rename(tmp_path / "mine.tgz")

    assert web_runtime.find(named) == RUNTIME


def test_another_package_is_refused(registry: Path, tmp_path: Path) -> None:
    registry.write_bytes(b"<html>Sign in to the network of this hotel</html>")
    (tmp_path / "other.tgz").write_bytes(package() + b"and more")

    with pytest.raises(RuntimeMissing, match=r"is not the package onnxruntime-web [\d.]+: its digest is another"):
        web_runtime.find()
    with pytest.raises(RuntimeMissing, match=r"other\.tgz is not the package"):
        web_runtime.find(tmp_path / "other.tgz")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(RuntimeMissing, match=r"gone\.tgz cannot be read: No such file"):
        web_runtime.find(tmp_path / "gone.tgz")


def test_without_a_place_to_keep_it_it_is_fetched_each_time(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for cache in (None, tmp_path / "file"):
        monkeypatch.setattr(folders, "cache", lambda cache=cache: cache)

        assert web_runtime.find() == RUNTIME


def test_one_that_was_named_is_kept_for_the_next_time(registry: Path, tmp_path: Path) -> None:
    named = registry.rename(tmp_path / "brought.tgz")

    assert web_runtime.find(named) == RUNTIME
    named.unlink()

    assert web_runtime.find() == RUNTIME
