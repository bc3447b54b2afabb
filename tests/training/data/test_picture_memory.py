"""The memory of decoded pictures: each file is read once, as far as there is room."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from recognizer import ImageError, architectures
from recognizer.images import decode
from recognizer.preprocessing import resize_and_crop
from training.data.dataset import LabelledImage, scan
from training.data.picture_memory import PictureMemory

PREPROCESSING = architectures.get("resnet50").preprocessing
DECODED_BYTES = 48 * 40 * 4


def first_of(folder: Path) -> LabelledImage:
    return scan(folder).images[0]


def test_it_gives_what_serving_sees(class_folders: Path) -> None:
    image = first_of(class_folders)

    pixels = PictureMemory(PREPROCESSING).served(image)

    served = resize_and_crop(decode.decode(image.read(), needed_short_side=224).rgb, PREPROCESSING)
    assert np.array_equal(pixels, served)


@pytest.mark.parametrize("ask", [PictureMemory.served, PictureMemory.decoded], ids=["served", "decoded"])
def test_a_picture_is_read_once(class_folders: Path, ask: object) -> None:
    assert callable(ask)
    memory, image = PictureMemory(PREPROCESSING), first_of(class_folders)
    before = np.array(ask(memory, image))

    image.path.unlink()

    assert np.array_equal(ask(memory, image), before)


def test_what_finds_no_room_is_read_again(class_folders: Path) -> None:
    memory, image = PictureMemory(PREPROCESSING, limit_bytes=DECODED_BYTES - 1), first_of(class_folders)
    memory.decoded(image)

    image.path.unlink()

    with pytest.raises(ImageError):
        memory.decoded(image)


def test_what_fits_is_kept_though_something_else_did_not(class_folders: Path) -> None:
    memory = PictureMemory(PREPROCESSING, limit_bytes=DECODED_BYTES)
    first, second = scan(class_folders).images[:2]
    memory.decoded(first)
    memory.decoded(second)

    first.path.unlink()

    assert memory.decoded(first).size == (48, 40)
