"""Makes a page that is one HTML file and fetches nothing: fills the template.

The templates' style begins with `paper.css`, the paper, ink and letters of all pages. Names come from outside, so every
text is escaped by the template.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image


def fill(template: Path, values: Mapping[str, Any], filters: Mapping[str, Callable[..., str]] | None = None) -> str:
    """The page that a template makes of some values."""
    environment = Environment(
        loader=FileSystemLoader([template.parent, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters or {}
    return environment.get_template(template.name).render(values)


def data_uri(image: Image.Image, *, quality: int) -> str:
    """A picture as an address that holds it, as JPEG; where and with what it was taken stays behind."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, exif=b"", icc_profile=None)
    return f"data:image/jpeg;base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
