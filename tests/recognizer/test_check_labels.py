"""`check-labels`: which pictures look like those of another class, by the votes of the nearest."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from recognizer import Recognizer, cli
from recognizer.engines import Outputs
from recognizer.explain import known_pictures, labels
from recognizer.explain.labels import UNLABELLED, votes
from recognizer.explain.neighbours import Packed, packed
from recognizer.images.decode import Picture
from tests.recognizer.fakes import BLUE, GREEN, RED, make_recognizer, plain

COLOURS = {"red": RED, "green": GREEN}


def around(*centres: int, spread: float = 0.1) -> Packed:
    """Embeddings near the axes of these numbers."""
    noise = np.random.default_rng(0).normal(0, spread, (len(centres), 8))
    return packed((np.eye(8)[list(centres)] + noise).astype(np.float32))


def test_one_among_those_of_another_class_is_said_to_be_of_it() -> None:
    said = votes(around(*[0] * 12, *[1] * 12), [*[0] * 11, 1, *[1] * 12])

    assert [vote.label for vote in said if vote] == [0] * 12 + [1] * 12
    assert said[11] is not None
    assert said[11].share > 0.9


def test_nobody_votes_on_himself() -> None:
    assert votes(around(0, 1), [0, 1])[0] == labels.Vote(1, 1.0)
    assert votes(around(0, 1), [0, UNLABELLED])[0] is None


def test_what_has_no_class_is_voted_on_and_has_no_vote() -> None:
    said = votes(around(0, 0, 1, 1, 0, 0, 0), [0, 0, 1, 1, UNLABELLED, UNLABELLED, UNLABELLED])

    assert [vote.label for vote in said if vote] == [0, 0, 1, 1, 0, 0, 0]
    assert all(vote and vote.share > 0.9 for vote in said[4:])


def test_many_are_compared_a_part_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    vectors, numbers = around(*[0] * 9, *[1] * 9), [0] * 9 + [1] * 9
    whole = votes(vectors, numbers)
    monkeypatch.setattr(labels, "_AT_ONCE", 4)

    in_parts = votes(vectors, numbers)
    assert [vote and vote.label for vote in in_parts] == [vote and vote.label for vote in whole]
    # Matrices of other shapes are multiplied in another order.
    assert [vote and vote.share for vote in in_parts] == pytest.approx([vote and vote.share for vote in whole])


# The command


@pytest.fixture(autouse=True)
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recognizer, "open", lambda path, **options: make_recognizer())


@pytest.fixture
def table(tmp_path: Path) -> Path:
    """Six red and six green pictures; one red one is among the green, and one has no class."""
    rows = [["file", "class"]]
    for label, colour in COLOURS.items():
        for number in range(6):
            (tmp_path / f"{label}{number}.png").write_bytes(plain(colour))
            rows.append([f"{label}{number}.png", label])
    rows[6][1], rows[12][1] = "green", ""
    path = tmp_path / "table.csv"
    with path.open("w", newline="") as file:
        csv.writer(file).writerows(rows)
    return path


def check(table: Path, *options: str) -> int:
    out = table.with_name("out.csv")
    return cli.main(["check-labels", str(table), "--data", str(table.parent), "--out", str(out), *options])


def rows_of(table: Path) -> dict[str, dict[str, str]]:
    with table.with_name("out.csv").open(newline="") as file:
        return {row["file"]: row for row in csv.DictReader(file)}


def test_the_command_finds_what_was_sorted_wrongly(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    events = table.with_name("events.jsonl")

    assert check(table, "--events", str(events)) == 0

    rows = rows_of(table)
    assert (rows["red5.png"]["class"], rows["red5.png"]["looks_like"]) == ("green", "red")
    assert (rows["green5.png"]["class"], rows["green5.png"]["looks_like"]) == ("", "green")
    assert float(rows["red5.png"]["share"]) > 0.5
    assert "12 pictures, 1 of which look like another class." in capsys.readouterr().out
    last = json.loads(events.read_text().splitlines()[-1])
    assert (last["event"], last["done"], last["steps"], last["share"]) == ("step", 12, 12, 1.0)


def test_what_was_looked_at_before_is_not_looked_at_again(table: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    check(table)
    os.link(table.parent / "red0.png", table.parent / "of a training.png")  # Neither is another picture.
    (table.parent / "red1.png").chmod(0o600)
    (table.parent / "new.png").write_bytes(plain(BLUE))
    with table.open("a") as file:
        file.write("new.png,\n")
    looked_at: list[int] = []

    def counted(self: Recognizer, pictures: Sequence[Picture]) -> Outputs:
        looked_at.append(len(pictures))
        return run(self, pictures)

    run = Recognizer.run
    monkeypatch.setattr(Recognizer, "run", counted)

    check(table)

    assert looked_at == [1]
    assert len(rows_of(table)) == 13


def test_a_picture_that_took_the_place_of_another_is_looked_at(table: Path) -> None:
    check(table)
    other = table.parent / "other.png"
    other.write_bytes(plain(GREEN))
    os.utime(other, (1, 1))  # A copy keeps the time of its content.
    other.replace(table.parent / "red0.png")

    check(table)

    assert rows_of(table)["red0.png"]["looks_like"] == "green"


def test_a_picture_that_is_exchanged_while_it_is_looked_at_is_looked_at_again(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def exchanged(self: Recognizer, pictures: Sequence[Picture]) -> Outputs:
        (table.parent / "red0.png").write_bytes(plain(GREEN) + b" ")
        return run(self, pictures)

    run = Recognizer.run
    monkeypatch.setattr(Recognizer, "run", exchanged)
    check(table)
    assert rows_of(table)["red0.png"]["looks_like"] == "red"

    check(table)

    assert rows_of(table)["red0.png"]["looks_like"] == "green"


def test_where_nothing_can_be_kept_the_table_is_written_all_the_same(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known_pictures.path_of(table.parent, "sha256:0").mkdir()

    assert check(table) == 0

    assert rows_of(table)["red5.png"]["looks_like"] == "red"
    assert "cannot be kept" in capsys.readouterr().err


def test_what_is_known_of_deleted_pictures_is_forgotten(table: Path) -> None:
    check(table)
    (table.parent / "red0.png").unlink()

    check(table)

    known = known_pictures.read(table.parent, "sha256:0")
    assert known is not None
    assert "red0.png" not in known.names
    assert len(known.names) == 11


def test_one_that_cannot_be_read_is_left_without_a_vote(table: Path) -> None:
    (table.parent / "red0.png").write_bytes(b"This is no picture.")
    (table.parent / "red1.png").unlink()

    assert check(table) == 0
    assert [rows_of(table)[f"red{n}.png"]["looks_like"] for n in range(3)] == ["", "", "red"]


@pytest.mark.parametrize(
    "content",
    ["", "file,class\na.png,red\n", "a.png\nb.png\n", 'a.png,"red\nb.png,x\n', "a,b,c\n" * 3, "a\0.png,x\nb.png,y\n"],
)
def test_what_is_no_table_is_refused(table: Path, content: str, capsys: pytest.CaptureFixture[str]) -> None:
    table.write_text(content)

    assert check(table) == 2
    assert str(table) in capsys.readouterr().err


def test_neither_its_table_nor_a_picture_is_written_over(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    picture = table.parent / "red0.png"
    before = table.read_bytes(), picture.read_bytes()

    for out in (table, picture):
        assert cli.main(["check-labels", str(table), "--data", str(table.parent), "--out", str(out)]) == 2

    assert (table.read_bytes(), picture.read_bytes()) == before
    assert "Choose another" in capsys.readouterr().err


def test_its_own_answer_is_replaced(table: Path) -> None:
    assert [check(table), check(table)] == [0, 0]


def test_another_model_than_the_one_that_was_asked_for_is_refused(table: Path) -> None:
    assert check(table, "--digest", "sha256:1") != 0
    assert not table.with_name("out.csv").exists()
