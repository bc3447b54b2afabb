"""States of unfinished work: whole, or passed over."""

from __future__ import annotations

import io
import os
import random
import zipfile
from collections.abc import Callable
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


# Files from elsewhere


def zipped(path: Path, packing: int = zipfile.ZIP_STORED, **entries: bytes) -> None:
    with zipfile.ZipFile(path, "w", packing) as archive:
        for name, data in entries.items():
            archive.writestr(f"{name}.npy", data)


def npy(value: object) -> bytes:
    buffer = io.BytesIO()
    np.save(buffer, np.asarray(value))
    return buffer.getvalue()


def record(text: str) -> dict[str, bytes]:
    return {"record": npy(text)}


def huge() -> dict[str, bytes]:
    header = b"{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }\n"
    array = b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header
    return {**record('{"lengths": {"a": 1}}'), "a.0": array}


def encrypted(path: Path) -> None:
    zipped(path, **record('{"lengths": {}}'))
    data = bytearray(path.read_bytes())
    data[6] |= 1
    data[data.index(b"PK\x01\x02") + 8] |= 1
    path.write_bytes(data)


ODD: dict[str, Callable[[Path], None]] = {
    "a record that is a list": lambda path: zipped(path, **record("[1, 2]")),
    "a record that is a number": lambda path: zipped(path, **record("3")),
    "a record without lengths": lambda path: zipped(path, **record("{}")),
    "lengths that are a list": lambda path: zipped(path, **record('{"lengths": [3]}')),
    "lengths that are text": lambda path: zipped(path, **record('{"lengths": {"a": "x"}}')),
    "endless lengths": lambda path: zipped(path, **record('{"lengths": {"a": 1000000000000}}')),
    "negative lengths": lambda path: zipped(path, **record('{"lengths": {"a": -1}}'), x=npy(1)),
    "nested brackets": lambda path: zipped(path, **record("[" * 100_000)),
    "arrays that are missing": lambda path: zipped(path, **record('{"lengths": {"a": 1}}')),
    "a record of numbers": lambda path: zipped(path, record=npy([1.0])),
    "no header": lambda path: zipped(path, record=b"\x93NUMPY\x01\x00\xff\xff"),
    "a header that is no literal": lambda path: zipped(path, record=b"\x93NUMPY\x01\x00\x08\x00{'descr\n"),
    "a shape of exabytes": lambda path: zipped(path, **huge()),
    "a packed one": lambda path: zipped(path, zipfile.ZIP_DEFLATED, **record('{"lengths": {}}')),
    "an encrypted one": encrypted,
    "a single array": lambda path: path.write_bytes(npy(1)) and None,
    "a pickle": lambda path: path.write_bytes(b"\x80\x04N.") and None,
    "a pipe": os.mkfifo,
    "a folder": Path.mkdir,
}


@pytest.mark.parametrize("kind", list(ODD))
def test_whatever_is_wrong_is_a_checkpoint_error(tmp_path: Path, kind: str) -> None:
    ODD[kind](tmp_path / "000001.npz")

    with pytest.raises(CheckpointError, match="damaged"):
        checkpoint.read(tmp_path / "000001.npz")
    assert Checkpoints(tmp_path).newest() is None


def test_any_byte_may_be_another(tmp_path: Path) -> None:
    """Either it is noticed, or what is read is what was written, as for a byte of a date."""
    path = tmp_path / "a.npz"
    checkpoint.write(path, state(1))
    whole, chance = path.read_bytes(), random.Random(7)

    for _ in range(1500):
        damaged = bytearray(whole)
        for _ in range(chance.choice((1, 1, 2, 8))):
            damaged[chance.randrange(len(whole))] = chance.randrange(256)
        path.write_bytes(damaged[: chance.choice((len(whole), chance.randrange(len(whole))))])
        try:
            again = checkpoint.read(path)
        except CheckpointError:
            continue
        assert again.record == {"number": 1}
        assert [array.tolist() for array in again.arrays["weights"]] == [[[1, 1, 1], [1, 1, 1]], 1]
