"""A batch of a server: thousands of pictures in one request, and their answers as the server gets to them.

pictures -> a zip file on this disk -> POST -> BatchStatus, asked for again and again
                                            -> rows, page by page -> outcomes in the order of the pictures
"""

from __future__ import annotations

import asyncio
import json
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, BinaryIO
from zipfile import ZipFile

import httpx2

from recognizer.client import answers, calls, problems
from recognizer.client.answers import ModelName
from recognizer.client.calls import Call, Outcome, Picture
from recognizer.client.problems import Problem
from recognizer.errors import ImageError

_PAGE = 500
_LONGEST_WAIT_S = 5.0
_FIRST_WAIT_S = 0.25


@dataclass(frozen=True)
class BatchStatus:
    """How far a batch is."""

    id: str
    state: str
    """`waiting`, `running`, `done` or `failed`."""
    done: int
    total: int
    """Pictures that were sent and are pictures by their beginning or name."""
    unreadable: int
    seconds_left: float | None
    model: ModelName
    """The one that answers all pictures of the batch."""
    expires: datetime
    """When the server removes it."""
    failure: str
    """Why it failed, in a sentence; else empty."""

    @property
    def is_finished(self) -> bool:
        """Whether no more answers will come."""
        return self.state in {"done", "failed"}


