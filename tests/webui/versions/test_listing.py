from __future__ import annotations

import os
from pathlib import Path

import pytest

from recognizer.model_file import artifact
from tests.webui.versions.conftest import Put, compile_for
from webui.versions import listing
from webui.versions.listing import Listing


@pytest.fixture
def counted(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every file that is read, each time."""
    read: list[Path] = []
    digest = artifact.digest
    monkeypatch.setattr(artifact, "digest", lambda path: read.append(path) or digest(path))
    return read


def test_versions_come_in_natural_order_with_what_they_are(put: Put) -> None:
    put("animals-10", active=True)
    put("animals-2", previous=True)

    found = [(version.stem, version.is_active, version.is_previous) for version in listing.versions()]

    assert found == [("animals-2", False, True), ("animals-10", True, False)]


def test_a_broken_file_is_in_the_list_with_its_reason_and_without_our_folders(models: Path) -> None:
    (models / "animals-3.h5").write_bytes(b"This is no model.")

    [version] = listing.versions()

    assert version.metadata is None
    assert version.contents.problem.startswith("animals-3.h5 is no H5 file")


def test_a_folder_that_is_not_there_has_no_versions(models: Path) -> None:
    models.rmdir()

    assert listing.versions() == []


def test_a_file_is_read_once(put: Put, models: Path, counted: list[Path]) -> None:
    put("animals-1")
    found = Listing()
    found(models)
    once = len(counted)

    found(models)

    assert len(counted) == once > 0


def test_a_file_that_changed_is_read_again(put: Put, models: Path) -> None:
    found = Listing()
    path = put("animals-1", temperature=1.0)
    found(models)
    put("animals-1", temperature=2.0)
    os.utime(path, ns=(1, 1))  # Two writes may have one time.

    [version] = found(models)

    assert version.metadata is not None
    assert version.metadata.temperature == 2.0


def test_a_version_that_was_compiled_meanwhile_is_read_again(put: Put, models: Path) -> None:
    found = Listing()
    path = put("animals-1")
    assert found(models)[0].precisions == []

    compile_for(path)

    assert found(models)[0].precisions == ["bf16", "f32"]


def test_a_graph_of_another_file_does_not_count(put: Put, models: Path) -> None:
    compile_for(put("animals-1"))
    put("animals-1", temperature=3.0)

    assert Listing()(models)[0].precisions == []


def test_names_that_are_no_text_can_be_shown(put: Put, models: Path) -> None:
    path = put("animals-1")
    path.rename(os.fsdecode(os.fsencode(models) + b"/animals-\xff.h5"))

    assert [version.stem for version in listing.versions()] == ["animals-?"]


@pytest.mark.parametrize("stem", ["", "..", "../animals-1", "animals-1.h5", "/etc/passwd", "animals-1\0", "ACTIVE"])
def test_only_names_of_versions_are_found(put: Put, stem: str) -> None:
    put("animals-1", active=True)

    assert listing.find(stem) is None
