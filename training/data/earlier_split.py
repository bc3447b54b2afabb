"""Reads how the pictures of an earlier training were divided, so that the next one holds the same ones back.

--keep-split FILE.csv    the columns sha256 and part, among others; part is training or held_back, or anything else: new
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping
from pathlib import Path

from recognizer import files
from training.errors import DatasetError

HELD_BACK, TRAINING = "held_back", "training"
EarlierSplit = Mapping[str, str]
"""`HELD_BACK` or `TRAINING`, by the SHA-256 of a picture's file in hexadecimal."""

_SHA256 = re.compile(r"[0-9a-f]{64}")


def read_split(path: Path) -> EarlierSplit:
    """Reads the table, such as the pictures.csv in a zip file of Studio.

    Raises:
        DatasetError: it cannot be read, has no such columns, or something else than a SHA-256 in one.
    """
    try:
        rows = list(csv.DictReader(io.StringIO(files.table_text(path), newline="")))
    except (OSError, ValueError, csv.Error) as err:
        raise DatasetError(f"{path} cannot be read: {err}") from err
    if not rows or not {"sha256", "part"} <= rows[0].keys():
        raise DatasetError(f"Expected a table with the columns sha256 and part. Received: {path}")
    return {_digest(row["sha256"] or "", path): row["part"] for row in rows if row["part"] in (HELD_BACK, TRAINING)}


def _digest(text: str, path: Path) -> str:
    """A SHA-256 as pictures have it: in small letters, which not every program writes."""
    small = text.strip().lower()
    if not _SHA256.fullmatch(small):
        raise DatasetError(f"Expected a SHA-256 in hexadecimal in each row of {path}. Received: {text[:80]!r}")
    return small