class Packed:
    """Pictures in one zip file, but for those whose files cannot be read."""

    def __init__(self, pictures: Iterable[Picture]) -> None:
        """Reads all pictures, one after the other, into a temporary file."""
        self.pictures = list(pictures)
        self.problems = dict[int, ImageError]()
        """Why a picture could not be sent, by its place."""
        self.file: BinaryIO = tempfile.TemporaryFile()  # noqa: SIM115 - `close` ends it.
        with ZipFile(self.file, "w") as archive:  # Pictures do not get smaller.
            for place, picture in enumerate(self.pictures):
                data = calls.load(picture)
                if isinstance(data, ImageError):
                    self.problems[place] = data
                else:
                    archive.writestr(f"{place:06}.jpg", data)  # The server looks at what it is, not at its name.

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to send."""
        return len(self.problems) == len(self.pictures)

    def close(self) -> None:
        """Removes the zip file."""
        self.file.close()


def submit(packed: Packed) -> Call:
    """Sends a batch."""
    return Call("POST", "api/v1/batches", upload=packed.file)


class _Pages:
    """What to ask for next, and how long to wait before that."""

    def __init__(self, batch_id: str, total: int) -> None:
        self._path = f"api/v1/batches/{batch_id}"
        self._done, self._total = 0, total
        self._wait_s = _FIRST_WAIT_S

    @property
    def is_end(self) -> bool:
        return self._done >= self._total

    def call(self) -> Call:
        return Call("GET", f"{self._path}/results.jsonl", {"after": self._done, "limit": _PAGE})

    def take(self, status: BatchStatus, response: httpx2.Response) -> list[Outcome]:
        if not response.is_success:
            raise problems.of_response(response)
        page = calls.checked(response, lambda: _outcomes(status.model, response.text))
        self._done += len(page)
        if not page and status.is_finished:
            raise Problem(
                status.failure or "The batch has fewer answers than pictures.",
                code="batch_failed",
                title="The batch failed",
            )
        return page

    def wait_s(self, page: list[Outcome]) -> float:
        """Seconds to wait before the next page: the longer, the longer nothing comes; none where there is more."""
        self._wait_s = _FIRST_WAIT_S if page else min(2 * self._wait_s, _LONGEST_WAIT_S)
        return 0.0 if len(page) == _PAGE or self.is_end else self._wait_s


class Batch:
    """A batch that was sent; `Client.batch` gives one."""

    def __init__(self, send: Callable[[Call], httpx2.Response], packed: Packed) -> None:
        """Sends it; where no picture could be read there is nothing to send, and `id` is empty."""
        self._send, self._packed = send, packed
        self.id = "" if packed.is_empty else status_in(send(submit(packed))).id

    def status(self) -> BatchStatus:
        """How far it is. Raises as `Client.classify` does."""
        return status_in(self._send(Call("GET", f"api/v1/batches/{self.id}")))

    def results(self) -> Iterator[tuple[Picture, Outcome]]:
        """Each picture with its answer or its error, in their order, as the server gets to them; waits for them.

        Raises as `Client.classify` does; a `Problem` with the code `batch_failed` where the server gave it up.
        """
        outcomes = self._outcomes()
        for place, picture in enumerate(self._packed.pictures):
            problem = self._packed.problems.get(place)
            yield picture, next(outcomes) if problem is None else problem

    def cancel(self) -> None:
        """Ends it, and removes it with its answers."""
        if self.id:
            refuse(self._send(Call("DELETE", f"api/v1/batches/{self.id}")))

    def _outcomes(self) -> Iterator[Outcome]:
        pages = _Pages(self.id, len(self._packed.pictures) - len(self._packed.problems))
        while not pages.is_end:
            page = pages.take(self.status(), self._send(pages.call()))
            yield from page
            time.sleep(pages.wait_s(page))


class AsyncBatch:
    """A batch that was sent; `AsyncClient.batch` gives one."""

    def __init__(self, send: Callable[[Call], Awaitable[httpx2.Response]], packed: Packed, batch_id: str) -> None:
        self._send, self._packed = send, packed
        self.id = batch_id

    async def status(self) -> BatchStatus:
        """How far it is. Raises as `AsyncClient.classify` does."""
        return status_in(await self._send(Call("GET", f"api/v1/batches/{self.id}")))

    async def results(self) -> AsyncIterator[tuple[Picture, Outcome]]:
        """Each picture with its answer or its error, in their order, as the server gets to them; waits for them.

        Raises as `AsyncClient.classify` does; a `Problem` with the code `batch_failed` where the server gave it up.
        """
        outcomes = self._outcomes()
        for place, picture in enumerate(self._packed.pictures):
            problem = self._packed.problems.get(place)
            yield picture, await anext(outcomes) if problem is None else problem

    async def cancel(self) -> None:
        """Ends it, and removes it with its answers."""
        if self.id:
            refuse(await self._send(Call("DELETE", f"api/v1/batches/{self.id}")))

    async def _outcomes(self) -> AsyncIterator[Outcome]:
        pages = _Pages(self.id, len(self._packed.pictures) - len(self._packed.problems))
        while not pages.is_end:
            page = pages.take(await self.status(), await self._send(pages.call()))
            for outcome in page:
                yield outcome
            await asyncio.sleep(pages.wait_s(page))


def status_in(response: httpx2.Response) -> BatchStatus:
    """The batch in an answer.

    Raises:
        Problem: it is a refusal, or not what docs/api.md describes.
    """
    refuse(response)
    document = problems.document_of(response)
    return calls.checked(response, lambda: _status(document))


def refuse(response: httpx2.Response) -> None:
    """Raises the problem that an answer is, if it is one."""
    if not response.is_success:
        raise problems.of_response(response)


def _status(document: Mapping[str, Any]) -> BatchStatus:
    progress, failure = document["progress"], document["failure"]
    return BatchStatus(
        id=str(document["id"]),
        state=str(document["state"]),
        done=int(progress["done"]),
        total=int(progress["total"]),
        unreadable=int(progress["unreadable"]),
        seconds_left=None if progress["seconds_left"] is None else float(progress["seconds_left"]),
        model=answers.model_name(document["model"]),
        expires=datetime.fromisoformat(document["expires"]),
        failure=str(failure["detail"]) if failure else "",
    )


def _outcomes(model: ModelName, text: str) -> list[Outcome]:
    return [calls.outcome(model, json.loads(line)) for line in text.splitlines()]
