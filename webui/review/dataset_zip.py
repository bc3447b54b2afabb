"""Writes the data set of corrections as a zip file, piece by piece, while it is being sent.

item -> ZipFile -> Outbox -> bytes for the browser
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterable, Iterator

from webui.history import pictures
from webui.history.zip_stream import Outbox
from webui.review import dataset
from webui.review.dataset import COLUMNS, Item, Missing


def stream(found: Iterable[Item | Missing], *, folder: str) -> Iterator[bytes]:
    """The bytes of the zip file, one picture after the other.

    Args:
        found: what goes into it.
        folder: name of the one folder in it.
    """
    outbox = Outbox()
    table, missing = io.StringIO(newline=""), list[str]()
    rows = csv.DictWriter(table, COLUMNS, lineterminator="\n")
    rows.writeheader()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:  # JPEGs do not get smaller.
        for part in (dataset.CLASSES, dataset.UNKNOWN):
            archive.mkdir(f"{folder}/{part}")
        for item in found:
            reason = _add(archive, folder, item)
            if reason is None and isinstance(item, Item):
                rows.writerow(item.row)
                yield outbox.take()
            else:
                missing.append(reason or "")
        archive.writestr(f"{folder}/{dataset.TABLE}", table.getvalue())
        archive.writestr(f"{folder}/{dataset.README}", _readme(missing))
    yield outbox.take()


def _add(archive: zipfile.ZipFile, folder: str, item: Item | Missing) -> str | None:
    """Puts a picture into the archive; says why that cannot be."""
    if isinstance(item, Missing):
        return str(item)
    data = pictures.read(item.answer_id)
    if data is None:  # Deleted since it was looked for.
        return f"{item.answer_id}: its picture is not kept any longer."
    archive.writestr(f"{folder}/{item.place}", data)
    return None


def _readme(missing: list[str]) -> str:
    if not missing:
        return dataset.readme()
    return f"{dataset.readme()}\nNot in here:\n\n" + "".join(f"  {line}\n" for line in missing)
