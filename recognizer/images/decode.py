"""Turns bytes from outside into an upright RGB picture, or says what is wrong with them.

bytes -> size limits -> format -> (JPEG: decode at reduced scale) -> upright -> RGB
"""

from __future__ import annotations

import io
import warnings
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import ExifTags, Image
from PIL.JpegImagePlugin import JpegImageFile

from recognizer import files
from recognizer.errors import ImageError, ImageTooLarge, InvalidImage, UnsupportedFormat
from recognizer.images.decoding_limits import MAX_PIXELS, refuse_endless_strips, refuse_hidden_work, too_many_pixels

MAX_BYTES = 20 * 1024 * 1024
FORMATS = ("JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF")
SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".png", ".webp", ".gif", ".bmp", ".dib", ".tif", ".tiff"})

# Pillow's own guard, for the pictures inside pictures that we do not see ourselves. A filter, not
# `warnings.catch_warnings`: that one is not safe in threads.
Image.MAX_IMAGE_PIXELS = MAX_PIXELS
# A bad EXIF block makes Pillow warn and go on, and so do we. First, for the filter that is added last wins.
warnings.filterwarnings("ignore", module=r"PIL\.")
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)

# A reduced JPEG keeps at least this many times the pixels per side that are needed, so that the
# antialiased resize that follows still has the last word. Class scores stay within 0.01.
_SHRINK_MARGIN = 2

# Kinds of file that people send by mistake, by their first bytes (offset, bytes).
_FOREIGN_FORMATS = {
    "HEIC or AVIF": ((4, b"ftypheic"), (4, b"ftypheix"), (4, b"ftypmif1"), (4, b"ftypmsf1"), (4, b"ftypavif")),
    "video": ((4, b"ftyp"), (0, b"\x1aE\xdf\xa3"), (8, b"AVI ")),
    "PDF": ((0, b"%PDF"),),
    "SVG": ((0, b"<svg"), (0, b"<?xml")),
    "Photoshop": ((0, b"8BPS"),),
    "PostScript": ((0, b"%!PS"), (0, b"\xc5\xd0\xd3\xc6")),
    "JPEG 2000": ((0, b"\x00\x00\x00\x0cjP  "), (0, b"\xff\x4f\xff\x51")),
    "JPEG XL": ((0, b"\xff\x0a"), (0, b"\x00\x00\x00\x0cJXL ")),
    "icon": ((0, b"\x00\x00\x01\x00"),),
    "DDS": ((0, b"DDS "),),
    "QOI": ((0, b"qoif"),),
}

_SIXTEEN_BIT_MODES = frozenset({"I", "I;16", "I;16B", "I;16L", "I;16N"})
_PLAIN_MODES = frozenset({"1", "L", "P", "RGB", "RGBX", "CMYK", "YCbCr", "LAB", "HSV"})

_TRANSPOSE = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


@dataclass(frozen=True)
class Picture:
    """An upright RGB picture, possibly smaller than the file it came from."""

    rgb: Image.Image
    width: int
    """Width of the upright picture at full size, in pixels."""
    height: int


def read_file(path: Path) -> bytes:
    """The file of a picture, but for what is past `MAX_BYTES`: enough for `decode` to refuse one that is larger.

    Raises:
        OSError: it cannot be read.
    """
    return files.read_at_most(path, MAX_BYTES + 1)


