"""Checks one picture file: whether it can be read, is cut off, dark, bright, flat or blurred; decodes it once.

bytes -> decode -> ImageCheck: file facts, quality, thumbnail for comparing it with others
                -> UnusableImage: why it cannot be trained on
"""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from PIL import ExifTags, Image

from recognizer.errors import DamagedImage, ImageError, without_traceback
from recognizer.images import decode
from recognizer.images.formats import FORMATS
from training.audit import jpeg_scan, thumbnail
from training.audit.thumbnail import Thumbnail

MEASURED_SHORT_SIDE_PX = 256
"""Larger pictures are scaled down to this before they are measured: what is sharp depends on the scale."""

# The brightest hundredth of a picture is darker than this, the darkest hundredth brighter, out of 255.
_DARK = 70
_BRIGHT = 185
_FLAT = 12  # Standard deviation of the brightness.
# Variance of the Laplacian in the four sharpest of 64 tiles: a photograph is allowed a blurred background.
# Every one of 250 photographs blurred with a radius of 2 pixels was below it.
_BLURRED = 100
_TILES = 8
_SHARPEST = 4
_MIN_SHARPNESS_SHORT_SIDE_PX = 64

# Decoding keeps twice the short side that it is asked for, and each picture is scaled down once more.
_DECODED_SHORT_SIDE_PX = MEASURED_SHORT_SIDE_PX // 2
# The largest less the smallest of red, green and blue that a hundredth of a grey picture may exceed: scans have a tint.
_GREY = 10
_CHROMA_SIDE_PX = 64

# What the first quantization table of a JPEG of quality 50 sums up to: the luminance table of ITU-T T.81, annex K.
_JPEG_SUM_AT_50 = 3688
_MISSING = 128  # What a JPEG decoder puts where the data ended too early.
_MAX_MISSING = 0.02
# From the upright picture back to the rows as they are stored, by EXIF orientation.
_TURNED_BACK = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}

Grey = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class FileFacts:
    """Size, format and colour mode of a picture file."""

    width: int
    """Width of the upright picture, in pixels."""
    height: int
    bytes: int
    format: str
    """The file format as Pillow calls it: JPEG, PNG."""
    mode: str
    """How colours are stored: RGB, L (grey), P (palette), CMYK, RGBA, `16 bit`."""
    orientation: int
    """EXIF orientation, 1 to 8; 1 is upright."""
    jpeg_quality: int | None = None
    """How good the JPEG was said to be when it was saved, 1 to 100, see `jpeg_quality`; None of other formats."""


@dataclass(frozen=True)
class Quality:
    """How bright, how rich in contrast and how sharp a picture is, at `MEASURED_SHORT_SIDE_PX`."""

    darkest: float
    """Brightness that one pixel in a hundred stays below, 0 to 255."""
    brightest: float
    """Brightness that one pixel in a hundred exceeds, 0 to 255."""
    contrast: float
    """Standard deviation of the brightness."""
    sharpness: float | None
    """Variance of the Laplacian in the sharpest parts; None where the picture is too small to say."""
    is_grey: bool = False
    """Whether it has no colours, however it is stored."""

    @property
    def is_dark(self) -> bool:
        """Whether even the brightest parts of the picture are dark."""
        return self.brightest < _DARK

    @property
    def is_bright(self) -> bool:
        """Whether even the darkest parts of the picture are bright."""
        return self.darkest > _BRIGHT

    @property
    def is_flat(self) -> bool:
        """Whether the picture is nearly of one brightness."""
        return self.contrast < _FLAT

    @property
    def is_blurred(self) -> bool:
        """Whether no part of the picture is sharp."""
        return self.sharpness is not None and self.sharpness < _BLURRED


@dataclass(frozen=True)
class ImageCheck:
    """What the check of a readable picture found."""

    facts: FileFacts
    quality: Quality
    thumbnail: Thumbnail | None
    """For the search for near duplicates; None where the picture shows too little to be compared with others."""


@dataclass(frozen=True)
class UnusableImage:
    """A picture that cannot be trained on, and why."""

    error: ImageError
    is_cut_off: bool
    """Whether the file ends early: a part of the picture is there, the rest is missing."""


def check_image(data: bytes) -> ImageCheck | UnusableImage:
    """Checks the bytes of a picture file."""
    try:
        picture = decode.decode(data, needed_short_side=_DECODED_SHORT_SIDE_PX)
    except ImageError as err:
        is_cut_off = _ends_early(data, err)
        return UnusableImage(without_traceback(err), is_cut_off=is_cut_off)
    facts = _facts(data, picture)
    missing = _missing_share(picture.rgb, facts.orientation) if facts.format == "JPEG" else 0.0
    if missing > _MAX_MISSING and _takes_more(data, picture.rgb):
        share = f"{100 * missing:.0f} %"
        return UnusableImage(
            DamagedImage(f"The file ends early: {share} of the picture are missing, and grey stands there."),
            is_cut_off=True,
        )
    grey = _measured_size(picture.rgb.convert("L"))
    quality = replace(measure(grey), is_grey=is_grey(picture.rgb))
    return ImageCheck(facts, quality, thumbnail.make(picture.rgb, grey))


