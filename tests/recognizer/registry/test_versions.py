from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import h5py
import pytest

from recognizer.errors import ArtifactError
from recognizer.registry import versions
from recognizer.registry.file_names import name_and_version
from recognizer.registry.versions import UnknownVersion
from tests.recognizer.fakes import make_metadata


def put(models: Path, *stems: str, active: str | None = None, previous: str | None = None) -> Path:
    """Fills a models folder with empty files and pointers."""
    for stem in stems:
        (models / f"{stem}.h5").touch()
    for name, stem_or_none in (("ACTIVE", active), ("PREVIOUS", previous)):
        if stem_or_none is not None:
            (models / name).write_text(f"{stem_or_none}\n")
    return models


def model_file(path: Path, **changes: object) -> Path:
    """A file that can be read, though it has no weights."""
    with h5py.File(path, "w") as file:
        file.attrs["model_config"] = "{}"
        file["recognizer/metadata"] = make_metadata(**changes).to_json()
    return path


# What is active


def test_the_active_model_is_the_one_that_is_named(tmp_path: Path) -> None:
    put(tmp_path, "animals-1", active="animals-1")

    assert versions.active(tmp_path) == tmp_path / "animals-1.h5"


def test_without_a_pointer_the_cure_is_named(tmp_path: Path) -> None:
    with pytest.raises(ArtifactError, match=r"ACTIVE cannot be read\. Write the active model's name"):
        versions.active(tmp_path)


def endless(pointer: Path) -> None:
    pointer.touch()
    os.truncate(pointer, 2**40)  # A sparse file: 1 TB of zeros that take no space.


@pytest.mark.parametrize(
    "write",
    [lambda path: path.write_bytes(b"\xff\xfe"), lambda path: path.write_text("x" * 5000), endless, os.mkfifo],
    ids=["no text", "far too long", "endless", "a pipe, which is not waited for"],
)
def test_what_is_no_pointer_is_refused(tmp_path: Path, write: Callable[[Path], object]) -> None:
    write(tmp_path / "ACTIVE")

    with pytest.raises(ArtifactError, match="cannot be read"):
        versions.active(tmp_path)


@pytest.mark.parametrize(
    "name", ["", "animals-2", "../outside", "/outside", "folder", "a\nb", "a\0b", "ACTIVE", "loop", "nowhere"]
)
def test_a_pointer_to_no_model_in_the_folder_is_refused(tmp_path: Path, name: str) -> None:
    models = tmp_path / "models"
    (models / "folder.h5").mkdir(parents=True)
    (tmp_path / "outside.h5").touch()
    (models / "loop.h5").symlink_to("loop.h5")
    (models / "nowhere.h5").symlink_to("missing.h5")
    (models / "ACTIVE").write_text(name)

    with pytest.raises(ArtifactError, match="there is no model file"):
        versions.active(models)


# What was active before


@pytest.mark.parametrize(
    ("previous", "found"), [("animals-1", "animals-1.h5"), (None, None), ("animals-2", None)], ids=str
)
def test_the_previous_model_is_the_one_that_is_named_but_never_the_active_one(
    tmp_path: Path, previous: str | None, found: str | None
) -> None:
    put(tmp_path, "animals-1", "animals-2", active="animals-2", previous=previous)

    assert versions.previous(tmp_path) == (found and tmp_path / found)


def test_a_previous_model_that_is_gone_is_an_error(tmp_path: Path) -> None:
    put(tmp_path, "animals-2", active="animals-2", previous="animals-1")

    with pytest.raises(ArtifactError, match="PREVIOUS names 'animals-1', but there is no model file"):
        versions.previous(tmp_path)


# Which there are


def test_model_files_are_in_natural_order(tmp_path: Path) -> None:
    put(tmp_path, "farm-1", "animals-10", "animals-2", "animals-2.1", active="animals-2")
    (tmp_path / ".draft-3.h5").touch()
    (tmp_path / "README.md").touch()

    assert [path.stem for path in versions.model_files(tmp_path)] == [
        "animals-2",
        "animals-2.1",
        "animals-10",
        "farm-1",
    ]


def test_versions_say_what_the_files_hold_and_which_are_marked(tmp_path: Path) -> None:
    put(tmp_path, active="animals-2", previous="animals-1")
    for number in ("1", "2", "3"):
        model_file(tmp_path / f"animals-{number}.h5", version=number)

    listed = versions.versions(tmp_path)

    assert [version.artifact and version.artifact.metadata.version for version in listed] == ["1", "2", "3"]
    assert [version.is_active for version in listed] == [False, True, False]
    assert [version.is_previous for version in listed] == [True, False, False]


