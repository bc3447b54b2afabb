"""Pictures of the history as a zip file, in a folder for each class, written while it is being sent.

<folder>/cat/felix.jpg              what is right, as somebody said; else what the model said
<folder>/perhaps/dog/rex.jpg        turned away, and perhaps a dog
<folder>/unknown/cup.jpg            none of the classes
<folder>/answers.csv                the row of each, as the history exports it
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import PurePath

from webui import wording
from webui.history import export, pictures
from webui.history.models import Answer
from webui.history.zip_stream import Outbox

UNKNOWN, PERHAPS, TABLE = "unknown", "perhaps", "answers.csv"

# What one file system or another does not take in a name.
_UNSAFE = re.compile(r'[\x00-\x1f\x7f/\\:*?"<>|]')
_LONGEST_NAME = 80
# Of 255 that the usual file systems take, with room for a number and ".jpg".
_MOST_BYTES = 240


def stream(answers: Sequence[Answer], *, folder: str) -> Iterator[bytes]:
    """The bytes of the zip file, one picture after the other; a picture that is gone is only in the table.

    Args:
        answers: with their corrections and accounts.
        folder: name of the one folder in it.
    """
    outbox, taken = Outbox(), set[str]()
    with zipfile.ZipFile(outbox, "w", zipfile.ZIP_STORED) as archive:  # JPEGs do not get smaller.
        archive.writestr(f"{folder}/{TABLE}", "".join(export.lines_of(answers)))
        for answer in answers:
            data = pictures.read(answer.id)
            if data is not None:
                archive.writestr(f"{folder}/{_free(place_of(answer), taken)}", data)
            yield outbox.take()
    yield outbox.take()


def place_of(answer: Answer) -> str:
    """Where an answer's picture belongs, below the folder of all, with slashes."""
    name = safe(PurePath(answer.filename).stem[:_LONGEST_NAME] or str(answer.id))
    return f"{_folder_of(answer)}/{name}.jpg"


def _folder_of(answer: Answer) -> str:
    said = answer.said
    if said is not None:
        return safe(said.label) if said.label else UNKNOWN
    if answer.known:
        return safe(answer.label)
    if wording.perhaps(answer.label, answer.score, answer.likeness):
        return f"{PERHAPS}/{safe(answer.label)}"
    return UNKNOWN


def safe(text: str) -> str:
    """A text as part of a path: nothing that leads elsewhere, or that some system refuses."""
    short = _UNSAFE.sub("_", text).encode(errors="replace")[:_MOST_BYTES].decode(errors="ignore")
    return short.strip(". ") or "_"


def _free(place: str, taken: set[str]) -> str:
    """The place, or one beside it where another picture has it: file systems may not tell A from a."""
    stem, found, number = place.removesuffix(".jpg"), place, 1
    while found.casefold() in taken:
        number += 1
        found = f"{stem}-{number}.jpg"
    taken.add(found.casefold())
    return found
