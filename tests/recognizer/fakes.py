"""A model without a network, and pictures drawn on the spot."""

from __future__ import annotations

import io
import struct
import zlib
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from recognizer import Recognizer, architectures
from recognizer.engines import Outputs
from recognizer.model_file.artifact import Artifact
from recognizer.model_file.metadata import ModelMetadata
from recognizer.preprocessing import Pixels, fingerprint

CLASS_NAMES = ("cat", "chicken", "dog", "horse")
RED, GREEN, BLUE = (220, 30, 30), (30, 220, 30), (30, 30, 220)
"""The fake engine takes red for a cat, green for a chicken, blue for a dog and white for none in particular."""

FORMATS = {
    "JPEG": {"quality": 95, "subsampling": 0},
    "PNG": {},
    "WEBP": {"lossless": True},
    "GIF": {},
    "BMP": {},
    "TIFF": {},
    "MPO": {"quality": 95, "subsampling": 0},
    "HEIF": {"quality": 100, "chroma": 444},
    "AVIF": {"quality": 100, "subsampling": "4:4:4"},
}


class FakeEngine:
    """An `Engine` whose logits are the mean red, green and blue of a picture, and a constant."""

    name = "fake"

    def __init__(self) -> None:
        self.batches: list[tuple[int, ...]] = []
        """Shape of each batch that was run."""

    def run(self, pixels: Pixels) -> Outputs:
        self.batches.append(pixels.shape)
        colours = pixels.mean(axis=(1, 2), dtype=np.float64) / 25.5  # (N, 3), 0 to 10
        logits = np.pad(colours, ((0, 0), (0, 1)), constant_values=2.0).astype(np.float32)  # (N, 4)
        return Outputs(logits=logits, embedding=logits, feature_map=logits[:, None, None, :])


def make_metadata(**changes: Any) -> ModelMetadata:
    preprocessing = architectures.get("resnet50v1.5").preprocessing
    fields: dict[str, Any] = {
        "name": "animals",
        "version": "1",
        "architecture": "resnet50v1.5",
        "class_names": CLASS_NAMES,
        "preprocessing": preprocessing,
        "preprocessing_fingerprint": fingerprint(preprocessing),
        "provenance": {},
        "results": {},
    }
    return ModelMetadata(**{**fields, **changes})


def make_recognizer(**changes: Any) -> Recognizer:
    return Recognizer(Artifact(Path("animals-1.h5"), make_metadata(**changes), "sha256:0"), FakeEngine())


def quadrants(width: int = 40, height: int = 24) -> Image.Image:
    """Red, green, blue and grey quarters: every turn and mirroring of it looks different."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height // 2))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste((128, 128, 128), (width // 2, height // 2, width, height))
    return image


def encoded(image: Image.Image, kind: str = "PNG", **options: Any) -> bytes:
    """The bytes of an image file."""
    buffer = io.BytesIO()
    if kind == "MPO":
        options = {"save_all": True, "append_images": [Image.new("RGB", image.size)], **options}
    image.save(buffer, kind, **options)
    return buffer.getvalue()


def plain(colour: tuple[int, int, int], kind: str = "PNG") -> bytes:
    return encoded(Image.new("RGB", (32, 32), colour), kind)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int, idat: bytes, *, depth: int = 8, colour_type: int = 0, extra: bytes = b"") -> bytes:
    """A PNG by hand, with whatever size its header claims."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour_type, 0, 0, 0)
    chunks = png_chunk(b"IHDR", header) + extra + png_chunk(b"IDAT", idat) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def tiff(tags: list[tuple[int, int, int, int]], data: bytes) -> bytes:
    """A little-endian TIFF by hand: (tag, type, count, value) in order; `data` starts at `tiff_data_offset(tags)`."""
    entries = b"".join(struct.pack("<HHII", *tag) for tag in tags)
    return b"II*\0" + struct.pack("<IH", 8, len(tags)) + entries + struct.pack("<I", 0) + data


def tiff_data_offset(tags: int) -> int:
    return 8 + 2 + 12 * tags + 4


def orientation_exif(value: int) -> bytes:
    exif = Image.Exif()
    exif[0x0112] = value
    return exif.tobytes()


def turned_away(image: Image.Image, orientation: int) -> Image.Image:
    """The pixels a camera stores so that EXIF `orientation` turns them back into `image`."""
    undo = {
        1: None,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }[orientation]
    return image if undo is None else image.transpose(undo)
