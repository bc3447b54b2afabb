"""A heap of strings that libhdf5 would walk for ever is refused; everything else is none of our business."""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np
import pytest

from recognizer.errors import ArtifactError
from recognizer.model_file import hdf5_heaps

LEAST_BYTES = 4096


def text(number: int, size: int) -> bytes:
    """An object: number, references, reserved, size, and the text padded to 8 bytes."""
    return struct.pack("<HHIQ", number, 1, 0, size) + bytes((size + 7) // 8 * 8)


def heap(*objects: bytes, size: int | None = None, version: int = 1, signature: bytes = b"GCOL") -> bytes:
    """A heap that is filled up with free space."""
    written = b"".join(objects)
    size = size or max(LEAST_BYTES, 16 + len(written))
    left = size - 16 - len(written)
    free = struct.pack("<HHIQ", 0, 0, 0, left) + bytes(left - 16) if left >= 16 else bytes(max(left, 0))
    return signature + bytes([version, 0, 0, 0]) + struct.pack("<Q", size) + written + free


def check(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "x.h5"
    path.write_bytes(b"before" + data + b"after")
    hdf5_heaps.check(path)


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"GCOL",
        bytes(10_000),
        heap(),
        heap(text(1, 5), text(2, 0), text(3, 200)),
        heap(text(1, LEAST_BYTES - 40)),
        heap(text(1, LEAST_BYTES - 32)),
        heap(text(1, 60_000), text(2, 9)),
        heap(text(1, 5)) + heap(text(1, 6)),
    ],
    ids=lambda data: f"{len(data)} bytes",
)
def test_sound_heaps_pass(tmp_path: Path, data: bytes) -> None:
    check(tmp_path, data)


@pytest.mark.parametrize(
    ("number", "step"),
    [(0, 0), *((number, step) for number in (0, 1) for step in (2**16, 2**63, 2**64 - 1, 2**64 - 8))],
)
def test_a_size_that_leads_nowhere_is_refused(tmp_path: Path, number: int, step: int) -> None:
    broken = struct.pack("<HHIQ", number, 1, 0, step)

    with pytest.raises(ArtifactError, match="a heap of strings in it has no end"):
        check(tmp_path, heap(text(1, 5)) + heap(text(1, 5), broken))


def test_a_heap_inside_a_text_is_looked_at_too(tmp_path: Path) -> None:
    inner = heap(struct.pack("<HHIQ", 0, 0, 0, 0))
    outer = struct.pack("<HHIQ", 1, 1, 0, len(inner)) + inner

    with pytest.raises(ArtifactError, match="no end"):
        check(tmp_path, heap(outer))


@pytest.mark.parametrize(
    "changes", [{"version": 2}, {"size": 4095}, {"size": 2**40}, {"size": 2**64 - 1}, {"signature": b"GCOI"}], ids=str
)
def test_what_libhdf5_does_not_take_for_a_heap_is_passed_over(tmp_path: Path, changes: dict[str, int]) -> None:
    fields = {"signature": b"GCOL", "version": 1, "size": LEAST_BYTES, **changes}
    head = struct.pack("<4sB3xQ", fields["signature"], fields["version"], fields["size"])

    check(tmp_path, head + bytes(LEAST_BYTES))


def test_numbers_that_look_like_a_heap_by_chance_pass(tmp_path: Path) -> None:
    check(tmp_path, b"GCOL".join(np.random.default_rng(2).bytes(64) for _ in range(500)))


@pytest.mark.parametrize(("number", "passes"), [(200_000, True), (200_001, False)])
def test_no_model_has_so_many_strings(tmp_path: Path, number: int, passes: bool) -> None:
    data = heap(*[text(1, 0)] * number)

    if passes:
        check(tmp_path, data)
    else:
        with pytest.raises(ArtifactError, match="at most 200000 strings"):
            check(tmp_path, data)


def test_heaps_across_each_other_take_no_longer(tmp_path: Path) -> None:
    data = b"".join(struct.pack("<4sB3xQ", b"GCOL", 1, 10**7 - 16 * place) for place in range(10**5)) + bytes(10**7)

    with pytest.raises(ArtifactError):
        check(tmp_path, data)
