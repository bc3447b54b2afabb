"""Groups: from the files' names or from a table; every picture has one."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from training.data import groups
from training.data.dataset import Dataset, LabelledImage
from training.errors import DatasetError

DATA = Path("data")
FILES = ("cat/farm-1.jpg", "cat/town-1.jpg", "dog/farm-2.jpg", "dog/x/town-7.jpg")


@pytest.fixture
def dataset() -> Dataset:
    images = tuple(LabelledImage(DATA / name, int(name[0] == "d"), name) for name in FILES)
    return Dataset(("cat", "dog"), images, folders=(DATA,))


def read(pattern_or_file: str | Path, dataset: Dataset) -> list[str]:
    found = groups.read_groups(str(pattern_or_file), dataset)
    return [found[image] for image in dataset.images]


def test_of_several_data_folders_each_path_starts_from_its_own() -> None:
    corrections = DATA.parent / "corrections" / "classes"
    paths = [DATA / "cat" / "farm-1.jpg", corrections / "cat" / "town-1.jpg", corrections / "cat" / "farm-3.jpg"]
    images = tuple(LabelledImage(path, 0, str(path)) for path in paths)

    found = groups.read_groups(r"^cat/(\w+)-", Dataset(("cat",), images, folders=(DATA, corrections)))

    assert list(found.values()) == ["farm", "town", "farm"]


def table(tmp_path: Path, text: str, name: str = "groups.csv") -> Path:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_what_the_parentheses_catch_is_the_group(dataset: Dataset) -> None:
    assert read(r"([a-z]+)-\d+", dataset) == ["farm", "town", "farm", "town"]


def test_several_parentheses_make_one_group(dataset: Dataset) -> None:
    assert read(r"^(cat|dog)/.*?([a-z]+)-", dataset) == ["cat/farm", "cat/town", "dog/farm", "dog/town"]


def test_parentheses_that_catch_nothing_are_empty(dataset: Dataset) -> None:
    assert read(r"(x)?/?(farm|town)", dataset) == ["/farm", "/town", "/farm", "x/town"]


@pytest.mark.parametrize(("name", "comma"), [("groups.csv", ","), ("groups.TSV", "\t")])
def test_a_table_names_the_group_of_each_file(tmp_path: Path, dataset: Dataset, name: str, comma: str) -> None:
    rows = ["file,group", *(f"{file}, day {number}" for number, file in enumerate(FILES))]

    path = table(tmp_path, "\ufeff" + "\n\n".join(rows).replace(",", comma), name)

    assert read(path, dataset) == ["day 0", "day 1", "day 2", "day 3"]


@pytest.mark.parametrize("comma", [";", "|", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_table_may_be_saved_as_spreadsheets_do(tmp_path: Path, dataset: Dataset, comma: str, encoding: str) -> None:
    rows = ["sep=;"] * (comma == ";") + [f'"{file}"{comma}day {number}, May' for number, file in enumerate(FILES)]
    (tmp_path / "groups.csv").write_text("\r\n".join(rows), encoding=encoding)

    assert read(tmp_path / "groups.csv", dataset) == [f"day {number}, May" for number in range(4)]


def test_names_are_the_same_however_a_system_spells_them(tmp_path: Path) -> None:
    images = tuple(LabelledImage(DATA / "ka\u0308tzchen" / f"{n}.jpg", 0, str(n)) for n in range(2))
    rows = [f"k\u00e4tzchen/{n}.jpg;{n}" for n in range(2)]

    assert read(table(tmp_path, "\n".join(rows)), Dataset(("k",), images, folders=(DATA,))) == ["0", "1"]


def test_a_table_in_another_encoding_is_a_sentence_with_the_cure(tmp_path: Path, dataset: Dataset) -> None:
    (tmp_path / "groups.csv").write_bytes("K\u00e4tzchen;1".encode("cp1252"))

    with pytest.raises(DatasetError, match="Save it as CSV in UTF-8"):
        read(tmp_path / "groups.csv", dataset)


def test_a_pipe_is_no_table(tmp_path: Path, dataset: Dataset) -> None:
    os.mkfifo(tmp_path / "groups.csv")

    with pytest.raises(DatasetError, match="cannot be read"):
        read(tmp_path / "groups.csv", dataset)


def test_a_table_may_have_other_columns_files_and_backslashes(tmp_path: Path, dataset: Dataset) -> None:
    rows = [f"{file},{file[0]},more" for file in FILES[:3]] + ["dog\\x\\town-7.jpg,t", "gone.jpg,z"]

    assert read(table(tmp_path, "\n".join(rows)), dataset) == ["c", "c", "d", "t"]


@pytest.mark.parametrize(
    ("pattern", "message"),
    [
        ("(", "a regular expression or a .csv file"),
        (r"[a-z]+-\d", "parentheses around what names the group"),
        (r"(farm)-\d", "2 of 4 pictures have no group in '(farm)-\\\\d': cat/town-1.jpg, dog/x/town-7.jpg."),
        (r"(\.jpg)$", "All pictures have the same group"),
        ("nowhere.csv", "cannot be read"),
    ],
)
def test_what_makes_no_groups_is_a_sentence(dataset: Dataset, pattern: str, message: str) -> None:
    with pytest.raises(DatasetError) as caught:
        read(pattern, dataset)

    assert message in str(caught.value)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("cat/farm-1.jpg\n", "two columns, file and group"),
        ("cat/farm-1.jpg,a\n", "3 of 4 pictures have no group"),
        ("", "4 of 4 pictures have no group"),
        ("file group\n", "Received: row 1 with 1: file group"),
        (
            "/home/me/cat/farm-1.jpg,a\n",
            r"below the data folder, such as cat/farm-1\.jpg\. Received: /home/me/cat/farm",
        ),
        ("cat/farm-1.jpg,a\ncat/farm-1.jpg,b\n", r"cat/farm-1\.jpg is in two groups in .*: a and b"),
        ("\n".join(f"{file},a" for file in FILES), "All pictures have the same group"),
    ],
)
def test_a_table_that_makes_no_groups_is_a_sentence(tmp_path: Path, dataset: Dataset, text: str, message: str) -> None:
    with pytest.raises(DatasetError, match=message):
        read(table(tmp_path, text), dataset)


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00", b'"' + b"x" * 200_000, "cat/farm-1.jpg,a\n".encode("utf-16-le"), b"PK\3\4\0\0"]
)
def test_a_table_that_is_none_is_a_sentence(tmp_path: Path, dataset: Dataset, content: bytes) -> None:
    path = tmp_path / "groups.csv"
    path.write_bytes(content)

    with pytest.raises(DatasetError, match="cannot be read"):
        read(path, dataset)
