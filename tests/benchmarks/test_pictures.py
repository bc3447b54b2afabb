"""The drawn pictures."""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

from PIL import Image

from benchmarks import pictures
from benchmarks.pictures import SMALL, Kind


def test_the_same_seed_draws_the_same_picture() -> None:
    assert pictures.draw(60, 40, 1).tobytes() == pictures.draw(60, 40, 1).tobytes()


def test_another_seed_draws_another_picture() -> None:
    assert pictures.draw(60, 40, 1).tobytes() != pictures.draw(60, 40, 2).tobytes()


def test_the_pixels_do_not_depend_on_the_machine() -> None:
    digest = hashlib.sha256(pictures.draw(60, 40, 1).tobytes()).hexdigest()

    assert digest[:16] == "4d0f8ee384282429"


def test_a_small_picture_is_as_large_a_file_as_a_photograph() -> None:
    jpeg = pictures.encoded(pictures.draw(SMALL.width, SMALL.height, 0))

    assert 50_000 < len(jpeg) < 100_000


def test_pictures_are_kept(tmp_path: Path) -> None:
    kind = Kind("tiny", 30, 20, 2)

    first = pictures.jpegs(kind, tmp_path / "new")
    (tmp_path / "new" / "30x20-1.jpg").write_bytes(b"kept")

    assert Image.open(io.BytesIO(first[0])).size == (30, 20)
    assert pictures.jpegs(kind, tmp_path / "new") == [first[0], b"kept"]
