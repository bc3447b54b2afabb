"""The folder of Parquet files."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recognizer.bulk.classify_files import Answer
from recognizer.cluster import answers_parquet
from recognizer.cluster.answers_parquet import SCHEMA, NotOurFolder, opened, row
from recognizer.errors import DamagedImage
from tests.recognizer.fakes import RED, make_recognizer, plain

MODEL = {"model": "animals-1", "digest": "sha256:0"}


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "answers" / "today"


def table(*paths: str, answer: Answer | None = None) -> pa.Table:
    answer = answer or make_recognizer().classify(plain(RED))
    return pa.Table.from_pylist([row(path, answer, MODEL) for path in paths], SCHEMA)


def written(out: Path) -> list[dict[str, object]]:
    return [each for file in sorted(out.glob("answers-*.parquet")) for each in pq.read_table(file).to_pylist()]


def test_a_picture_is_a_row_with_the_answer_and_the_model(out: Path) -> None:
    with opened(str(out), MODEL) as folder:
        folder.write(table("a.png"))

    [only] = written(out)
    assert (only["path"], only["known"], only["label"], only["error"]) == ("a.png", True, "cat", None)
    assert (only["model"], only["digest"]) == ("animals-1", "sha256:0")
    assert only["top"][0] == {"label": "cat", "score": only["score"]}  # type: ignore[index]


def test_a_picture_that_cannot_be_read_is_a_row_with_the_error(out: Path) -> None:
    with opened(str(out), MODEL) as folder:
        folder.write(table("a.png", answer=DamagedImage("It is damaged.")))

    [only] = written(out)
    assert (only["error"], only["detail"], only["label"]) == ("invalid_image", "It is damaged.", None)
    assert folder.errors == 1


def test_a_picture_has_one_row_however_often_it_comes(out: Path) -> None:
    for _ in range(2):
        with opened(str(out), MODEL) as folder:
            folder.write(table("a.png", "b.png", "a.png"))
            folder.write(table("b.png"))

    assert sorted(str(each["path"]) for each in written(out)) == ["a.png", "b.png"]


def test_a_later_run_knows_what_is_done_and_how_much_of_it_failed(out: Path) -> None:
    with opened(str(out), MODEL) as folder:
        folder.write(table("a.png"))
        folder.write(table("b.png", answer=DamagedImage("It is damaged.")))

    with opened(str(out), MODEL) as folder:
        assert folder.done == {"a.png", "b.png"}
        assert folder.errors == 1


def test_what_came_before_a_failure_is_written(out: Path) -> None:
    def fail() -> None:
        with opened(str(out), MODEL) as folder:
            folder.write(table("a.png"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()

    assert len(written(out)) == 1


def test_a_file_that_was_only_half_written_does_not_count(out: Path) -> None:
    out.mkdir(parents=True)
    (out / ".answers-x-00000.parquet").write_bytes(b"PAR1")

    with opened(str(out), MODEL) as folder:
        assert folder.done == set()


def test_another_models_answers_are_refused_and_overwrite_forgets_them(out: Path) -> None:
    with opened(str(out), MODEL) as folder:
        folder.write(table("a.png"))
    other = MODEL | {"digest": "sha256:1"}

    with pytest.raises(NotOurFolder, match=r"model sha256:0, and this one is sha256:1.*--overwrite"):
        opened(str(out), other).__enter__()
    with opened(str(out), other, overwrite=True) as folder:
        assert folder.done == set()
    assert written(out) == []


@pytest.mark.parametrize(
    ("name", "content"),
    [("mine.parquet", b"x"), ("answers-mine.txt", b"x"), ("answers-mine.parquet", b""), ("answers-1.parquet", b"PAR1")],
)
def test_a_folder_with_something_else_in_it_is_left_alone(out: Path, name: str, content: bytes) -> None:
    out.mkdir(parents=True)
    (out / name).write_bytes(content)

    with pytest.raises(NotOurFolder, match=name):
        opened(str(out), MODEL).__enter__()

    assert (out / name).read_bytes() == content


@pytest.mark.parametrize("name", ["0.csv", "answers-mine.parquet", "z.csv"])
def test_nothing_is_deleted_where_something_else_is_in_the_folder(out: Path, name: str) -> None:
    with opened(str(out), MODEL) as folder:
        folder.write(table("a.png"))
    (out / name).write_bytes(b"mine")
    before = {path.name: path.read_bytes() for path in out.iterdir()}

    with pytest.raises(NotOurFolder, match=name):
        opened(str(out), MODEL, overwrite=True).__enter__()

    assert {path.name: path.read_bytes() for path in out.iterdir()} == before


def test_another_programs_parquet_file_is_refused(out: Path) -> None:
    out.mkdir(parents=True)
    pq.write_table(pa.table({"path": ["a.png"]}), out / "answers-1.parquet")

    with pytest.raises(NotOurFolder, match=r"answers-1\.parquet"):
        opened(str(out), MODEL).__enter__()


def test_two_runs_do_not_write_one_folder(out: Path) -> None:
    with opened(str(out), MODEL), pytest.raises(NotOurFolder, match="another run"):
        opened(str(out), MODEL).__enter__()


def test_a_slow_run_writes_what_it_has(out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers_parquet, "_LONGEST_S", -1.0)

    with opened(str(out), MODEL) as folder:
        folder.write(table("a.png"))
        assert len(written(out)) == 1
