"""Projects of Studio and their trainings, for asyncio; see projects.py."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Iterable
from pathlib import Path

import httpx2

from recognizer import files
from recognizer.client import calls, project_calls
from recognizer.client.calls import Call, Loaded, Picture
from recognizer.client.project_calls import Passed, Recipe, Sent, TrainingStatus

Send = Callable[[Call], Awaitable[httpx2.Response]]


class AsyncTraining:
    """A training of a project; `AsyncProject.train` begins one. Its methods raise as `AsyncClient.correct` does."""

    def __init__(self, send: Send, training_id: str) -> None:
        self._send, self.id = send, training_id

    async def status(self) -> TrainingStatus:
        """How far it is."""
        return project_calls.status(await self._send(Call("GET", project_calls.training(self.id))))

    async def wait(self) -> TrainingStatus:
        """Waits until it is done, which takes minutes to hours; raises as `Training.wait` does."""
        waits_s = project_calls.waits_s()
        while not (status := await self.status()).is_finished:
            await asyncio.sleep(next(waits_s))
        project_calls.refuse_unfinished(status)
        return status

    async def pause(self) -> None:
        """Puts it aside, until `resume`."""
        calls.done(await self._send(Call("POST", project_calls.training(self.id, "pause"))))

    async def resume(self) -> None:
        """Has it go on where it was, after it was paused or cut off."""
        calls.done(await self._send(Call("POST", project_calls.training(self.id, "resume"))))

    async def save_model(self, path: str | os.PathLike[str]) -> None:
        """Writes the model file that came of it; raises an OSError where it cannot be written."""
        model = project_calls.model(await self._send(Call("GET", project_calls.training(self.id, "model.h5"))))
        await asyncio.to_thread(files.write_whole, Path(path), model)

    async def delete(self) -> None:
        """Stops it, or takes it off the list; a model that is done stays."""
        calls.done(await self._send(Call("DELETE", project_calls.training(self.id))))


class AsyncProject:
    """A project of yours; `AsyncClient.project` gives one. Its methods raise as `AsyncClient.correct` does."""

    def __init__(self, send: Send, project_id: str, name: str) -> None:
        self._send, self.id, self.name = send, project_id, name

    async def classes(self) -> dict[str, int]:
        """How many pictures each class has."""
        return project_calls.classes(await self._send(Call("GET", project_calls.project(self.id))))

    async def add(self, label: str | None, pictures: Iterable[Picture]) -> list[Passed]:
        """Adds pictures to a class, and gives those that were not added; see `Project.add`."""
        return [passed for batch in calls.batches(pictures) for passed in await self._add(label, batch)]

    async def train(self, recipe: Recipe = "quick", *, by_groups: bool = True) -> AsyncTraining:
        """Begins a training, as soon as it is its turn; see `Project.train`."""
        call = project_calls.train(self.id, recipe, by_groups=by_groups)
        begun = project_calls.status(await self._send(call))
        return AsyncTraining(self._send, begun.id)

    async def trainings(self) -> list[AsyncTraining]:
        """Its latest trainings, up to a hundred, the newest first."""
        found = project_calls.training_ids(await self._send(project_calls.list_trainings(self.id)))
        return [AsyncTraining(self._send, each) for each in found]

    async def delete(self) -> None:
        """Deletes it with all of its pictures; models that it made stay."""
        calls.done(await self._send(Call("DELETE", project_calls.project(self.id))))

    async def _add(self, label: str | None, batch: list[Loaded]) -> list[Passed]:
        unread, sent = project_calls.split(batch)
        return unread + (await self._sent(label, sent) if sent else [])

    async def _sent(self, label: str | None, sent: Sent) -> list[Passed]:
        passed = project_calls.passed(await self._send(project_calls.add(self.id, label, sent)), sent)
        return passed if passed is not None else [each for one in sent for each in await self._sent(label, [one])]


async def projects(send: Send) -> list[AsyncProject]:
    """Your projects, the newest first."""
    found = project_calls.entries(await send(project_calls.list_projects()))
    return [AsyncProject(send, each.id, each.name) for each in found]


async def project(send: Send, name: str) -> AsyncProject:
    """Your newest project of this name, which is made where there is none."""
    known = next((each for each in await projects(send) if each.name == name), None)
    if known is not None:
        return known
    made = project_calls.entry(await send(project_calls.make_project(name)))
    return AsyncProject(send, made.id, made.name)
