"""What is asked of a server about projects of Studio and their trainings, and how its answers are read.

Nothing here touches the network.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import quote

import httpx2

from recognizer.client import calls, problems
from recognizer.client.calls import Call, Loaded
from recognizer.client.problems import Problem
from recognizer.errors import ImageError, MenagerieError

Recipe = Literal["quick", "animals", "thorough"]
"""How thoroughly: with one look at each picture, with four, or training the network itself."""
Sent = list[tuple[str, tuple[str, bytes]]]
"""Pictures of a request, as files of a form."""

_PROJECTS = "api/v1/projects"
_MOST_LISTED = 100
_FIRST_WAIT_S, _LONGEST_WAIT_S = 0.25, 5.0


@dataclass(frozen=True)
class Passed:
    """A picture that was not added."""

    filename: str
    code: str
    """`here`, `elsewhere`, `small` or `full`, or the code of what is wrong with the file."""
    detail: str
    """A sentence."""


@dataclass(frozen=True)
class TrainingStatus:
    """How far a training is, and what came of it."""

    id: str
    state: str
    """`waiting`, `running`, `paused`, `done` or `failed`."""
    model: str
    """Name and version that it makes: our_mugs-1."""
    stage: str
    """What it is at; empty before it has begun."""
    share: float | None
    """Of this stage that is done, 0 to 1; None where it cannot say."""
    seconds_left: float | None
    """Of the whole training, about."""
    right: int | None
    """Of the pictures that were held back, how many the model names rightly; None until it is done."""
    held_back: int | None
    """How many were held back; None until it is done."""
    failure: str
    """Why it failed, in a sentence; else empty."""

    @property
    def is_finished(self) -> bool:
        """Whether nothing more will come of it, unless somebody has it go on."""
        return self.state in {"paused", "done", "failed"}


@dataclass(frozen=True)
class Entry:
    """A project among those that a server lists."""

    id: str
    name: str


def list_projects() -> Call:
    """Asks for all projects."""
    return Call("GET", _PROJECTS)


def make_project(name: str) -> Call:
    """Makes a project."""
    return Call("POST", _PROJECTS, json={"name": name})


def project(project_id: str, *rest: str) -> str:
    """The address of a project, or of something of it."""
    return "/".join((_PROJECTS, quote(project_id, safe=""), *rest))


def training(training_id: str, *rest: str) -> str:
    """The address of a training, or of something of it."""
    return "/".join(("api/v1/trainings", quote(training_id, safe=""), *rest))


def add(project_id: str, label: str | None, sent: Sent) -> Call:
    """Sends pictures of a class; None: they are not sorted yet."""
    into: dict[str, str | int] = {} if label is None else {"class": label}
    return Call("POST", project(project_id, "pictures"), into, sent)


def train(project_id: str, recipe: Recipe, *, by_groups: bool) -> Call:
    """Begins a training."""
    return Call("POST", project(project_id, "trainings"), json={"recipe": recipe, "by_groups": by_groups})


def list_trainings(project_id: str) -> Call:
    """Asks for the latest trainings of a project."""
    return Call("GET", project(project_id, "trainings"), {"limit": _MOST_LISTED})


def split(batch: Sequence[Loaded]) -> tuple[list[Passed], Sent]:
    """Pictures whose files cannot be read here, and those that can be sent."""
    unread = [_not_added(each.name, each.data) for each in batch if isinstance(each.data, ImageError)]
    return unread, [("image", (each.name, each.data)) for each in batch if isinstance(each.data, bytes)]


def passed(response: httpx2.Response, sent: Sent) -> list[Passed] | None:
    """The pictures of a request that were not added; None: they are too many bytes, and are to be sent one by one.

    Raises:
        Problem: it is no answer to pictures.
    """
    if not problems.is_about_pictures(response):
        return calls.one(response, _passed)
    return [_not_added(sent[0][1][0], problems.of_response(response))] if len(sent) == 1 else None


def entries(response: httpx2.Response) -> list[Entry]:
    """The projects in an answer."""
    return calls.listed(response, "projects", _entry)


def entry(response: httpx2.Response) -> Entry:
    """The project in an answer."""
    return calls.one(response, _entry)


def classes(response: httpx2.Response) -> dict[str, int]:
    """How many pictures each class of a project has."""
    return calls.one(response, lambda read: {str(each["name"]): int(each["pictures"]) for each in read["classes"]})


def status(response: httpx2.Response) -> TrainingStatus:
    """How far a training is."""
    return calls.one(response, _status)


def training_ids(response: httpx2.Response) -> list[str]:
    """The trainings in an answer."""
    return calls.listed(response, "trainings", lambda read: str(read["id"]))


def model(response: httpx2.Response) -> bytes:
    """The model file in an answer."""
    calls.done(response)
    return response.content


def waits_s() -> Iterator[float]:
    """Seconds between one look at a training and the next: the longer, the longer it takes."""
    wait_s = _FIRST_WAIT_S
    while True:
        yield wait_s
        wait_s = min(2 * wait_s, _LONGEST_WAIT_S)


def refuse_unfinished(ended: TrainingStatus) -> None:
    """Makes sure that a training is done.

    Raises:
        Problem: it failed, or somebody has paused it.
    """
    if ended.state == "failed":
        raise Problem(ended.failure, code="training_failed", title="The training failed")
    if ended.state == "paused":
        raise Problem("The training is paused.", code="training_paused", title="The training is paused")


def _entry(read: Mapping[str, Any]) -> Entry:
    return Entry(str(read["id"]), str(read["name"]))


def _passed(read: Mapping[str, Any]) -> list[Passed]:
    return [Passed(str(each["filename"]), str(each["code"]), str(each["detail"])) for each in read["passed"]]


def _not_added(filename: str, error: MenagerieError) -> Passed:
    return Passed(filename, error.code, str(error))


def _status(read: Mapping[str, Any]) -> TrainingStatus:
    progress, result, failure = read["progress"], read["result"], read["failure"]
    return TrainingStatus(
        id=str(read["id"]),
        state=str(read["state"]),
        model=str(read["model"]),
        stage=str(progress["stage"]),
        share=progress["share"],
        seconds_left=progress["seconds_left"],
        right=int(result["right"]) if result else None,
        held_back=int(result["held_back"]) if result else None,
        failure=str(failure["detail"]) if failure else "",
    )
