"""Files for Schemathesis to send, which loads this module: real pictures beside random bytes."""

from __future__ import annotations

from io import BytesIO

import schemathesis
from hypothesis import strategies
from PIL import Image


def _picture(kind: str, colour: tuple[int, int, int]) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (32, 24), colour).save(buffer, kind)
    return buffer.getvalue()


_PICTURES = [_picture(kind, (200, 30, 30)) for kind in ("JPEG", "PNG", "WEBP", "GIF")]
_CUT_OFF = [picture[: len(picture) // 2] for picture in _PICTURES]
FILES = strategies.sampled_from([*_PICTURES, *_CUT_OFF]) | strategies.binary(max_size=200)

schemathesis.openapi.format("binary", FILES)
schemathesis.openapi.media_type("image/*", FILES)
