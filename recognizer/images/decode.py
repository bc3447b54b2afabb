"""The image decoder: bytes from outside into an upright sRGB picture, or what is wrong with them.

bytes -> kind, by the first ones -> endless parts? -> header -> cost -> (JPEG: at reduced scale) -> sRGB -> upright
"""

from __future__ import annotations

import io
import logging
import math
import warnings
from dataclasses import dataclass
from pathlib import Path

import pillow_heif
from PIL import AvifImagePlugin, ExifTags, Image
from PIL.ImageFile import ImageFile
from PIL.JpegImagePlugin import JpegImageFile

from recognizer import files
from recognizer.errors import (
    DamagedImage,
    EmptyFile,
    ImageError,
    ImageTooLarge,
    NotAnImage,
    NotEnoughMemory,
    PointerFile,
    UnsupportedFormat,
)
from recognizer.images import color, decoding_limits
from recognizer.images.decoding_limits import REDUCED_MARGIN, Cost
from recognizer.images.formats import FORMATS, READ_HERE, foreign_kind, pointer_cure, sniff

MAX_BYTES = 50 * 2**20

_logger = logging.getLogger(__name__)

# Pillow's own guard, for the pictures inside pictures that we do not see ourselves. A filter, not
# `warnings.catch_warnings`: that one is not safe in threads.
Image.MAX_IMAGE_PIXELS = decoding_limits.MAX_PIXELS_INSIDE
# A bad EXIF block makes Pillow warn and go on, and so do we. First, for the filter that is added last wins.
warnings.filterwarnings("ignore", module=r"PIL\.")
warnings.filterwarnings("error", category=Image.DecompressionBombWarning)
# A picture is decoded in one thread; others decode others.
pillow_heif.register_heif_opener()
pillow_heif.options.DECODE_THREADS = AvifImagePlugin.DEFAULT_MAX_THREADS = 1

