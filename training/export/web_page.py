"""A folder with a page that runs a model in the browser: it is opened as a file, and needs no server and no network.

    model.onnx, model.json, ONNX Runtime Web -> parts/*.js, model.js, beside index.html and the page's own scripts

A page that is opened from a folder may read no file but scripts. So bytes become scripts, in parts of some megabytes:
a browser then says how far it is.
"""

from __future__ import annotations

import base64
import json
import shutil
from collections.abc import Iterator
from pathlib import Path

from training.export.web_runtime import WebRuntime

_PAGE = Path(__file__).with_name("page")
_PART_BYTES = 6 * 2**20


def write(model: Path, meaning: Path, runtime: WebRuntime, folder: Path) -> None:
    """Writes the page.

    Args:
        model: an ONNX file.
        meaning: its `model.json`.
        runtime: what runs it.
        folder: there already; gets the page's files.
    """
    shutil.copytree(_PAGE, folder, dirs_exist_ok=True)
    parts = folder / "parts"
    parts.mkdir()
    lists = {
        "runtime_parts": list(_in_parts(runtime.wasm, "runtime", parts)),
        "model_parts": list(_in_parts(model.read_bytes(), "model", parts)),
    }
    (parts / "onnxruntime.js").write_text(
        f"{runtime.script}\nconst ORT_MODULE = {json.dumps(runtime.module)};\n", encoding="utf-8"
    )
    fields = json.loads(meaning.read_text(encoding="utf-8")) | lists
    (folder / "model.js").write_text(f"const MODEL = {json.dumps(fields, indent=2)};\n", encoding="utf-8")


def _in_parts(data: bytes, name: str, folder: Path) -> Iterator[str]:
    """Writes bytes as scripts that hand them to the page; yields the scripts' names in their order."""
    for number, start in enumerate(range(0, len(data), _PART_BYTES)):
        path = folder / f"{name}-{number:03}.js"
        text = base64.b64encode(data[start : start + _PART_BYTES]).decode()
        path.write_text(f'take("{text}");\n', encoding="ascii")
        yield path.name
