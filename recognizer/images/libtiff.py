"""Hands what libtiff has to say about damaged files to the log; by itself it writes to the standard error, raw.

    TIFFError, TIFFWarning in C -> our handler -> the text, made printable -> logger `recognizer.images.libtiff`

What Pillow raises says enough for whoever sent the file, so that these lines are warnings for the operator.
"""

from __future__ import annotations

import ctypes
import logging
from functools import cache
from pathlib import Path

from PIL import features

_MAX_BYTES = 500

_logger = logging.getLogger(__name__)
# (module, format, va_list): the list is passed on to vsnprintf as it came.
_Handler = ctypes.CFUNCTYPE(None, ctypes.c_char_p, ctypes.c_char_p, ctypes.c_void_p)


@cache
def log_its_messages() -> bool:
    """Sends libtiff's messages to the log from now on; False where its library is not found, as in a static build."""
    if not features.check("libtiff"):
        return False
    try:
        library, c = ctypes.CDLL(str(_library())), ctypes.CDLL(None)
        c.vsnprintf.argtypes = [ctypes.c_char_p, ctypes.c_size_t, ctypes.c_char_p, ctypes.c_void_p]
        for name in ("TIFFSetErrorHandler", "TIFFSetWarningHandler"):
            setter = getattr(library, name)
            setter.argtypes, setter.restype = [_Handler], ctypes.c_void_p
            setter(_handler)
    except (OSError, AttributeError, StopIteration):
        return False
    return True


def _library() -> Path:
    """The libtiff that Pillow has loaded."""
    lines = Path("/proc/self/maps").read_text(encoding="utf-8", errors="replace").splitlines()
    paths = (line.split(maxsplit=5)[-1] for line in lines)
    return next(Path(path) for path in paths if Path(path).name.startswith("libtiff"))


def _write(module: bytes | None, text: bytes | None, arguments: int | None) -> None:
    """Called from the thread that decodes; what is raised here would be printed, and goes nowhere."""
    buffer = ctypes.create_string_buffer(_MAX_BYTES)
    ctypes.CDLL(None).vsnprintf(buffer, ctypes.c_size_t(_MAX_BYTES), text or b"", ctypes.c_void_p(arguments))
    said = buffer.value.decode("utf-8", "replace")
    where = (module or b"").decode("utf-8", "replace")
    _logger.warning("A TIFF is damaged: %s: %s", *map(_printable, (where, said)))


_handler = _Handler(_write)  # Kept for as long as the process lives: libtiff has its address.


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