_PLAIN_MODES = frozenset({"L", "RGB", "CMYK"})
_OTHER_MODES = frozenset({"1", "P", "RGBX", "YCbCr", "LAB", "HSV"})
# Large pictures are made smaller piece by piece, so that no second one of their size is in memory.
_PIECE_PIXELS = 400_000

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
    """An upright sRGB picture, possibly smaller than the file it came from."""

    rgb: Image.Image
    """Pixels, and nothing else of the file: no profile, no EXIF, no comment."""
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

    EXIF orientation is applied, profiles are turned into sRGB, transparency is laid over white, greys and
    colours of more than 8 bits are scaled to 8.

    Args:
        data: the whole file.
        needed_short_side: pixels that the short side will be scaled down to. A large JPEG is then
            decoded at 1/2, 1/4 or 1/8 scale, which saves most of the time it costs; other large pictures are
            reduced while they are decoded, so that a batch of them does not fill the memory.

    Raises:
        ImageTooLarge: over `MAX_BYTES`, or a limit of `decoding_limits`.
        UnsupportedFormat: a kind of file, or of pixels, that we do not read.
        InvalidImage: no picture, or a broken one; which of them, its subclasses say.
        NotEnoughMemory: it is not to blame, and the log says so.
    """
    try:
        image = _open(data)
        decoding_limits.refuse_costly(image.size, decoding_limits.cost(image, data, needed_short_side))
        same = _open(data) if color.has_deep_colours(image) else None
        return _upright_srgb(image, needed_short_side, same)
    except ImageError:
        raise
    except MemoryError as err:
        _logger.warning("There was not enough memory to decode a picture, whose file has %.1f MB.", len(data) / 2**20)
        raise NotEnoughMemory(
            "There is not enough memory for the picture at this moment. Send it again later."
        ) from err
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as err:
        raise ImageTooLarge("The picture holds more pixels than it first says. Send a smaller copy.") from err
    except Exception as err:  # Decoders of outside bytes raise whatever they like; all of it is the file's fault.
        raise _damaged() from err


def cost(data: bytes, *, needed_short_side: int | None = None) -> Cost:
    """What `decode` will take with the same arguments; nothing for what it refuses without decoding."""
    try:
        image = _open(data)
        found = decoding_limits.cost(image, data, needed_short_side)
        decoding_limits.refuse_costly(image.size, found)
    except Exception:  # noqa: BLE001  # Outside bytes; `decode` says what is wrong with them.
        return Cost(0, 0.0)
    return found


def _open(data: bytes) -> ImageFile:
    """Reads the header only."""
    if len(data) > MAX_BYTES:
        raise ImageTooLarge(
            f"The file has {len(data) / 2**20:.1f} MB; at most {MAX_BYTES // 2**20} are accepted. Send a smaller copy."
        )
    kind = sniff(data)
    decoding_limits.refuse_endless_parts(data, kind)
    try:
        return Image.open(io.BytesIO(data), formats=FORMATS)
    except MemoryError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as err:
        raise ImageTooLarge(
            f"The picture has over {decoding_limits.MAX_PIXELS_INSIDE // 10**6} million pixels. Send a smaller copy."
        ) from err
    except Exception as err:  # As above.
        raise (_damaged() if kind else _no_picture(data)) from err


def _damaged() -> DamagedImage:
    return DamagedImage("The picture is damaged or incomplete. Copy or download it again, or send another.")


def _no_picture(data: bytes) -> ImageError:
    """What bytes are that do not even begin as a picture that is read here."""
    if data.count(0) == len(data):
        what = "holds nothing but zeros" if data else "is empty"
        return EmptyFile(f"The file {what}: a copy or download broke off. Copy or download it again.")
    if cure := pointer_cure(data):
        return PointerFile(f"This is only a pointer to the picture, which is stored elsewhere. Fetch it: {cure}")
    if foreign := foreign_kind(data):
        return UnsupportedFormat(
            f"This looks like a file of the kind {foreign}, which is not read here. Save it as JPEG or PNG first."
        )
    return NotAnImage(f"This is not a picture that can be read here. Send a {READ_HERE} file.")


def _upright_srgb(image: ImageFile, needed_short_side: int | None, same: ImageFile | None) -> Picture:
    """The picture of a file; of one with deep colours, `same` is it once more, not loaded."""
    full_size = image.size
    if needed_short_side is not None:
        target = math.ceil(needed_short_side * REDUCED_MARGIN)
        image.draft(None, (target, target))  # Does nothing but for JPEG.
    image.load()
    if not isinstance(image, JpegImageFile):
        full_size = image.size  # A TIFF turns itself upright while it loads.
    if same is not None:
        color.brighten(image, same)
    transpose = _TRANSPOSE.get(_orientation(image))
    rgb = color.to_srgb(_reduced(image, needed_short_side), color.profile_of(image))
    if transpose is not None:
        rgb = rgb.transpose(transpose)
        full_size = _turned(full_size, transpose)
    rgb.info.clear()  # What the file said of its own pixels, its profile too, is not true of these.
    return Picture(rgb, *full_size)


def _reduced(image: Image.Image, needed_short_side: int | None) -> Image.Image:
    """The picture in a mode of `_PLAIN_MODES`, at the scale that is needed."""
    white = color.white_level(image) if color.is_deep(image) else 0.0
    factor = decoding_limits.reduction(image.size, needed_short_side)
    if factor == 1:
        return _plain(image, white)
    rows = max(1, _PIECE_PIXELS // (image.width * factor)) * factor
    pieces = [
        _plain(image.crop((0, top, image.width, min(top + rows, image.height))), white).reduce(factor)
        for top in range(0, image.height, rows)
    ]
    whole = Image.new(pieces[0].mode, (pieces[0].width, sum(piece.height for piece in pieces)))
    for number, piece in enumerate(pieces):
        whole.paste(piece, (0, number * (rows // factor)))
    return whole


def _plain(image: Image.Image, white: float) -> Image.Image:
    """The same pixels in a mode of `_PLAIN_MODES`: no palette, no transparency, 8 bits."""
    if color.is_deep(image):
        return color.grey(image, white)
    if image.has_transparency_data:
        rgba = image if image.mode == "RGBA" else image.convert("RGBA")
        paper = Image.new("RGB", rgba.size, "white")
        paper.paste(rgba, mask=rgba)
        return paper
    if image.mode in _PLAIN_MODES:
        return image
    if image.mode in _OTHER_MODES:
        return image.convert("RGB")
    raise UnsupportedFormat(
        f"Pixels of the kind {image.mode!r} are not supported. Save the picture as JPEG or PNG first."
    )


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
