"""Keeps decoded pictures in memory, as far as there is room, so that later epochs need not decode them again."""

from __future__ import annotations

from pathlib import Path
from threading import Lock

from PIL import Image

from recognizer import machine
from recognizer.images import decode
from recognizer.preprocessing import Pixels, Preprocessing, resize_and_crop
from training.data.dataset import LabelledImage

# The rest is for the network, its activations, and whatever else runs on the machine.
_SHARE_OF_MEMORY = 0.25
_BYTES_A_PIXEL = 4
"""As Pillow holds RGB."""


class PictureMemory:
    """Pictures as serving decodes them; those that find no room are decoded again each time. Safe in threads."""

    def __init__(self, preprocessing: Preprocessing, *, limit_bytes: int | None = None) -> None:
        self._preprocessing = preprocessing
        self._room_bytes = machine.memory_bytes() * _SHARE_OF_MEMORY if limit_bytes is None else limit_bytes
        self._decoded: dict[Path, Image.Image] = {}
        self._served: dict[Path, Pixels] = {}
        self._lock = Lock()

    def decoded(self, image: LabelledImage) -> Image.Image:
        """The whole decoded picture, RGB, as large as serving needs it; not to be changed.

        Raises:
            ImageError: it cannot be read.
        """
        picture = self._decoded.get(image.path)
        if picture is None:
            picture = self._decode(image)
            if self._takes(picture.width * picture.height * _BYTES_A_PIXEL):
                self._decoded[image.path] = picture
        return picture

    def served(self, image: LabelledImage) -> Pixels:
        """The picture as serving gives it to the network, uint8 RGB (S, S, 3); not to be changed.

        Raises:
            ImageError: it cannot be read.
        """
        pixels = self._served.get(image.path)
        if pixels is None:
            pixels = resize_and_crop(self._decode(image), self._preprocessing)
            if self._takes(pixels.nbytes):
                self._served[image.path] = pixels
        return pixels

    def _decode(self, image: LabelledImage) -> Image.Image:
        return decode_as_served(image, self._preprocessing).rgb

    def _takes(self, size_bytes: int) -> bool:
        """Whether there is room for so many bytes, which are then taken."""
        with self._lock:
            fits = size_bytes <= self._room_bytes
            self._room_bytes -= size_bytes if fits else 0
            return fits


def decode_as_served(image: LabelledImage, preprocessing: Preprocessing) -> decode.Picture:
    """Decodes a picture file exactly as serving does."""
    return decode.decode(image.read(), needed_short_side=preprocessing.resized_short_side)
