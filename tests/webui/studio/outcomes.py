"""Outcomes of trainings, as `training fit --outcome` writes them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from webui.jobs import folder
from webui.studio import record
from webui.studio.findings import Begun
from webui.studio.models import Run

Answers = Mapping[int, tuple[str, bool]]
"""What is said of a picture held back, by its number, and whether it is accepted as that."""


def note(run: Run, **begun: Any) -> None:
    """Writes down what a training is begun with, as its command does."""
    pictures = run.project.pictures.select_related("picture_class").order_by("id")
    record.note(run, record.of_pictures(pictures), Begun(**begun))


def outcome_of(run: Run, answers: Answers, **parts: Any) -> dict[str, Any]:
    """What became of the project's pictures: those with an answer were held back, the others trained on."""
    pictures = list(run.project.pictures.select_related("picture_class").order_by("id"))
    label_of = {picture.pk: picture.picture_class.name for picture in pictures}
    return {
        "pictures": [
            {
                "file": f"{label}/{number:08}",
                "class": label,
                "part": "held_back" if number in answers else "training",
                "group": number,
            }
            for number, label in label_of.items()
        ],
        "left_out": [],
        "answers": [
            {"file": f"x/{number:08}", "actual": label_of[number], "said": said, "score": 0.8, "known": known}
            for number, (said, known) in answers.items()
        ],
        "signs": [],
        "compared": [],
        **parts,
    }


def write(run: Run, document: Mapping[str, Any] | Sequence[Any] | bytes) -> None:
    """Leaves an outcome in a job's folder."""
    data = document if isinstance(document, bytes) else json.dumps(document).encode()
    (folder.path_of(run.job_id) / record.OUTCOME).write_bytes(data)
