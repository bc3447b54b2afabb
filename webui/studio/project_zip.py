"""All pictures of a project as a zip file that `training fit` reads once it is unpacked; written while it is sent.

<project>/classes/<class>/12-felix.jpg      --data <project>/classes
<project>/other/31-cup.jpg                  --unknown <project>/other
"""

from __future__ import annotations

import zipfile
from collections.abc import Iterator

from webui.history.sorted_zip import safe
from webui.history.zip_stream import Outbox
from webui.studio import dataset, store
from webui.studio.models import Project


def stream(project: Project) -> Iterator[bytes]:
    """The bytes of the zip file, one picture after the other; a picture whose file is gone is left out."""
    outbox, folder = Outbox(), safe(project.name)
    place = dataset.places(project.classes.all(), safe)
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:  # Pictures do not get smaller.
        for picture in project.pictures.select_related("picture_class").order_by("id").iterator():
            try:
                data = store.path_of(project.id, picture.digest).read_bytes()
            except OSError:
                continue
            where = f"{folder}/{place(picture.picture_class)}/{picture.pk}-{safe(picture.name[-80:])}"
            archive.writestr(where, data)
            yield outbox.take()
    yield outbox.take()
