"""`classify --ray`, with a cluster that is this process."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.dataset
import pytest

import recognizer.cluster
from recognizer import cli
from recognizer.cluster.classifier import PICTURES, Classifier
from recognizer.cluster.sources import Found
from recognizer.errors import OperatorError
from recognizer.model_file import artifact
from recognizer.recognizer import Recognizer
from tests.recognizer.fakes import RED, make_recognizer, plain


class FakeCluster(ModuleType):
    """`recognizer.cluster.connection` and `run` without Ray: it answers here, one picture after another."""

    def __init__(self) -> None:
        super().__init__("recognizer.cluster.run")
        self.addresses: list[str | None] = []
        self.stop_after: int | None = None
        """After so many pictures somebody presses Ctrl-C."""
        self.answered = 0

    @contextmanager
    def connected(self, address: str | None) -> Iterator[int]:
        if address == "nowhere:1":
            raise OperatorError("Nobody is there.")
        self.addresses.append(address)
        yield 1

    def answers(
        self, found: Found, done: Collection[str], model: Path, answered_by: dict[str, str], **options: object
    ) -> Iterator[pa.Table]:
        answer = Classifier(model, answered_by, second_look=True)
        for place in found.pictures:
            if place.path in done:
                continue
            if self.answered == self.stop_after:
                raise KeyboardInterrupt
            self.answered += 1
            row = {"path": place.path, "store": place.store, "inside": place.inside}
            yield answer(pa.Table.from_pylist([row], PICTURES))


@pytest.fixture(autouse=True)
def cluster(monkeypatch: pytest.MonkeyPatch) -> FakeCluster:
    fake = FakeCluster()
    for name in ("connection", "run"):
        monkeypatch.setitem(sys.modules, f"recognizer.cluster.{name}", fake)
        monkeypatch.setattr(recognizer.cluster, name, fake, raising=False)
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: make_recognizer())
    monkeypatch.setattr(artifact, "read", lambda path: make_recognizer().artifact)
    return fake


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three pictures, one of them broken."""
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    for name in ("a.png", "b.png"):
        (pictures / name).write_bytes(plain(RED))
    (pictures / "c.png").write_bytes(b"broken")
    return pictures


def classify(*arguments: object) -> int:
    return cli.main(["classify", *map(str, arguments), "--model", "animals-1.h5"])


def rows(out: Path) -> list[dict[str, object]]:
    return sorted(pyarrow.dataset.dataset(out).to_table().to_pylist(), key=lambda row: str(row["path"]))


def test_each_picture_is_a_row(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = classify(folder, "--ray", "--out", tmp_path / "out")

    assert code == 0
    assert [row["label"] for row in rows(tmp_path / "out")] == ["cat", "cat", None]
    assert "out has 3 rows, 1 of them could not be read." in capsys.readouterr().err


def test_a_run_that_was_stopped_goes_on_where_it_was(
    folder: Path, tmp_path: Path, cluster: FakeCluster, capsys: pytest.CaptureFixture[str]
) -> None:
    cluster.stop_after = 1
    assert classify(folder, "--ray", "--out", tmp_path / "out") == 1
    assert "Stopped." in capsys.readouterr().err
    cluster.stop_after = None

    assert classify(folder, "--ray", "--out", tmp_path / "out") == 0

    assert [Path(str(row["path"])).name for row in rows(tmp_path / "out")] == ["a.png", "b.png", "c.png"]
    assert cluster.answered == 3


def test_where_all_is_done_no_cluster_is_asked(folder: Path, tmp_path: Path, cluster: FakeCluster) -> None:
    for _ in range(2):
        assert classify(folder, "--ray", "host:6379", "--out", tmp_path / "out") == 0

    assert cluster.addresses == ["host:6379"]


def test_overwrite_begins_again(folder: Path, tmp_path: Path, cluster: FakeCluster) -> None:
    for _ in range(2):
        classify(folder, "--ray", "--out", tmp_path / "out", "--overwrite")

    assert cluster.answered == 6
    assert len(rows(tmp_path / "out")) == 3


def test_where_no_picture_was_answered_the_code_says_so(folder: Path, tmp_path: Path) -> None:
    assert classify(folder / "c.png", "--ray", "--out", tmp_path / "out") == 2


def test_what_does_not_go_together_is_refused(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    for arguments, said in (
        ([folder, "--ray"], "--ray needs --out DIR"),
        ([folder, "--out", out], "--out is about the folder that --ray writes to"),
        ([folder, "--ray", "--out", out, "--server", "http://127.0.0.1"], "leave --server and --key out"),
        (["s3://bucket/a", "--csv", out], "--ray reads those of object stores"),
        ([tmp_path / "nowhere", "--ray", "--out", out], "There is no file or folder"),
        ([tmp_path / "pictures", "--ray", "--out", folder], "a.png, which this command did not write"),
    ):
        assert classify(*arguments) == 2, arguments
        assert said in capsys.readouterr().err
    assert not out.exists()


def test_a_cluster_that_is_not_there_is_named(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert classify(folder, "--ray", "nowhere:1", "--out", tmp_path / "out") == 1
    assert "Nobody is there." in capsys.readouterr().err


def test_without_the_extra_it_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for module in (
        "recognizer.cluster.connection",
        "recognizer.cluster.run",
        "recognizer.cluster.sources",
        "recognizer.cluster.answers_parquet",
    ):
        monkeypatch.delitem(sys.modules, module, raising=False)
        monkeypatch.delattr(recognizer.cluster, module.rpartition(".")[2], raising=False)
    monkeypatch.setitem(sys.modules, "pyarrow", None)

    assert classify(folder, "--ray", "--out", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert "This command needs pyarrow. Get it with:" in said
