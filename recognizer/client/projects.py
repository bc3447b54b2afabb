"""Projects of Studio and their trainings: pictures in, a version of a model out.

Client.project -> Project -> add, train -> Training, asked for again and again -> TrainingStatus
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from urllib.parse import quote

import httpx2

from recognizer import files
from recognizer.client import calls, problems
from recognizer.client.calls import Call, Loaded, Picture
from recognizer.client.problems import Problem
from recognizer.errors import ImageError, MenagerieError

Recipe = Literal["quick", "animals", "thorough"]
Send = Callable[[Call], httpx2.Response]

_PROJECTS = "api/v1/projects"
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
    """`waiting`, `running`, `done` or `failed`."""
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
        """Whether nothing more will come of it."""
        return self.state in {"done", "failed"}


class Training:
    """A training of a project; `Project.train` begins one. Its methods raise as `Client.correct` does."""

    def __init__(self, send: Send, training_id: str) -> None:
        self._send, self.id = send, training_id
        self._path = f"api/v1/trainings/{quote(training_id, safe='')}"

    def status(self) -> TrainingStatus:
        """How far it is."""
        return calls.one(self._send(Call("GET", self._path)), _status)

    def wait(self) -> TrainingStatus:
        """Waits until it is done, which takes minutes to hours.

        Raises:
            Problem: it failed, with the code `training_failed`; or the server refuses.
            Unreachable: the server does not answer.
        """
        wait_s = _FIRST_WAIT_S
        while not (status := self.status()).is_finished:
            time.sleep(wait_s)
            wait_s = min(2 * wait_s, _LONGEST_WAIT_S)
        if status.state == "failed":
            raise Problem(status.failure, code="training_failed", title="The training failed")
        return status

    def resume(self) -> None:
        """Has it go on where it was, after it was cut off."""
        calls.done(self._send(Call("POST", f"{self._path}/resume")))

    def save_model(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file that came of it.

        Raises:
            OSError: it cannot be written.
        """
        response = self._send(Call("GET", f"{self._path}/model.h5"))
        calls.done(response)
        files.write_whole(Path(path), response.content)

    def delete(self) -> None:
        """Stops it, or takes it off the list; a model that is done stays."""
        calls.done(self._send(Call("DELETE", self._path)))


class Project:
    """A project of yours; `Client.project` gives one. Its methods raise as `Client.correct` does."""

    def __init__(self, send: Send, project_id: str, name: str) -> None:
        self._send, self.id, self.name = send, project_id, name
        self._path = f"{_PROJECTS}/{quote(project_id, safe='')}"

    def classes(self) -> dict[str, int]:
        """How many pictures each class has."""
        return calls.one(self._send(Call("GET", self._path)), _classes)

    def add(self, label: str | None, pictures: Iterable[Picture]) -> list[Passed]:
        """Adds pictures to a class, which is made where there is none; gives those that were not added.

        Sixteen are sent at once, so that memory does not grow with their number. Sending the same again adds nothing.

        Args:
            label: the name of the class; None: they are not sorted yet.
            pictures: paths of their files, or their bytes.
        """
        return [passed for batch in calls.batches(pictures) for passed in self._add(label, batch)]

    def train(self, recipe: Recipe = "quick") -> Training:
        """Begins a training, as soon as it is its turn.

        Args:
            recipe: how thoroughly; `quick` looks at each picture once, `animals` four times, `thorough` trains the
                network itself.
        """
        call = Call("POST", f"{self._path}/trainings", json={"recipe": recipe})
        return Training(self._send, calls.one(self._send(call), _status).id)

    def trainings(self) -> list[Training]:
        """Its latest trainings, up to a hundred, the newest first."""
        response = self._send(Call("GET", f"{self._path}/trainings", {"limit": 100}))
        return calls.listed(response, "trainings", lambda entry: Training(self._send, str(entry["id"])))

    def delete(self) -> None:
        """Deletes it with all of its pictures; models that it made stay."""
        calls.done(self._send(Call("DELETE", self._path)))

    def _add(self, label: str | None, batch: list[Loaded]) -> list[Passed]:
        unread = [_not_added(each.name, each.data) for each in batch if isinstance(each.data, ImageError)]
        sent = [("image", (each.name, each.data)) for each in batch if isinstance(each.data, bytes)]
        return unread + (self._sent(label, sent) if sent else [])

    def _sent(self, label: str | None, sent: list[tuple[str, tuple[str, bytes]]]) -> list[Passed]:
        into: dict[str, str | int] = {} if label is None else {"class": label}
        response = self._send(Call("POST", f"{self._path}/pictures", into, sent))
        if not problems.is_about_pictures(response):
            return calls.one(response, _passed)
        if len(sent) > 1:  # Together they have too many bytes.
            return [passed for each in sent for passed in self._sent(label, [each])]
        return [_not_added(sent[0][1][0], problems.of_response(response))]


def projects(send: Send) -> list[Project]:
    """Your projects, the newest first."""
    response = send(Call("GET", _PROJECTS))
    return calls.listed(response, "projects", lambda entry: _project(send, entry))


def project(send: Send, name: str) -> Project:
    """Your newest project of this name, which is made where there is none."""
    known = next((each for each in projects(send) if each.name == name), None)
    return known or calls.one(send(Call("POST", _PROJECTS, json={"name": name})), lambda entry: _project(send, entry))


def _project(send: Send, entry: Mapping[str, Any]) -> Project:
    return Project(send, str(entry["id"]), str(entry["name"]))


def _classes(entry: Mapping[str, Any]) -> dict[str, int]:
    return {str(each["name"]): int(each["pictures"]) for each in entry["classes"]}


def _passed(entry: Mapping[str, Any]) -> list[Passed]:
    return [Passed(str(each["filename"]), str(each["code"]), str(each["detail"])) for each in entry["passed"]]


def _not_added(filename: str, error: MenagerieError) -> Passed:
    return Passed(filename, error.code, str(error))


def _status(entry: Mapping[str, Any]) -> TrainingStatus:
    progress, result, failure = entry["progress"], entry["result"], entry["failure"]
    return TrainingStatus(
        id=str(entry["id"]),
        state=str(entry["state"]),
        model=str(entry["model"]),
        stage=str(progress["stage"]),
        share=progress["share"],
        seconds_left=progress["seconds_left"],
        right=int(result["right"]) if result else None,
        held_back=int(result["held_back"]) if result else None,
        failure=str(failure["detail"]) if failure else "",
    )
