"""Makes pages that are one HTML file each and fetch nothing: fills a template, writes the file whole or not at all.

The templates' style begins with `paper.css`, the paper, ink and letters of all pages. Names come from outside, so every
text is escaped by the template.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Literal

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from PIL import Image

from recognizer.files import write_whole


def fill(template: Path, values: Mapping[str, Any], filters: Mapping[str, Callable[..., str]] | None = None) -> str:
    """Fills a template: the page that it makes of some values, as HTML."""
    environment = Environment(
        loader=FileSystemLoader([template.parent, Path(__file__).parent]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= filters or {}
    return environment.get_template(template.name).render(values)


def is_named_so(path: Path) -> bool:
    """Whether a file is an HTML page by its name: else a page could take the place of a model, or of a picture."""
    return path.suffix.lower() in (".html", ".htm")


def write(path: Path, page: str) -> None:
    """Writes a page whole or not at all; bytes in file names that are no text are spelled out.

    Raises:
        OSError: it cannot be written.
    """
    write_whole(path, page.encode(errors="backslashreplace"))


def data_uri(image: Image.Image, *, quality: int, kind: Literal["jpeg", "webp"] = "jpeg") -> str:
    """A picture as a data URI, which holds it; where and with what it was taken is left out."""
    buffer = io.BytesIO()
    image.save(buffer, kind, quality=quality, exif=b"", icc_profile=b"")
    return f"data:image/{kind};base64,{base64.b64encode(buffer.getvalue()).decode('ascii')}"
