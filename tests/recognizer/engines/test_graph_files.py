"""A graph is taken only whole, and only where it was made from exactly this model file."""

from __future__ import annotations

import errno
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from recognizer import folders as user_folders
from recognizer.engines import graph_files
from recognizer.engines.graph_files import PRECISIONS, Kind, Manifest, Precision
from recognizer.errors import ArtifactError
from recognizer.model_file import artifact
from tests.recognizer.graphs import make_parity, parity_of, small_metadata, write_manifest, write_model, write_words
from tests.recognizer.rejections import REFERENCES, make_ood_score, make_rejection

DAY_S = 24 * 3600


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The user's cache, empty."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    """A model file as far as its digest goes."""
    path = tmp_path / "models" / "animals-1.h5"
    path.parent.mkdir()
    path.write_bytes(b"weights")
    return path


@pytest.fixture
def folder(model: Path) -> Path:
    """The folder of its graphs, with one that can be computed with in bf16 and f32."""
    folder = model.with_name("animals-1.compiled")
    write_words(model, folder)
    return folder


@pytest.fixture
def protected(model: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model's folder, which cannot be written to. Root may write anywhere, so it is only said so."""
    forbid_writing(monkeypatch, model.parent)
    return model.parent


def forbid_writing(monkeypatch: pytest.MonkeyPatch, *folders: Path) -> None:
    allowed = os.access
    monkeypatch.setattr(os, "access", lambda path, mode: Path(path) not in folders and allowed(path, mode))


def content(model: Path, precision: Precision = "f32") -> tuple[bytes, bytes] | None:
    """What is in the two files of a graph that is found."""
    graphs = graph_files.find(model)
    graph = graphs.get(precision) if graphs else None
    return (graph.path.read_bytes(), graph.path.with_suffix(".bin").read_bytes()) if graph else None


# Finding


def test_a_graph_of_this_file_is_found(model: Path, folder: Path) -> None:
    graphs = graph_files.find(model)

    assert graphs is not None
    assert graphs.get("f32") == graph_files.Graph(folder / "float.xml", "f32", graphs.source)
    assert (graphs.source.path, graphs.source.digest) == (model, artifact.digest(model))
    assert graphs.source.metadata == small_metadata()


def test_a_model_without_graphs_has_none(model: Path) -> None:
    assert graph_files.find(model) is None


def test_a_missing_model_is_an_error(model: Path, folder: Path) -> None:
    model.unlink()

    with pytest.raises(ArtifactError, match="no model file"):
        graph_files.find(model)


def test_a_graph_of_another_file_of_this_name_is_none(model: Path, folder: Path) -> None:
    model.write_bytes(b"weighty")

    assert graph_files.find(model) is None


def test_manifests_are_found_without_reading_the_graphs(model: Path, folder: Path) -> None:
    (folder / "float.bin").unlink()

    found = graph_files.manifests(model, artifact.digest(model))

    assert list(found) == ["float"]
    assert found["float"].metadata == small_metadata()


def test_manifests_of_another_file_are_none(model: Path, folder: Path) -> None:
    assert graph_files.manifests(model, f"sha256:{'0' * 64}") == {}


@pytest.mark.parametrize("name", ["float.xml", "float.bin", "float.json"])
@pytest.mark.parametrize(
    "damage",
    [
        lambda path: path.unlink(),
        lambda path: path.write_bytes(b""),
        lambda path: path.write_bytes(path.read_bytes()[:-1]),
        lambda path: path.write_bytes(path.read_bytes() + b"x"),
        lambda path: path.write_bytes(b"\xff" + path.read_bytes()[1:]),
        lambda path: path.unlink() or path.mkdir(),
        lambda path: path.unlink() or os.mkfifo(path),
    ],
    ids=["missing", "empty", "cut", "longer", "changed", "folder", "pipe"],
)
def test_a_damaged_graph_is_none(model: Path, folder: Path, name: str, damage: Callable[[Path], object]) -> None:
    damage(folder / name)

    assert graph_files.find(model) is None


def change_files(folder: Path, files: dict[str, str]) -> None:
    manifest = Manifest.model_validate_json((folder / "float.json").read_bytes())
    text = manifest.model_copy(update={"files": files}).model_dump_json()
    (folder / "float.json").write_text(text)


@pytest.mark.parametrize(
    "names",
    [
        [],
        ["float.xml"],
        ["float.xml", "float.bin", "more.bin"],
        ["float.xml", "../animals-1.compiled/float.bin"],
        ["float.xml", "../../secret"],
        ["int8.xml", "int8.bin"],
    ],
    ids=str,
)
def test_a_manifest_that_names_other_files_is_none(model: Path, folder: Path, names: list[str]) -> None:
    (folder.parent.parent / "secret").write_bytes(b"secret")
    write_words(model, folder, "int8")
    (folder / "more.bin").write_bytes(b"more")
    (folder / "int8.json").unlink()

    change_files(folder, {name: artifact.digest(folder / name) for name in names})

    assert graph_files.find(model) is None


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b"null",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"schema_version": 1e999}',
    ],
    ids=lambda text: repr(text[:12]),
)
def test_a_manifest_that_is_none_does_no_harm(model: Path, folder: Path, text: bytes) -> None:
    (folder / "float.json").write_bytes(text)

    assert graph_files.find(model) is None


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"schema_version":1,"model_digest"', '"schema_version":2,"model_digest"'),
        ('"versions":{}', '"versions":{},"more":1'),
        ('"agreement":1.0', '"agreement":NaN'),
        ('"accepted":true', '"accepted":"true"'),
        ('"f32"', '"f64"'),
        ("sha256:", "md5:"),
    ],
)
def test_a_manifest_of_another_form_is_none(model: Path, folder: Path, old: str, new: str) -> None:
    text = (folder / "float.json").read_text()
    assert old in text

    (folder / "float.json").write_text(text.replace(old, new))

    assert graph_files.find(model) is None


