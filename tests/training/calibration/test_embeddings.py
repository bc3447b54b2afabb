"""Embeddings of many pictures: in their order, whatever cannot be read, and the same every time."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from recognizer.preprocessing import Pixels
from tests.recognizer.fakes import BLUE, GREEN, RED, make_recognizer
from training.calibration.embeddings import embed, embed_views


@pytest.fixture
def files(tmp_path: Path) -> list[Path]:
    """Red, nothing that can be read, green, nothing that is there, blue."""
    paths = [tmp_path / name for name in ("red.png", "broken.png", "green.png", "gone.png", "blue.png")]
    for path, colour in zip(paths[::2], (RED, GREEN, BLUE), strict=True):
        Image.new("RGB", (30, 20), colour).save(path)
    paths[1].write_bytes(b"no picture")
    return paths


def test_pictures_come_in_their_order_without_those_that_cannot_be_read(files: list[Path]) -> None:
    seen, readable = embed(make_recognizer(), files, "Looking")

    assert seen.embedding.argmax(axis=1).tolist() == [0, 1, 2]
    assert readable.tolist() == [True, False, True, False, True]
    assert (seen.logits.shape, seen.logits.dtype) == ((3, 4), np.float32)


def test_each_view_is_embedded_on_its_own(files: list[Path]) -> None:
    def darker(picture: Image.Image, _: np.random.Generator) -> list[Pixels]:
        pixels = np.asarray(picture)
        return [pixels, pixels // 2]

    (plain, dark), _ = embed_views(make_recognizer(), files, darker, "Looking", views=2)

    assert plain.embedding[:, :3].max() > 1.9 * dark.embedding[:, :3].max()
    assert len(plain) == len(dark) == 3


@pytest.mark.parametrize("views", [1, 3])
def test_of_nothing_that_can_be_read_there_is_nothing(tmp_path: Path, views: int) -> None:
    found, readable = embed_views(make_recognizer(), [tmp_path / "gone"] * 2, lambda *_: [], "Looking", views=views)

    assert [len(view) for view in found] == [0] * views
    assert [view.logits.shape for view in found] == [(0, 4)] * views
    assert readable.tolist() == [False, False]


def test_what_is_random_depends_on_the_picture_and_the_seed_alone(files: list[Path]) -> None:
    def random(_: Image.Image, rng: np.random.Generator) -> list[Pixels]:
        return [np.full((8, 8, 3), rng.integers(0, 256), np.uint8)]

    def drawn(paths: list[Path], seed: int) -> list[list[float]]:
        [view], _ = embed_views(make_recognizer(), paths, random, "Looking", seed=seed)
        return view.embedding.tolist()

    assert drawn(files, 1) == drawn(files[::-1], 1)[::-1]
    assert drawn(files, 1) != drawn(files, 2)
    assert drawn([files[0]], 1) != drawn([files[2]], 1)
