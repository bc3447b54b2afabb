"""Hands out an export as a zip file, which is written while it is being sent.

The numbers of a model do not get smaller, so they are stored as they are.
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header

from webui.exports import asking
from webui.history.sorted_zip import safe
from webui.history.zip_stream import Outbox

_PIECE_BYTES = 2**18


def download(digest: str, target: str) -> StreamingHttpResponse:
    """The zip file of the export of a model file for a target.

    Raises:
        Http404: there is none that is ready.
    """
    export = asking.latest(digest).get(target)
    if export is None or not export.is_ready:
        raise Http404
    name = safe(f"{export.model}-{export.target}")
    response = StreamingHttpResponse(stream(export.folder, name), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=f"{name}.zip") or ""
    response["Cache-Control"] = "no-store"
    return response


def stream(folder: Path, name: str) -> Iterator[bytes]:
    """The bytes of a zip file with all files of a folder, piece by piece.

    Args:
        folder: what is in it, at any depth, but for links.
        name: of the one folder in the zip file.
    """
    outbox = Outbox()
    files = sorted(path for path in folder.rglob("*") if path.is_file() and not path.is_symlink())
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:
        for path in files:
            entry = zipfile.ZipInfo.from_file(path, f"{name}/{path.relative_to(folder).as_posix()}")
            entry.external_attr = 0o644 << 16  # Those of the server's own folder are for nobody else.
            with path.open("rb") as source, archive.open(entry, "w") as entry_file:
                while piece := source.read(_PIECE_BYTES):
                    entry_file.write(piece)
                    yield outbox.take()
    yield outbox.take()