def test_of_a_huge_manifest_only_the_beginning_is_read(model: Path, folder: Path) -> None:
    with (folder / "float.json").open("ab") as file:
        file.truncate(2**40)  # A hole: it takes no room on the disk.

    assert graph_files.find(model) is None


# Precisions


@pytest.mark.parametrize(("kind", "expected"), [("int8", ["int8"]), ("float", ["bf16", "f32"])])
def test_a_graph_serves_the_precisions_of_its_kind(model: Path, folder: Path, kind: Kind, expected: list[str]) -> None:
    (folder / "float.json").unlink()
    write_words(model, folder, kind)

    graphs = graph_files.find(model)

    assert graphs is not None
    assert [precision for precision in PRECISIONS if graphs.get(precision)] == expected
    assert list(graphs.compared()) == expected


def test_a_precision_that_moved_the_answers_is_not_served(model: Path, folder: Path) -> None:
    write_manifest(
        model, folder, "float", parity={"bf16": make_parity(accepted=False, agreement=0.5), "f32": make_parity()}
    )

    graphs = graph_files.find(model)

    assert graphs is not None
    assert graphs.get("bf16") is None
    assert graphs.get("f32") is not None


def test_a_precision_that_was_compared_beside_another_graph_is_not_served(model: Path, folder: Path) -> None:
    (folder / "float.json").unlink()
    write_words(model, folder, "int8", parity={**parity_of("int8"), **parity_of("float")})

    graphs = graph_files.find(model)

    assert graphs is not None
    assert graphs.get("f32") is None


# Places


def test_a_graph_in_the_users_cache_is_found(model: Path, cache: Path) -> None:
    in_cache = graph_files.folders(model)[1]
    write_words(model, in_cache)

    assert in_cache.is_relative_to(cache / "menagerie")
    assert content(model) is not None


def test_a_graph_beside_the_model_comes_before_one_in_the_cache(model: Path) -> None:
    beside, in_cache = graph_files.folders(model)
    write_words(model, in_cache, words=b"in the cache")
    write_words(model, beside, words=b"beside")

    assert content(model) == (b"<xml>beside", b"beside")


