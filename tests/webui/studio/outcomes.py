"""Outcomes of trainings, as `training fit --outcome` writes them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.test import Client
from django.urls import reverse

from tests.webui.studio.factories import make_run
from webui.jobs import folder
from webui.jobs.models import State
from webui.studio import record
from webui.studio.findings import Begun
from webui.studio.models import Project, Run

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


def numbers(project: Project, label: str) -> list[int]:
    return list(project.pictures.filter(picture_class__name=label).order_by("id").values_list("id", flat=True))


def ended(project: Project, *, model: str = "our_mugs-1", **parts: object) -> Run:
    """A training that held back three pictures of each class: a mug is taken for a cup, a cup turned away."""
    run = make_run(project, state=State.DONE, model=model)
    note(run, **parts.pop("begun", {}))  # type: ignore[arg-type]
    answers = {number: (label, True) for label in ("mug", "cup") for number in numbers(project, label)[:3]}
    answers[numbers(project, "mug")[0]] = ("cup", True)
    answers[numbers(project, "cup")[0]] = ("cup", False)
    write(run, outcome_of(run, answers, **parts))
    return run


def page_of(client: Client, run: Run) -> str:
    return client.get(reverse("studio_run", args=[run.job_id])).content.decode()


def options(line: Iterable[str], name: str) -> list[list[str]]:
    """What follows each of an option, until the next one."""
    found: list[list[str]] = []
    for word in line:
        if word.startswith("--"):
            found.append([word])
        elif found:
            found[-1].append(word)
    return [words for first, *words in found if first == name]
