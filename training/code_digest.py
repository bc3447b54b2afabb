"""The digest of the code that decides what a training computes: other code, other features and other runs."""

from __future__ import annotations

import hashlib
from pathlib import Path

_PACKAGES = Path(__file__).resolve().parent.parent
_CODE = ("recognizer", "training")


def code_digest() -> str:
    """SHA-256 of all Python files of recognizer and training."""
    digest = hashlib.sha256()
    for package in _CODE:
        for path in sorted((_PACKAGES / package).rglob("*.py")):
            digest.update(path.relative_to(_PACKAGES).as_posix().encode() + b"\0" + path.read_bytes())
    return f"sha256:{digest.hexdigest()}"