def test_a_damaged_graph_beside_the_model_does_not_hide_one_in_the_cache(model: Path) -> None:
    beside, in_cache = graph_files.folders(model)
    write_words(model, in_cache, words=b"in the cache")
    write_words(model, beside, words=b"beside")
    (beside / "float.bin").unlink()

    assert content(model) == (b"<xml>in the cache", b"in the cache")


def test_graphs_of_both_places_are_one_choice(model: Path) -> None:
    beside, in_cache = graph_files.folders(model)
    write_words(model, beside, "float")
    write_words(model, in_cache, "int8")

    graphs = graph_files.find(model)

    assert graphs is not None
    assert graphs.folders == {"float": beside, "int8": in_cache}


def test_models_of_one_name_do_not_share_a_cache(tmp_path: Path) -> None:
    one, other = (graph_files.folders(tmp_path / folder / "animals-1.h5")[1] for folder in ("a", "b"))

    assert one != other


def test_dots_in_a_version_are_kept(tmp_path: Path) -> None:
    assert graph_files.folders(tmp_path / "animals-1.2.h5")[0] == tmp_path / "animals-1.2.compiled"


def test_the_graph_of_a_linked_model_lies_beside_the_link(model: Path, folder: Path, tmp_path: Path) -> None:
    link = tmp_path / "served-1.h5"
    link.symlink_to(model)

    assert graph_files.folders(link)[0] == tmp_path / "served-1.compiled"


