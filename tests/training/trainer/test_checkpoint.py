"""States of unfinished work: whole, or passed over."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from training.errors import CheckpointError
from training.trainer import checkpoint
from training.trainer.checkpoint import Checkpoint, Checkpoints


def state(number: int) -> Checkpoint:
    return Checkpoint({"number": number}, {"weights": [np.full((2, 3), number, np.float32), np.array(number)]})


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "a.npz", state(7))

    again = checkpoint.read(tmp_path / "a.npz")

    assert again.record == {"number": 7}
    assert [array.tolist() for array in again.arrays["weights"]] == [[[7, 7, 7], [7, 7, 7]], 7]


def test_nothing_but_the_file_is_left(tmp_path: Path) -> None:
    checkpoint.write(tmp_path / "a.npz", state(1))

    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


@pytest.mark.parametrize("damage", ["cut off", "one byte", "empty", "other file", "missing"])
def test_a_damaged_file_is_noticed(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "a.npz"
    checkpoint.write(path, state(1))
    whole = path.read_bytes()
    at = whole.index(np.full(3, 1, np.float32).tobytes())
    damaged = {
        "cut off": whole[:-40],
        "one byte": whole[:at] + b"\xff" + whole[at + 1 :],
        "empty": b"",
        "other file": b"text",
    }
    path.write_bytes(damaged[damage]) if damage in damaged else path.unlink()

    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.read(path)


def test_pickles_are_not_read(tmp_path: Path) -> None:
    np.savez(tmp_path / "a.npz", record=np.array([object()], dtype=object))

    with pytest.raises(CheckpointError):
        checkpoint.read(tmp_path / "a.npz")


def test_a_full_disk_leaves_the_file_before(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    checkpoint.write(tmp_path / "a.npz", state(1))

    def full(*arguments: object, **arrays: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(np, "savez", full)
    with pytest.raises(CheckpointError, match="No space left"):
        checkpoint.write(tmp_path / "a.npz", state(2))

    assert checkpoint.read(tmp_path / "a.npz").record == {"number": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["a.npz"]


def test_the_newest_two_are_kept(tmp_path: Path) -> None:
    kept = Checkpoints(tmp_path / "states")

    for number in range(1, 5):
        kept.save(state(number))

    assert len(list((tmp_path / "states").iterdir())) == 2
    assert number_of(kept) == 4


def number_of(kept: Checkpoints) -> int:
    newest = kept.newest()
    assert newest is not None
    return newest.record["number"]


def test_a_damaged_one_is_passed_over_with_a_sentence(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = Checkpoints(tmp_path)
    kept.save(state(1))
    kept.save(state(2))
    max(tmp_path.iterdir()).write_bytes(b"PK nonsense")

    number = number_of(kept)

    assert number == 1
    assert "Going on from the one before it" in capsys.readouterr().err


def test_without_any_there_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    assert Checkpoints(tmp_path / "nowhere").newest() is None
