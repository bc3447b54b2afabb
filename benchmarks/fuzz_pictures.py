"""Files for Schemathesis to send, which loads this module: real pictures and zip files of them beside random bytes."""

from __future__ import annotations

from io import BytesIO
from zipfile import ZipFile

import schemathesis
from hypothesis import strategies
from PIL import Image


def _picture(kind: str, colour: tuple[int, int, int]) -> bytes:
    buffer = BytesIO()
    Image.new("RGB", (48, 36), colour).save(buffer, kind)
    return buffer.getvalue()


def _zipped(*names: str) -> bytes:
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for name, picture in zip(names, _PICTURES, strict=False):
            archive.writestr(name, picture)
    return buffer.getvalue()


_PICTURES = [_picture(kind, (200, 30, 30)) for kind in ("JPEG", "PNG", "WEBP", "GIF")]
_CUT_OFF = [picture[: len(picture) // 2] for picture in _PICTURES]
FILES = strategies.sampled_from([*_PICTURES, *_CUT_OFF]) | strategies.binary(max_size=200)

_ZIPS = [_zipped("mug/a.jpg", "cup/b.jpg", "c.jpg"), _zipped("../a.jpg"), _zipped(), _zipped("mug/a.jpg")[:-9]]

schemathesis.openapi.format("binary", FILES)
schemathesis.openapi.media_type("image/*", FILES)
schemathesis.openapi.media_type("application/zip", strategies.sampled_from(_ZIPS) | strategies.binary(max_size=200))
