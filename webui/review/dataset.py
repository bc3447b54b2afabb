"""The data set that accepted corrections make: where each picture lies, its row in the table, and the README.

classes/<label>/<uuid>.jpg      for `fit --data`
unknown/<uuid>.jpg              for `fit --unknown`: none of the classes
corrections.csv                 a row for each picture
README.txt
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time

from django.utils import timezone

from recognizer.bulk.spreadsheets import harmless
from recognizer.folders import command_line
from webui.history import pictures
from webui.history.models import Correction, CorrectionKind, State
from webui.review import class_labels

CLASSES, UNKNOWN = "classes", class_labels.UNKNOWN
TABLE, README = "corrections.csv", "README.txt"
COLUMNS = ("file", "label", "kind", "model", "answered", "score", "original_answer", "created", "by")
README_HEAD = "Corrections from Menagerie"
ENOUGH_UNKNOWN = 10
"""With fewer pictures of other things, `fit` takes no --unknown."""
_README = """{head}
==========================

Pictures that people corrected and staff reviewed, as folders to train with:

  classes/<class>/   pictures of a class
  unknown/           pictures of none of the classes
  corrections.csv    what the model said of each, and who said what it is: member, visitor or staff

Train again with the original pictures and these, so that nothing is forgotten. Where ORIGINAL is the
folder that the model was trained on, and DIR this one:

  {command}

Leave out --unknown where unknown/ has fewer than {enough} pictures. A class that is new needs some dozens.
The pictures are people's own: treat them as such.
"""
_CHUNK = 500


@dataclass(frozen=True)
class Selection:
    """A choice among the accepted corrections."""

    since: date | None = None
    """Reviewed on this day (UTC) or later; None: all."""
    model: str = ""
    """Of this model's answers: animals-1; empty: of every model's."""
    include_right: bool = True
    """Whether to take answers that were right, too."""

    def corrections(self) -> Iterator[Correction]:
        """The chosen corrections with their answers, oldest review first."""
        found = Correction.objects.filter(state=State.ACCEPTED).select_related("answer", "user")
        if self.since is not None:
            found = found.filter(reviewed__gte=datetime.combine(self.since, time(), timezone.get_default_timezone()))
        if self.model:
            found = found.filter(answer__model=self.model)
        if not self.include_right:
            found = found.exclude(kind=CorrectionKind.RIGHT)
        return found.order_by("reviewed", "pk").iterator(chunk_size=_CHUNK)


@dataclass(frozen=True)
class Item:
    """A picture of the data set."""

    answer_id: uuid.UUID
    place: str
    """Where it goes, below the folder of the data set, with slashes."""
    row: dict[str, str]
    """Its `COLUMNS`."""


@dataclass(frozen=True)
class Missing:
    """A picture that cannot be in the data set, and why."""

    answer_id: uuid.UUID
    reason: str

    def __str__(self) -> str:
        return f"{self.answer_id}: {self.reason}"


def items(selection: Selection) -> Iterator[Item | Missing]:
    """Each picture of a selection."""
    for correction in selection.corrections():
        answer_id = correction.answer.id
        if correction.label and not class_labels.is_folder_name(correction.label):
            yield Missing(answer_id, f"no folder can be called {correction.label!a}.")
        elif not pictures.exists(answer_id):
            yield Missing(answer_id, "its picture is not kept any longer.")
        else:
            yield Item(answer_id, place_of(correction), _row(correction))


def place_of(correction: Correction) -> str:
    """Where a correction's picture goes, below the folder of the data set, with slashes."""
    folder = f"{CLASSES}/{correction.label}" if correction.label else UNKNOWN
    return f"{folder}/{correction.answer_id}.jpg"


def readme() -> str:
    """The text of the README that lies beside the pictures."""
    data = ("--data", "ORIGINAL", "--data", "DIR/classes", "--unknown", "DIR/unknown")
    command = command_line("training", "fit", *data, "--out", "models/NAME-2.h5")
    return _README.format(head=README_HEAD, command=command, enough=ENOUGH_UNKNOWN)


def _row(correction: Correction) -> dict[str, str]:
    answer = correction.answer
    return {
        "file": place_of(correction),
        "label": harmless(correction.label),
        "kind": correction.kind,
        "model": answer.model,
        "answered": answer.created.isoformat(timespec="seconds"),
        "score": f"{answer.score:.6f}",
        "original_answer": harmless(answer.label if answer.known else ""),
        "created": correction.created.isoformat(timespec="seconds"),
        "by": _role(correction),
    }


def _role(correction: Correction) -> str:
    if correction.user is None:
        return "visitor"
    return "staff" if correction.user.is_staff else "member"
