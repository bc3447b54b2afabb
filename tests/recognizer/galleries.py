"""Galleries beside model files, with pictures of one colour."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from PIL import Image

from recognizer.explain import gallery


def webp(size: int = 8) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (size, size), (200, 30, 40)).save(buffer, "WEBP")
    return buffer.getvalue()


def manifest(model_digest: str, **changes: Any) -> dict[str, Any]:
    """One filter of one stage, and one class."""
    drawn = {"digest": gallery.digest(webp()), "excited": 1.5}
    stage = {"name": "conv1", "layer": "conv1_relu", "channels": 8, "size": 64}
    return {
        "schema_version": 1,
        "model_digest": model_digest,
        "stages": [{**stage, "filters": [{**drawn, "file": "stage0-3.webp", "channel": 3}]}],
        "classes": [{**drawn, "file": "class-0.webp", "label": "cat"}],
        "class_size": 64,
        "steps": 2,
        "versions": {},
        **changes,
    }


def place(model: Path, model_digest: str, text: str | None = None, **changes: Any) -> Path:
    """Puts a gallery beside a model file; returns its folder."""
    folder = gallery.folder(model)
    folder.mkdir()
    whole = json.dumps(manifest(model_digest, **changes)) if text is None else text
    (folder / "gallery.json").write_text(whole, encoding="utf-8")
    for name in ("stage0-3.webp", "class-0.webp"):
        (folder / name).write_bytes(webp())
    return folder
