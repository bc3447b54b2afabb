"""Small copies of pictures for the page that works without JavaScript."""

from __future__ import annotations

import base64
import io

from recognizer.images.decode import Picture

MAX_SIDE = 320
_QUALITY = 72


def data_uri(picture: Picture) -> str:
    """A JPEG of at most 320 x 320 pixels as a `data:` address; made anew, without the file's metadata."""
    small = picture.rgb.copy()
    small.thumbnail((MAX_SIDE, MAX_SIDE))
    small.info.clear()
    buffer = io.BytesIO()
    small.save(buffer, "JPEG", quality=_QUALITY)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
