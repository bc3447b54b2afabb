"""The bodies with pictures that endpoints document; `uploads.py` reads these, and what other programs send besides."""

from __future__ import annotations

from typing import Any

from django.conf import settings

from webui.api.bodies import Body
from webui.api.parameters import Parameter
from webui.inference.uploads import FIELD

ERRORS = ("invalid_request", "missing_image", "image_too_large", "unsupported_format", "invalid_image")
"""Codes of what is wrong with pictures, or with how they were sent."""

# A red square of 16 x 16 pixels as a PNG.
_SMALL = (
    "iVBORw0KGgoAAAANSUhEUgAAABAAAAAQCAIAAACQkWg2AAAAGklEQVR4nGO4I2NDEmIY1TCqYVTDqIbBqwEAaZB5ARWFMR8AAAAASUVORK5CYII="
)


def pictures(options: tuple[Parameter[Any], ...] = ()) -> Body:
    """The body of a request with pictures.

    Args:
        options: parameters of the address that may stand in JSON, too.
    """
    about = (
        f"Up to {settings.MAX_IMAGES} pictures as files of a form, one as the body itself, or base64 or `data:`"
        " addresses in JSON. Other addresses are not fetched: else anybody could have the server ask what only it can"
        " reach."
    )
    several = {"type": "array", "items": {"type": "string"}, "minItems": 1, "maxItems": settings.MAX_IMAGES}
    properties = {
        FIELD: {"type": "string", "description": "A picture, as base64 or as a `data:` address."},
        "images": several | {"description": f"Several pictures, each as `{FIELD}`."},
        **{option.name: {"description": option.about, **option.schema} for option in options},
    }
    files = {"type": "array", "items": {"type": "string", "format": "binary"}, "minItems": 1}
    files |= {"maxItems": settings.MAX_IMAGES, "description": "The files of the pictures."}
    form = {"type": "object", "properties": {FIELD: files}, "required": [FIELD]}
    json = {"schema": {"type": "object", "properties": properties}, "example": {FIELD: _SMALL}}
    file = {"schema": {"type": "string", "format": "binary"}}
    return Body(about, {"multipart/form-data": {"schema": form}, "image/*": file, "application/json": json})
