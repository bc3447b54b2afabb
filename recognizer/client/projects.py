"""Projects of Studio and their trainings: pictures in, a version of a model out.

Client.project -> Project -> add, train -> Training, asked for again and again -> TrainingStatus
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import httpx2

from recognizer import files
from recognizer.client import calls, project_calls
from recognizer.client.calls import Call, Loaded, Picture
from recognizer.client.project_calls import Passed, Recipe, Sent, TrainingStatus

Send = Callable[[Call], httpx2.Response]


class Training:
    """A training of a project; `Project.train` begins one. Its methods raise as `Client.correct` does."""

    def __init__(self, send: Send, training_id: str) -> None:
        self._send, self.id = send, training_id

    def status(self) -> TrainingStatus:
        """How far it is."""
        return project_calls.status(self._send(Call("GET", project_calls.training(self.id))))

    def wait(self) -> TrainingStatus:
        """Waits until it is done, which takes minutes to hours.

        Raises:
            Problem: it failed, with the code `training_failed`, or is paused, `training_paused`; or the server refuses.
            Unreachable: the server does not answer.
        """
        waits_s = project_calls.waits_s()
        while not (status := self.status()).is_finished:
            time.sleep(next(waits_s))
        project_calls.refuse_unfinished(status)
        return status

    def pause(self) -> None:
        """Puts it aside, until `resume`."""
        calls.done(self._send(Call("POST", project_calls.training(self.id, "pause"))))

    def resume(self) -> None:
        """Has it go on where it was, after it was paused or cut off."""
        calls.done(self._send(Call("POST", project_calls.training(self.id, "resume"))))

    def save_model(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file that came of it.

        Raises:
            OSError: it cannot be written.
        """
        model = project_calls.model(self._send(Call("GET", project_calls.training(self.id, "model.h5"))))
        files.write_whole(Path(path), model)

    def delete(self) -> None:
        """Stops it, or takes it off the list; a model that is done stays."""
        calls.done(self._send(Call("DELETE", project_calls.training(self.id))))


class Project:
    """A project of yours; `Client.project` gives one. Its methods raise as `Client.correct` does."""

    def __init__(self, send: Send, project_id: str, name: str) -> None:
        self._send, self.id, self.name = send, project_id, name

    def classes(self) -> dict[str, int]:
        """How many pictures each class has."""
        return project_calls.classes(self._send(Call("GET", project_calls.project(self.id))))

    def add(self, label: str | None, pictures: Iterable[Picture]) -> list[Passed]:
        """Adds pictures to a class, which is made where there is none; gives those that were not added.

        Sixteen are sent at once, so that memory does not grow with their number. Sending the same again adds nothing.

        Args:
            label: the name of the class; None: they are not sorted yet.
            pictures: paths of their files, or their bytes.
        """
        return [passed for batch in calls.batches(pictures) for passed in self._add(label, batch)]

    def train(self, recipe: Recipe = "quick", *, by_groups: bool = True) -> Training:
        """Begins a training, as soon as it is its turn.

        Args:
            recipe: how thoroughly; `quick` looks at each picture once, `animals` four times, `thorough` trains the
                network itself.
            by_groups: whether whole folders or days are held back, where the pictures suggest any.
        """
        begun = self._send(project_calls.train(self.id, recipe, by_groups=by_groups))
        return Training(self._send, project_calls.status(begun).id)

    def trainings(self) -> list[Training]:
        """Its latest trainings, up to a hundred, the newest first."""
        found = project_calls.training_ids(self._send(project_calls.list_trainings(self.id)))
        return [Training(self._send, each) for each in found]

    def delete(self) -> None:
        """Deletes it with all of its pictures; models that it made stay."""
        calls.done(self._send(Call("DELETE", project_calls.project(self.id))))

    def _add(self, label: str | None, batch: list[Loaded]) -> list[Passed]:
        unread, sent = project_calls.split(batch)
        return unread + (self._sent(label, sent) if sent else [])

    def _sent(self, label: str | None, sent: Sent) -> list[Passed]:
        passed = project_calls.passed(self._send(project_calls.add(self.id, label, sent)), sent)
        return passed if passed is not None else [each for one in sent for each in self._sent(label, [one])]


def projects(send: Send) -> list[Project]:
    """Your projects, the newest first."""
    return [Project(send, each.id, each.name) for each in project_calls.entries(send(project_calls.list_projects()))]


def project(send: Send, name: str) -> Project:
    """Your newest project of this name, which is made where there is none."""
    known = next((each for each in projects(send) if each.name == name), None)
    if known is not None:
        return known
    made = project_calls.entry(send(project_calls.make_project(name)))
    return Project(send, made.id, made.name)