def decode(data: bytes, *, needed_short_side: int | None = None) -> Picture:
    """Decodes the first frame of a picture from outside.

    EXIF orientation is applied, transparency is laid over white, 16-bit greys are scaled to 8 bits.

    Args:
        data: the whole file.
        needed_short_side: pixels that the short side will be scaled down to. A large JPEG is then
            decoded at 1/2, 1/4 or 1/8 scale, which saves most of the time it costs; other large pictures are
            reduced once they are decoded, so that a batch of them does not fill the memory.

    Raises:
        ImageTooLarge: over `MAX_BYTES` or `MAX_PIXELS`.
        UnsupportedFormat: a kind of file, or of pixels, that we do not read.
        InvalidImage: no picture, or a broken one.
    """
    if len(data) > MAX_BYTES:
        raise ImageTooLarge(
            f"The file has {len(data) / 2**20:.1f} MB; at most {MAX_BYTES // 2**20} are accepted. Send a smaller copy."
        )
    refuse_endless_strips(data)
    image = _open(data)
    if image.width * image.height > MAX_PIXELS:
        raise too_many_pixels(f"{image.width} x {image.height} pixels")
    try:
        refuse_hidden_work(image, data)
        return _upright_rgb(image, needed_short_side)
    except ImageError:
        raise
    except (MemoryError, Image.DecompressionBombError, Image.DecompressionBombWarning) as err:
        raise too_many_pixels("more pixels than it first says") from err
    except Exception as err:  # Decoders of outside bytes raise whatever they like; all of it is the file's fault.
        raise InvalidImage(
            "The picture is damaged or incomplete. Try to open and save it again, or send another."
        ) from err


def _open(data: bytes) -> Image.Image:
    """Reads the header only."""
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as err:
        raise too_many_pixels("far too many pixels") from err
    except Exception as err:  # As above.
        for kind, signatures in _FOREIGN_FORMATS.items():
            if any(data.startswith(magic, offset) for offset, magic in signatures):
                raise UnsupportedFormat(
                    f"This looks like a file of the kind {kind}, which is not read here. Save it as JPEG or PNG first."
                ) from err
        raise InvalidImage(
            "This is not a picture that can be read here. Send a JPEG, PNG, WebP, GIF, BMP or TIFF file."
        ) from err


def _upright_rgb(image: Image.Image, needed_short_side: int | None) -> Picture:
    full_size = image.size
    if needed_short_side is not None:
        target = needed_short_side * _SHRINK_MARGIN
        image.draft(None, (target, target))  # Does nothing but for JPEG.
    image.load()
    if not isinstance(image, JpegImageFile):
        full_size = image.size  # A TIFF turns itself upright while it loads.
    transpose = _TRANSPOSE.get(_orientation(image))
    rgb = _reduced(_to_rgb(image), needed_short_side)
    if transpose is not None:
        rgb = rgb.transpose(transpose)
        full_size = _turned(full_size, transpose)
    return Picture(rgb, *full_size)


def _reduced(rgb: Image.Image, needed_short_side: int | None) -> Image.Image:
    if needed_short_side is None:
        return rgb
    factor = min(rgb.size) // (needed_short_side * _SHRINK_MARGIN)
    return rgb.reduce(factor) if factor > 1 else rgb


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 to 8; 1 where the block is missing or broken, as every viewer does."""
    try:
        value = image.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  # The EXIF parser meets outside bytes as well.
        return 1
    return value if isinstance(value, int) else 1


def _turned(size: tuple[int, int], transpose: Image.Transpose) -> tuple[int, int]:
    swaps = {
        Image.Transpose.TRANSPOSE,
        Image.Transpose.TRANSVERSE,
        Image.Transpose.ROTATE_90,
        Image.Transpose.ROTATE_270,
    }
    return (size[1], size[0]) if transpose in swaps else size


def _to_rgb(image: Image.Image) -> Image.Image:
    if image.mode in _SIXTEEN_BIT_MODES:
        grey = np.clip(np.asarray(image), 0, 0xFFFF) >> 8
        return Image.fromarray(grey.astype(np.uint8)).convert("RGB")
    if image.has_transparency_data:
        rgba = image if image.mode == "RGBA" else image.convert("RGBA")  # A copy of 50 MP takes 200 MB.
        white = Image.new("RGB", rgba.size, "white")
        white.paste(rgba, mask=rgba)
        return white
    if image.mode in _PLAIN_MODES:
        return image.convert("RGB")
    raise UnsupportedFormat(
        f"Pixels of the kind {image.mode!r} are not supported. Save the picture as JPEG or PNG first."
    )
