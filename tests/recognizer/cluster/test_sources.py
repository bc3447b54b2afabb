"""Where pictures and shards are."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recognizer.cluster import sources
from recognizer.errors import CallerError
from tests.recognizer.cluster.shard_files import shard
from tests.recognizer.fakes import RED, plain


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, a shard, and a text."""
    (tmp_path / "cats").mkdir()
    (tmp_path / "cats" / "a.png").write_bytes(plain(RED))
    (tmp_path / "b.png").write_bytes(plain(RED))
    (tmp_path / "shard-0.tar").write_bytes(shard([("a.png", plain(RED))]))
    (tmp_path / "notes.txt").write_text("notes")
    return tmp_path


def test_a_folder_gives_its_pictures_and_its_shards_and_counts_the_rest(folder: Path) -> None:
    found = sources.find([str(folder)])

    assert [place.path for place in found.pictures] == [str(folder / "b.png"), str(folder / "cats/a.png")]
    assert [place.path for place in found.shards] == [str(folder / "shard-0.tar")]
    assert "1 file" in next(found.passed_over.lines("3", "see"))


def test_what_is_given_twice_is_there_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)

    found = sources.find([".", str(folder), "b.png", "cats/../b.png", "shard-0.tar"])

    assert (len(found.pictures), len(found.shards)) == (2, 1)


def test_a_source_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match=r"no file or folder .*nowhere"):
        sources.find([str(tmp_path / "nowhere")])


def test_a_folder_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    with pytest.raises(CallerError, match="no pictures and no tar files"):
        sources.find([str(tmp_path)])


def test_an_address_that_nothing_reads_is_refused_without_its_key() -> None:
    with pytest.raises(CallerError, match="ftp://host/pictures cannot be used") as refusal:
        sources.find(["ftp://user:geheim@host/pictures"])

    assert "geheim" not in str(refusal.value)


def test_a_store_is_listed_and_read_as_a_folder_is(folder: Path) -> None:
    found = sources.find([f"file://{folder}"])

    assert [Path(place.path).name for place in found.pictures] == ["b.png", "a.png"]
    assert [sources.read(place.store, place.inside) for place in found.pictures] == [plain(RED)] * 2
    assert len(found.shards) == 1


def test_a_place_in_a_store_that_is_empty_is_named(folder: Path) -> None:
    with pytest.raises(CallerError, match=r"nothing at file:///.*nowhere"):
        sources.find([f"file://{folder}/nowhere"])


def test_a_name_that_is_not_utf_8_is_spelt_out_and_can_be_read(tmp_path: Path) -> None:
    name = os.fsencode(tmp_path) + b"/\xff.png"
    Path(os.fsdecode(name)).write_bytes(plain(RED))

    [place] = sources.find([str(tmp_path)]).pictures

    assert place.path.endswith("/\\xff.png")
    assert sources.read(place.store, place.inside) == plain(RED)
