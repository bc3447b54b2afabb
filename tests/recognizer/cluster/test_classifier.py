"""What runs on each machine of a cluster, without one."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from recognizer.cluster import classifier
from recognizer.cluster.classifier import PICTURES, SHARDS, Classifier, read_shard
from recognizer.errors import ArtifactError
from recognizer.recognizer import Recognizer
from tests.recognizer.cluster.shard_files import shard
from tests.recognizer.fakes import BLUE, RED, make_recognizer, plain

MODEL = {"model": "animals-1", "digest": "sha256:0"}


@pytest.fixture(autouse=True)
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: make_recognizer())


def shard_row(path: Path, *done: str) -> pa.Table:
    row = {"path": str(path), "store": "", "inside": str(path).encode(), "done": list(done)}
    return pa.Table.from_pylist([row], SHARDS)


def test_pictures_are_answered_from_the_disk_and_from_a_shard(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(plain(RED))
    pictures = [
        {"path": "a", "store": "", "inside": str(tmp_path / "a.png").encode()},
        {"path": "b", "data": plain(BLUE)},
    ]

    answers = Classifier(Path("m.h5"), MODEL, second_look=True)(pa.Table.from_pylist(pictures, PICTURES))

    assert answers["label"].to_pylist() == ["cat", "dog"]
    assert set(answers["digest"].to_pylist()) == {"sha256:0"}


def test_a_picture_that_cannot_be_read_has_its_error_and_does_not_hurt_the_others(tmp_path: Path) -> None:
    pictures = [
        {"path": "gone", "store": "", "inside": str(tmp_path / "gone.png").encode()},
        {"path": "broken", "data": plain(RED)[:40]},
        {"path": "nothing", "data": b""},
        {"path": "told", "error": "unsafe_member", "detail": "Its name leads out."},
        {"path": "good", "data": plain(RED)},
    ]

    answers = Classifier(Path("m.h5"), MODEL, second_look=True)(pa.Table.from_pylist(pictures, PICTURES))

    assert answers["path"].to_pylist() == ["gone", "broken", "nothing", "told", "good"]
    codes = ["unreadable_file", "invalid_image", "invalid_image", "unsafe_member", None]
    assert answers["error"].to_pylist() == codes
    assert answers["detail"].to_pylist()[3] == "Its name leads out."


def test_another_model_file_on_one_of_the_machines_is_refused() -> None:
    with pytest.raises(ArtifactError, match=r"m\.h5 is another file on one of the machines"):
        Classifier(Path("m.h5"), MODEL | {"digest": "sha256:1"}, second_look=True)


def test_a_shard_is_read_but_for_what_has_its_row(tmp_path: Path) -> None:
    path = tmp_path / "0.tar"
    path.write_bytes(shard([("a.png", plain(RED)), ("b.png", plain(BLUE))]))

    [pictures] = read_shard(shard_row(path, f"{path}/a.png"))

    assert pictures["path"].to_pylist() == [f"{path}/b.png"]
    assert pictures["data"].to_pylist() == [plain(BLUE)]


def test_a_large_shard_is_handed_on_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "_BLOCK_BYTES", 1)
    path = tmp_path / "0.tar"
    path.write_bytes(shard([("a.png", plain(RED)), ("b.png", plain(BLUE))]))

    assert [table["path"].to_pylist() for table in read_shard(shard_row(path))] == [
        [f"{path}/a.png"],
        [f"{path}/b.png"],
        [],
    ]


def test_a_shard_that_cannot_be_read_is_a_row(tmp_path: Path) -> None:
    (tmp_path / "bad.tar").write_bytes(b"no tar file")

    for name, code in (("bad.tar", "invalid_shard"), ("gone.tar", "unreadable_file")):
        [pictures] = read_shard(shard_row(tmp_path / name))
        assert pictures["path"].to_pylist() == [str(tmp_path / name)]
        assert pictures["error"].to_pylist() == [code]


def test_a_name_in_a_shard_that_is_not_utf_8_is_spelt_out(tmp_path: Path) -> None:
    path = tmp_path / "0.tar"
    path.write_bytes(shard([("\udcff.png", plain(RED))]))

    [pictures] = read_shard(shard_row(path))

    assert pictures["path"].to_pylist() == [f"{path}/\\xff.png"]
