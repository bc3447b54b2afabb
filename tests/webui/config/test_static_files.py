from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings
from django.contrib.staticfiles.storage import staticfiles_storage
from django.test import override_settings

from webui.config import static_files


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Where a server collects its files."""
    hashed = {"BACKEND": "webui.config.static_files.HashedFiles"}
    folder = tmp_path / "static"
    folder.mkdir()
    with override_settings(STATIC_ROOT=folder, STORAGES={**settings.STORAGES, "staticfiles": hashed}, DEBUG=False):
        yield folder


@pytest.mark.slow
def test_names_have_digests_imports_follow_and_small_copies_lie_beside(folder: Path) -> None:
    half = folder / "webui" / "menagerie.css"
    half.parent.mkdir()
    half.write_text("half of what a killed server wrote")

    static_files.collect(folder)

    assert half.stat().st_size > 1000
    linked = staticfiles_storage.url("webui/home.js")
    assert re.fullmatch(r"/static/webui/home\.[0-9a-f]{12}\.js", linked)
    script = (folder / linked.removeprefix("/static/")).read_text(encoding="utf-8")
    imported = re.findall(r'from "\./(home/[^"]+)"', script)
    assert len(imported) > 5
    assert all(re.fullmatch(r"home/\w+\.[0-9a-f]{12}\.js", name) for name in imported)
    assert all((folder / "webui" / name).is_file() for name in imported)
    style = folder / staticfiles_storage.url("webui/menagerie.css").removeprefix("/static/")
    assert all(Path(f"{style}{kind}").stat().st_size < style.stat().st_size / 2 for kind in (".br", ".gz"))

    made = {path: path.stat().st_mtime_ns for path in folder.rglob("*.js")}
    static_files.collect(folder)
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*.js")} == made


def test_what_is_collected_is_used_where_nothing_can_be_written(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    (folder / "collected").touch()
    (folder / "staticfiles.json").write_text(
        '{"version": "1.1", "paths": {"webui/home.js": "webui/home.0.js"}, "hash": ""}'
    )

    def read_only(*args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(static_files, "FileLock", read_only)
    static_files.collect(folder)

    assert caplog.text == ""
    assert staticfiles_storage.url("webui/home.js") == "/static/webui/home.0.js"


def test_where_nothing_was_collected_pages_link_to_plain_names(folder: Path) -> None:
    assert staticfiles_storage.url("webui/home.js") == "/static/webui/home.js"


def test_a_collection_that_ends_in_the_middle_is_begun_anew(
    folder: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(*args: object, **options: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("django.core.management.call_command", full)
    static_files.collect(folder)

    assert "No space left on device" in caplog.text
    assert not (folder / "collected").exists()
    assert staticfiles_storage.url("webui/home.js") == "/static/webui/home.js"


def test_a_user_without_a_cache_has_plain_names(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("recognizer.folders.cache", lambda: None)
    assert static_files.folder() is None
    static_files.collect(None)

    (tmp_path / "file").write_text("no folder")
    monkeypatch.setattr("recognizer.folders.cache", lambda: tmp_path / "file")
    assert static_files.folder() is None


def test_other_files_are_collected_elsewhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("recognizer.folders.cache", lambda: tmp_path)
    monkeypatch.setattr(static_files, "_FILES", tmp_path / "files")
    before = static_files.folder()

    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "new.css").write_text("a {}")

    assert static_files.folder() != before
