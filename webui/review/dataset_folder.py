"""Writes the data set of corrections into a folder, or brings an earlier export there up to date.

A picture that lies in the folder already stays; where its class has changed since, it moves. What is not selected, or
no longer accepted, stays where it is: the caller is told of the latter. Nothing is removed.
"""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from recognizer import files
from webui.history import pictures
from webui.history.models import Correction, State
from webui.review import dataset
from webui.review.dataset import COLUMNS, Item, Missing

_CHUNK = 500
Rows = dict[str, dict[str, str]]
"""File name -> its row in the table."""


class NotAnExport(Exception):
    """The folder is neither empty nor an earlier export; the message says so."""


@dataclass
class Written:
    """The outcome of an export into a folder."""

    new: int = 0
    moved: int = 0
    same: int = 0
    missing: list[Missing] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    """Files of earlier exports whose corrections are deleted, not accepted any more, or accepted for another class."""


def write(folder: Path, found: Iterable[Item | Missing]) -> Written:
    """Writes pictures and table; the table last, and whole, so that a run that was cut off can be repeated.

    Args:
        folder: is made where it is missing.
        found: what to write.

    Raises:
        NotAnExport: the folder is neither empty nor an earlier export.
        OSError: something cannot be written; what is there already stays.
    """
    rows = _earlier(folder)
    for part in (dataset.CLASSES, dataset.UNKNOWN):
        (folder / part).mkdir(parents=True, exist_ok=True)
    files.write_whole(folder / dataset.README, dataset.readme().encode())
    written = Written()
    for item in found:
        if isinstance(item, Missing):
            written.missing.append(item)
        else:
            _place(folder, item, rows, written)
    written.stale = _stale(rows)
    files.write_whole(folder / dataset.TABLE, _table(rows).encode())
    return written


def _earlier(folder: Path) -> Rows:
    """The rows of an earlier export; none where the folder is empty or missing."""
    if not folder.exists() or (folder.is_dir() and not any(folder.iterdir())):
        return {}
    readme = folder / dataset.README
    if not readme.is_file() or not readme.read_text(encoding="utf-8", errors="replace").startswith(dataset.README_HEAD):
        raise NotAnExport(f"{folder} is neither empty nor an earlier export. Name a new folder.")
    table = folder / dataset.TABLE
    if not table.is_file():
        return {}  # The earlier run was cut off.
    try:
        reader = csv.DictReader(io.StringIO(files.table_text(table), newline=""))
        rows = list(reader)
    except (ValueError, csv.Error) as err:
        raise NotAnExport(f"{table} cannot be read: {str(err).rstrip('.')}. Or name a new folder.") from err
    if tuple(reader.fieldnames or ()) != COLUMNS:
        raise NotAnExport(f"{table} has other columns than an export. Name a new folder.")
    if any(None in row or None in row.values() for row in rows):
        raise NotAnExport(f"{table} has rows with more or fewer cells than columns. Mend them, or name a new folder.")
    return {_name(row["file"]): row for row in rows}


def _place(folder: Path, item: Item, rows: Rows, written: Written) -> None:
    name, target = _name(item.place), folder / item.place
    before = folder / rows[name]["file"] if name in rows else None
    moves = before is not None and before != target and _is_inside(folder, before) and before.is_file()
    if not target.exists():
        data = pictures.read(item.answer_id)
        if data is None:  # Deleted since it was looked for.
            written.missing.append(Missing(item.answer_id, "its picture is not kept any longer."))
            return
        _write(data, target)
        written.new += not moves
    else:
        written.same += 1
    if moves and before is not None:
        before.unlink()
        with suppress(OSError):  # A folder without pictures would be a class without pictures.
            before.parent.rmdir()
        written.moved += 1
    rows[name] = item.row


def _is_inside(folder: Path, path: Path) -> bool:
    return path.resolve().is_relative_to(folder.resolve())


def _stale(rows: Rows) -> list[str]:
    """Files of rows that are not accepted now, or not for that class."""
    places = [row["file"] for row in rows.values()]
    accepted: set[str] = set()
    for i in range(0, len(places), _CHUNK):
        ids = [answer_id for place in places[i : i + _CHUNK] if (answer_id := _id(_name(place)))]
        found = Correction.objects.filter(state=State.ACCEPTED, answer__in=ids)
        accepted |= set(map(dataset.place_of, found))
    return [place for place in places if place not in accepted]


def _id(name: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(name.removesuffix(".jpg"))
    except ValueError:
        return None


def _name(place: str) -> str:
    return place.rpartition("/")[2]


def _table(rows: Rows) -> str:
    buffer = io.StringIO(newline="")
    writer = csv.DictWriter(buffer, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows.values())
    return buffer.getvalue()


def _write(data: bytes, target: Path) -> None:
    target.parent.mkdir(exist_ok=True)
    files.write_whole(target, data)  # Its draft is hidden: training passes it over.
