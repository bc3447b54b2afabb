"""How an earlier training was divided, from a table."""

from __future__ import annotations

from pathlib import Path

import pytest

from training.data.earlier_split import read_split
from training.errors import DatasetError

A, B = "aa" * 32, "bb" * 32


def test_parts_are_read_by_digest_and_others_are_new(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(
        f"\ufefffile,class,part,sha256\r\na.jpg,cat,training,{A}\r\nb.jpg,cat,held_back,{B}\r\nc.jpg,,,cc\r\n".encode()
    )

    assert read_split(tmp_path / "a.csv") == {A: "training", B: "held_back"}


def test_digests_in_capitals_are_the_same_digests(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"sha256,part\n{A.upper()},training\n {B},held_back\n")

    assert read_split(tmp_path / "a.csv") == {A: "training", B: "held_back"}


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"sha256,part", b"file,part\na,training\n", b"\xff\xfe", b"sha256;part\naa;training\n", b"\0\n\0,\n"),
        *(b"sha256,part\na.jpg,training\n", b"sha256,part\n,held_back\n", b"part,sha256\ntraining\n"),
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.csv").write_bytes(content)

    with pytest.raises(DatasetError, match=r"a\.csv"):
        read_split(tmp_path / "a.csv")


def test_a_row_that_is_too_short_is_new(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(f"sha256,part\naa\n{B},training\n")

    assert read_split(tmp_path / "a.csv") == {B: "training"}
