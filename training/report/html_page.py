"""Makes pages that are one HTML file each and fetch nothing: fills a template, writes the file whole or not at all.

The templates' style begins with `paper.css`, the paper, ink and letters of all pages. Names come from outside, so every
text is escaped by the template.
"""

from __future__ import annotations

import base64
import io
import os
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


def is_writable(path: Path) -> bool:
    """Whether a page can be written to `path`: asked before minutes of work are spent on it."""
    folder = path.absolute().parent
    return not path.is_dir() and folder.is_dir() and os.access(folder, os.W_OK | os.X_OK)


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
