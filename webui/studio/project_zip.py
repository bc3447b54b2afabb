"""Pictures of a project, or of a training, as a zip file that `training fit` reads once it is unpacked.

<project>/classes/<class>/00000012-felix.jpg   --data <project>/classes
<project>/other/00000031.jpg                   --unknown <project>/other
<project>/pictures.csv                         which picture was for what; those that are gone, too
<project>/MANIFEST.csv                         of a training that was divided by them, the groups; `fit` finds it there

It is written while it is sent. The order of the names is that in which a training of Studio reads the pictures, so the
same line gives the same model. Other things have no names of their own: `fit` tells kinds of them apart by those.
"""

from __future__ import annotations

import csv
import io
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from recognizer.bulk.image_files import is_named_so
from recognizer.bulk.spreadsheets import harmless
from webui.history.sorted_zip import safe
from webui.history.zip_stream import Outbox
from webui.studio import dataset, groups, record, store
from webui.studio.models import Project
from webui.studio.record import Row

TABLE = "pictures.csv"
_COLUMNS = ("file", "class", "part", "sha256", "there", "group")


def of_project(project: Project) -> Iterator[bytes]:
    """The bytes of the zip file of all pictures of a project."""
    return stream(project, record.of_pictures(project.pictures.select_related("picture_class").order_by("id")))


def stream(project: Project, rows: Sequence[Row]) -> Iterator[bytes]:
    """The bytes of a zip file, one picture after the other; one whose file is gone is only in the table.

    Args:
        project: whose pictures.
        rows: in the order in which a training reads them.
    """
    outbox, folder, table = Outbox(), safe(project.name), io.StringIO()
    folder_of, lines = dataset.places({row.label: row.is_other for row in rows}, safe), csv.writer(table)
    lines.writerow(_COLUMNS)
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:  # Pictures do not get smaller.
        for row in rows:
            place, is_there = f"{folder_of(row.label)}/{_name(row)}", True
            try:
                archive.writestr(f"{folder}/{place}", store.path_of(project.id, row.digest).read_bytes())
            except OSError:
                is_there = False
            there = "yes" if is_there else "no"
            lines.writerow([place, harmless(row.label), row.part, row.digest, there, harmless(row.group)])
            yield outbox.take()
        archive.writestr(f"{folder}/{TABLE}", table.getvalue().encode("utf-8-sig"))
        if manifest := groups.manifest(rows, lambda row: f"{safe(row.label)}/{_name(row)}"):
            archive.writestr(f"{folder}/{groups.MANIFEST}", manifest.encode())
    yield outbox.take()


def _name(row: Row) -> str:
    """The name of a picture's file: its number as in the job's folder of a training, and what it was sent as.

    A suffix that is none of a picture's goes: a file is one by its suffix, or else by its first bytes.
    """
    sent = Path(safe(row.name[-80:]))
    suffix = sent.suffix if is_named_so(sent) else ""
    return f"{row.number:08}{suffix}" if row.is_other or not row.name else f"{row.number:08}-{sent.stem}{suffix}"