def test_a_file_that_cannot_be_used_is_listed_with_the_reason(tmp_path: Path) -> None:
    (tmp_path / "broken-1.h5").write_bytes(b"no h5")
    (tmp_path / "folder-1.h5").mkdir()
    (tmp_path / "gone-1.h5").symlink_to("nowhere")
    (tmp_path / "loop-1.h5").symlink_to("loop-1.h5")
    os.mkfifo(tmp_path / "pipe-1.h5")
    model_file(tmp_path / "whole-1.h5")

    listed = {version.path.stem: version for version in versions.versions(tmp_path)}

    assert "copy it again" in str(listed["broken-1"].problem)
    reasons = {"folder-1": "is a folder", "gone-1": "No such file", "loop-1": "", "pipe-1": "no plain file"}
    for stem, reason in reasons.items():
        assert listed[stem].problem is not None
        assert reason in str(listed[stem].problem), stem
    assert listed["whole-1"].problem is None


# What is meant


@pytest.mark.parametrize("version", ["animals-2", "animals-2.h5", "2", "models/animals-2.h5", "./models/animals-2"])
def test_a_version_may_be_named_in_many_ways(tmp_path: Path, version: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "models").mkdir()
    models = put(tmp_path / "models", "animals-1", "animals-2", "farm-2", "2-zebras", active="animals-1")

    assert versions.find(version, models) == models / "animals-2.h5"
    assert versions.find(str(models / "animals-2.h5"), models) == models / "animals-2.h5"


def test_a_bare_version_of_another_name_is_found_where_it_is_the_only_one(tmp_path: Path) -> None:
    put(tmp_path, "animals-1", "farm-2", active="animals-1")

    assert versions.find("2", tmp_path) == tmp_path / "farm-2.h5"


def test_a_bare_version_that_several_have_is_refused(tmp_path: Path) -> None:
    put(tmp_path, "animals-2", "farm-2", "zoo-1", active="zoo-1")

    with pytest.raises(UnknownVersion, match=r"2 may be animals-2 or farm-2\. Name one of them"):
        versions.find("2", tmp_path)


@pytest.mark.parametrize("version", ["cats", "cats-1", "cats-1.h5", "1"])
def test_a_file_without_a_version_is_version_1(tmp_path: Path, version: str) -> None:
    put(tmp_path, "cats", "cats-2", "farm-1", active="cats-2")

    assert versions.find(version, tmp_path) == tmp_path / "cats.h5"


def test_the_file_that_is_called_so_comes_before_one_that_means_it(tmp_path: Path) -> None:
    put(tmp_path, "cats", "cats-1", active="cats")

    assert versions.find("cats-1", tmp_path) == tmp_path / "cats-1.h5"
    with pytest.raises(UnknownVersion, match="1 may be cats or cats-1"):
        versions.find("1", tmp_path)


def test_a_version_is_found_where_none_is_active(tmp_path: Path) -> None:
    put(tmp_path, "my-farm-2")

    assert versions.find("2", tmp_path) == tmp_path / "my-farm-2.h5"


@pytest.mark.parametrize(
    "version",
    [
        *("", ".", "..", "/", "-", "*", "3", "animals", "Animals-1", ".hidden-1", "ACTIVE", "x" * 5000),
        *("outside-1", "../outside-1", "../outside-1.h5", "nowhere/animals-1.h5", "./animals-1.h5"),
    ],
)
def test_what_is_not_there_is_refused_with_what_there_is(tmp_path: Path, version: str) -> None:
    (tmp_path / "models").mkdir()
    models = put(tmp_path / "models", "animals-1", "animals-2", ".hidden-1", "animals-", active="animals-1")
    (tmp_path / "outside-1.h5").touch()

    with pytest.raises(UnknownVersion, match=r"no model file in .*There are: animals-, animals-1, animals-2\."):
        versions.find(version, models)


def test_an_empty_folder_has_no_version(tmp_path: Path) -> None:
    with pytest.raises(UnknownVersion, match="There are none"):
        versions.find("1", tmp_path)


@pytest.mark.parametrize(
    ("files", "pointed", "expected"),
    [
        (["animals-1", "animals-2"], "animals-2", "animals-3"),
        (["animals-1", "animals-10", "birds-30"], "animals-1", "animals-11"),
        (["my-animals"], "my-animals", "my-animals-2"),
        (["animals-1", "animals-x"], "animals-1", "animals-2"),
        (["animals-1.1"], "animals-1.1", "animals-2"),
        (["animals-1", "animals-10.3", "animals-2"], "animals-1", "animals-11"),
        (["birds_2.0"], "birds_2.0", "my_model-1"),
        (["cats"], "cats", "cats-2"),
        (["animals-1"], None, "my_model-1"),
        ([], None, "my_model-1"),
    ],
)
def test_the_next_version_has_a_free_name(tmp_path: Path, files: list[str], pointed: str | None, expected: str) -> None:
    put(tmp_path, *files, active=pointed)

    following = versions.next_file(tmp_path)

    assert following == tmp_path / f"{expected}.h5"
    assert name_and_version(following)


def test_without_a_folder_there_is_a_name_all_the_same(tmp_path: Path) -> None:
    assert versions.next_file(tmp_path / "none").name == "my_model-1.h5"