def test_a_user_without_a_home_needs_none(model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(user_folders, "cache", lambda: None)

    assert content(model) is not None
    assert graph_files.destination(model) == folder


def test_new_graphs_go_beside_the_model(model: Path) -> None:
    assert graph_files.destination(model) == model.with_name("animals-1.compiled")


def test_where_the_models_folder_is_protected_they_go_to_the_cache(model: Path, protected: Path, cache: Path) -> None:
    with graph_files.written_whole(model) as drafts:
        write_words(model, drafts)

    assert graph_files.destination(model).is_relative_to(cache)
    assert content(model) is not None
    assert list(protected.iterdir()) == [model]


def test_where_the_graphs_themselves_are_protected_they_go_to_the_cache(
    model: Path, folder: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    forbid_writing(monkeypatch, folder)

    assert graph_files.destination(model).is_relative_to(cache)


def test_where_nothing_can_be_written_both_places_are_named(
    model: Path, protected: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.write_bytes(b"a file")

    with (
        pytest.raises(ArtifactError, match=r"no place: .*models/animals-1\.compiled or .*cache/menagerie/animals-1-"),
        graph_files.written_whole(model),
    ):
        pass


# Writing


def everything_below(folder: Path) -> set[Path]:
    return set(folder.rglob("*"))


def test_drafts_are_no_graph_until_all_is_done(model: Path) -> None:
    with graph_files.written_whole(model) as drafts:
        write_words(model, drafts)

        assert graph_files.find(model) is None

    assert content(model) is not None


def test_nothing_but_the_graph_is_left(model: Path) -> None:
    with graph_files.written_whole(model) as drafts:
        write_words(model, drafts)

    folder = model.with_name("animals-1.compiled")
    assert everything_below(model.parent) == {
        model,
        folder,
        *(folder / f"float.{end}" for end in ("xml", "bin", "json")),
        *folder.glob("float.*.signature"),
    }


def test_a_new_graph_takes_the_place_of_an_old_one_and_leaves_other_kinds(model: Path, folder: Path) -> None:
    write_words(model, folder, "int8", words=b"quantised")

    replace_graph(model)

    assert content(model, "f32") == (b"<xml>new", b"new")
    assert content(model, "int8") == (b"<xml>quantised", b"quantised")


def test_a_block_that_fails_changes_nothing(model: Path, folder: Path) -> None:
    before = everything_below(model.parent)

    def fail() -> None:
        with graph_files.written_whole(model) as drafts:
            write_words(model, drafts, words=b"new")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert everything_below(model.parent) == before
    assert content(model) == (b"<xml>words", b"words")


@pytest.mark.parametrize("moved", range(5))
def test_a_replacement_that_stops_halfway_never_mixes_old_and_new(
    model: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, moved: int
) -> None:
    fail_after(monkeypatch, moved, Path, "replace")

    with suppress(ArtifactError):
        replace_graph(model)

    old, new = (b"<xml>words", b"words"), (b"<xml>new", b"new")
    assert content(model) == [old, None, None, None, new][moved]


def replace_graph(model: Path) -> None:
    with graph_files.written_whole(model) as drafts:
        write_words(model, drafts, words=b"new")


def fail_after(monkeypatch: pytest.MonkeyPatch, calls: int, owner: object, name: str) -> None:
    """Lets the disk be full after some calls of a function."""
    function, left = getattr(owner, name), iter(range(calls))

    def limited(*args: object, **options: object) -> object:
        if next(left, None) is None:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return function(*args, **options)

    monkeypatch.setattr(owner, name, limited)


FULL_DISKS = {
    "making drafts": (os, "mkdir", 0),
    "writing the first file": (Path, "write_bytes", 0),
    "writing the second file": (Path, "write_bytes", 1),
    "writing the manifest": (Path, "write_text", 0),
    "making the folder": (Path, "mkdir", 2),
    "moving the first file": (Path, "replace", 0),
}


@pytest.mark.parametrize("point", FULL_DISKS)
def test_on_a_full_disk_there_is_a_sentence_and_nothing_is_left(
    model: Path, monkeypatch: pytest.MonkeyPatch, point: str
) -> None:
    owner, name, allowed = FULL_DISKS[point]
    fail_after(monkeypatch, allowed, owner, name)

    with pytest.raises(ArtifactError, match=r"animals-1\.compiled: No space left on device"):
        replace_graph(model)

    assert everything_below(model.parent) - {model.with_name("animals-1.compiled")} == {model}


def test_a_file_in_the_place_of_the_folder_sends_graphs_to_the_cache(model: Path, cache: Path) -> None:
    model.with_name("animals-1.compiled").write_bytes(b"")

    replace_graph(model)

    assert graph_files.destination(model).is_relative_to(cache)
    assert content(model) is not None


@pytest.mark.parametrize("name", ["a b-1.h5", "[x]-1.h5", "*-1.h5", "ä-1.h5", "-1.h5", ".hidden-1.h5", "no_suffix"])
def test_any_name_of_a_model_will_do(tmp_path: Path, name: str) -> None:
    model = tmp_path / name
    model.write_bytes(b"weights")

    with graph_files.written_whole(model) as drafts:
        write_words(model, drafts)

    assert content(model) is not None


@pytest.fixture
def abandoned(model: Path) -> Iterator[Path]:
    """Drafts of a process that was killed."""
    drafts = model.parent / ".animals-1.compiled-abc"
    drafts.mkdir()
    (drafts / "float.bin").write_bytes(b"half")
    return drafts


def grow_old(path: Path, age_s: float) -> None:
    then = path.stat().st_mtime - age_s
    os.utime(path, (then, then))


def test_what_a_killed_process_left_is_removed_by_the_next(model: Path, abandoned: Path) -> None:
    grow_old(abandoned, 2 * DAY_S)

    with graph_files.written_whole(model):
        pass

    assert not abandoned.exists()


def test_the_letters_of_a_name_are_no_pattern(tmp_path: Path) -> None:
    model, mine, others = tmp_path / "[ab]-1.h5", tmp_path / ".[ab]-1.compiled-x", tmp_path / ".a-1.compiled-x"
    for drafts in (mine, others):
        drafts.mkdir()
        grow_old(drafts, 2 * DAY_S)

    with graph_files.written_whole(model):
        pass

    assert (mine.exists(), others.exists()) == (False, True)


def test_drafts_of_today_and_of_other_models_are_left_alone(model: Path, abandoned: Path) -> None:
    other = model.parent / ".animals-10.compiled-abc"
    other.mkdir()
    grow_old(other, 2 * DAY_S)
    grow_old(abandoned, DAY_S / 2)

    with graph_files.written_whole(model):
        pass

    assert abandoned.exists()
    assert other.exists()


def test_whoever_writes_at_the_same_time_leaves_one_whole_graph_or_none(model: Path) -> None:
    def write(words: bytes) -> None:
        for _ in range(20):
            with graph_files.written_whole(model) as drafts:
                write_words(model, drafts, words=words)

    writers = [threading.Thread(target=write, args=(words,)) for words in (b"one", b"other")]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert content(model) in ((b"<xml>one", b"one"), (b"<xml>other", b"other"), None)
    assert len(list(model.parent.iterdir())) == 2


# Rejection


def write_rejecting_model(path: Path) -> Path:
    """A model file that can say "none of these", as far as one can tell without a network."""
    write_model(path)
    metadata = small_metadata(rejection=make_rejection())
    artifact.copy_with_metadata(path, path, metadata, make_ood_score())
    return path


@pytest.fixture
def rejecting(tmp_path: Path) -> Path:
    """A model file with a rejection, and a graph."""
    path = write_rejecting_model(tmp_path / "models" / "rejecting-1.h5")
    with graph_files.written_whole(path) as drafts:
        (drafts / "int8.xml").write_bytes(b"<xml>")
        (drafts / "int8.bin").write_bytes(b"words")
        graph_files.stamp(drafts, "int8", artifact.read(path), parity=parity_of("int8"), versions={})
    return path


def test_the_numbers_of_the_rejection_travel_with_the_graph(rejecting: Path) -> None:
    graphs = graph_files.find(rejecting)

    assert graphs is not None
    assert graphs.source.metadata.rejection == make_rejection()
    assert graphs.source.ood_score is not None
    assert graphs.source.ood_score.references == pytest.approx(REFERENCES, abs=1e-3)


@pytest.mark.parametrize("damage", [b"", b"\0" * 24, b"\0" * 1000])
def test_a_graph_whose_rejection_was_changed_is_not_taken(rejecting: Path, damage: bytes) -> None:
    rejecting.with_suffix(".compiled").joinpath("int8.rejection").write_bytes(damage)

    assert graph_files.find(rejecting) is None


def test_a_graph_whose_rejection_is_missing_is_not_taken(rejecting: Path) -> None:
    rejecting.with_suffix(".compiled").joinpath("int8.rejection").unlink()

    assert graph_files.find(rejecting) is None


@pytest.mark.parametrize("stored", [b"\0" * 23, b"\0" * 26, b"\xff" * 24])
def test_a_rejection_that_is_none_is_not_taken_even_with_its_digest(rejecting: Path, stored: bytes) -> None:
    folder = rejecting.with_suffix(".compiled")
    (folder / "int8.rejection").write_bytes(stored)
    manifest = Manifest.model_validate_json((folder / "int8.json").read_bytes())
    files = {name: artifact.digest(folder / name) for name in manifest.files}
    (folder / "int8.json").write_text(manifest.model_copy(update={"files": files}).model_dump_json())

    assert graph_files.find(rejecting) is None


def test_a_graph_is_handed_on_to_a_file_with_the_same_network(model: Path, folder: Path, tmp_path: Path) -> None:
    graphs = graph_files.find(model)
    assert graphs is not None
    other = write_rejecting_model(tmp_path / "others" / "animals-2.h5")

    graph_files.copy_graphs(graphs, other, artifact.read(other))

    assert content(other) == content(model)
    found = graph_files.find(other)
    assert found is not None
    assert found.source.metadata.rejection == make_rejection()
    assert found.compared() == graphs.compared()


def test_a_graph_is_handed_on_in_its_place(rejecting: Path) -> None:
    graphs = graph_files.find(rejecting)
    assert graphs is not None
    artifact.copy_with_metadata(rejecting, rejecting, small_metadata(version="7"))

    graph_files.copy_graphs(graphs, rejecting, artifact.read(rejecting))

    found = graph_files.find(rejecting)
    assert found is not None
    assert (found.source.metadata.version, found.source.ood_score) == ("7", None)