def measure(grey: Image.Image) -> Quality:
    """Brightness, contrast and sharpness of a grey picture whose short side is at most `MEASURED_SHORT_SIDE_PX`."""
    pixels = np.asarray(grey)
    histogram = np.bincount(pixels.ravel(), minlength=256)
    darkest, brightest = np.searchsorted(np.cumsum(histogram), np.array([0.01, 0.99]) * pixels.size)
    sharpness = _sharpness(pixels) if min(pixels.shape) >= _MIN_SHARPNESS_SHORT_SIDE_PX else None
    return Quality(float(darkest), float(brightest), float(pixels.std()), sharpness)


def is_grey(rgb: Image.Image) -> bool:
    """Whether a picture has no colours."""
    small = rgb.resize((_CHROMA_SIDE_PX, _CHROMA_SIDE_PX), Image.Resampling.BOX)
    return float(np.quantile(np.ptp(np.asarray(small), axis=2), 0.99)) < _GREY


def jpeg_quality(tables: Mapping[int, Sequence[int]]) -> int:
    """The quality, 1 to 100, that a JPEG was saved with, from its quantization tables.

    The scaling of the Independent JPEG Group's library, read backwards: it multiplies the standard table by
    50 / quality up to 50, and by 2 - quality / 50 above. Other programs have tables of their own: it is an estimate of
    these, and below 20 of all.
    """
    scale = sum(tables[min(tables)]) / _JPEG_SUM_AT_50
    quality = 50 / scale if scale > 1 else 100 - 50 * scale
    return min(max(round(quality), 1), 100)


def _sharpness(pixels: Grey) -> float:
    grey = pixels.astype(np.float32)
    centre = grey[1:-1, 1:-1]
    laplacian = grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * centre
    height, width = (side // _TILES for side in laplacian.shape)
    tiles = laplacian[: height * _TILES, : width * _TILES].reshape(_TILES, height, _TILES, width)
    variances = tiles.var(axis=(1, 3)).ravel()
    return float(np.partition(variances, -_SHARPEST)[-_SHARPEST])


def _measured_size(grey: Image.Image) -> Image.Image:
    scale = MEASURED_SHORT_SIDE_PX / min(grey.size)
    if scale >= 1:  # Enlarging it would only make it look blurred.
        return grey
    return grey.resize((round(grey.width * scale), round(grey.height * scale)), Image.Resampling.BILINEAR)


def _facts(data: bytes, picture: decode.Picture) -> FileFacts:
    """Reads the header again: decoding does not tell what it found there."""
    with Image.open(io.BytesIO(data), formats=FORMATS) as header:
        return FileFacts(
            width=picture.width,
            height=picture.height,
            bytes=len(data),
            format=header.format or "",
            mode=_mode(header, data),
            orientation=_orientation(header),
            jpeg_quality=_jpeg_quality(header),
        )


def _jpeg_quality(header: Image.Image) -> int | None:
    tables = getattr(header, "quantization", None)  # A JPEG has it, alone or in an MPO.
    return jpeg_quality(tables) if tables else None


def _mode(header: Image.Image, data: bytes) -> str:
    is_deep_png = header.format == "PNG" and data[24:25] == b"\x10"  # Pillow reads those with 8 bits.
    if is_deep_png or header.mode.startswith("I"):
        return "16 bit"
    if header.mode == "P" and "transparency" in header.info:
        return "PA"
    return header.mode


def _orientation(header: Image.Image) -> int:
    try:
        value = header.getexif().get(ExifTags.Base.Orientation, 1)
    except Exception:  # noqa: BLE001  # The EXIF parser meets outside bytes; a bad block turns nothing.
        return 1
    return value if isinstance(value, int) and 1 <= value <= 8 else 1


def _ends_early(data: bytes, err: ImageError) -> bool:
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return int.from_bytes(data[4:8], "little") + 8 > len(data)
    return isinstance(err.__cause__, OSError) and "truncated" in str(err.__cause__).lower()


def _missing_share(upright: Image.Image, orientation: int) -> float:
    """Share of the rows at the end of the file that are of the grey a JPEG decoder fills up with, and nothing else."""
    turn = _TURNED_BACK.get(orientation)
    pixels = np.asarray(upright if turn is None else upright.transpose(turn))
    if (pixels[-1] != _MISSING).any():
        return 0.0
    is_missing = (pixels == _MISSING).all(axis=(1, 2))
    return 0.0 if is_missing.all() else float(is_missing[::-1].argmin() / len(pixels))


def _takes_more(data: bytes, rgb: Image.Image) -> bool:
    """Whether the picture changes where data follow those of its first scan; a whole one, of a grey wall, ignores them.

    Args:
        data: of a JPEG.
        rgb: what it was decoded to.
    """
    try:
        more = decode.decode(jpeg_scan.prolonged(data), needed_short_side=_DECODED_SHORT_SIDE_PX)
    except ImageError:  # It cannot be asked, and is taken for what it looks like: a picture.
        return False
    return more.rgb.tobytes() != rgb.tobytes()
