"""The client for asyncio: its methods are awaited, what it lists is iterated with `async for`."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable
from types import TracebackType

import httpx2

from recognizer.client import answers, async_projects, batches, calls, problems
from recognizer.client.answers import Activation, Answer, Correction, HistoryAnswer, ModelVersion
from recognizer.client.async_projects import AsyncProject
from recognizer.client.batches import AsyncBatch, Packed
from recognizer.client.calls import Call, Loaded, Outcome, Picture
from recognizer.client.retries import Retries, Waits
from recognizer.errors import ImageError


class AsyncClient:
    """A server, as coroutines ask it. Keeps connections open until it is closed; use it in `async with`."""

    def __init__(
        self,
        server: str,
        *,
        key: str | None = None,
        timeout_s: float = 60,
        retries: Retries | None = None,
        transport: httpx2.AsyncBaseTransport | None = None,
    ) -> None:
        """Connects to nothing yet.

        Args:
            server: its address, such as http://127.0.0.1:8000.
            key: an API key, where the server wants one.
            timeout_s: for each part of a request: connecting, sending, waiting for the answer.
            retries: how often to try again where the server is busy.
            transport: of the requests, for tests.

        Raises:
            CallerError: the address or the key cannot be one.
        """
        self._http = httpx2.AsyncClient(**calls.settings(server, key), timeout=timeout_s, transport=transport)
        self._retries = retries or Retries()

    async def __aenter__(self) -> AsyncClient:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.close()

    async def close(self) -> None:
        """Closes the connections."""
        await self._http.aclose()

    async def classify(self, picture: Picture, *, heatmap: bool = False, keep: bool = True) -> Answer:
        """Says what is in one picture.

        Args:
            picture: the path of its file, or its bytes.
            heatmap: whether to draw where the class is seen.
            keep: whether the history keeps the answer, where the server has one.

        Raises:
            ImageError: the picture cannot be used; a `PictureProblem` where the server says so.
            Problem: the server refuses.
            Unreachable: it does not answer.
        """
        [outcome] = [each async for _, each in self.classify_many([picture], heatmap=heatmap, keep=keep)]
        if isinstance(outcome, ImageError):
            raise outcome
        return outcome

    async def classify_many(
        self, pictures: Iterable[Picture], *, heatmap: bool = False, keep: bool = True
    ) -> AsyncIterator[tuple[Picture, Outcome]]:
        """Says what is in pictures, in their order; one that cannot be used has its error and does not hurt the others.

        Sixteen are sent at once, so that memory does not grow with their number. Raises as `classify` does.
        """
        for batch in calls.batches(pictures):
            for merged in calls.merged(batch, await self._outcomes(batch, heatmap=heatmap, keep=keep)):
                yield merged

    async def batch(self, pictures: Iterable[Picture]) -> AsyncBatch:
        """Sends up to 10,000 pictures at once, for the server to answer when it has time; needs a key.

        They are packed into a temporary file first, so that memory does not grow with their number. Raises as
        `classify` does; `AsyncBatch.results` has the answers, and the errors of single pictures.
        """
        packed = await asyncio.to_thread(Packed, pictures)
        try:
            sent = "" if packed.is_empty else batches.status_in(await self._send(batches.submit(packed))).id
        finally:
            packed.close()
        return AsyncBatch(self._send, packed, sent)

    async def history(self) -> AsyncIterator[HistoryAnswer]:
        """Your own answers that the server keeps, newest first. Raises as `classify` does."""
        before = None
        while True:
            page = calls.listed(await self._send(calls.history(before)), "answers", answers.history_answer)
            for answer in page:
                yield answer
            if len(page) < calls.HISTORY_PAGE:
                return
            before = page[-1].id

    async def models(self) -> list[ModelVersion]:
        """The versions that the server can use. Raises as `classify` does."""
        return calls.listed(await self._send(calls.models()), "models", answers.model_version)

    async def correct(self, answer_id: str, kind: str, label: str | None = None) -> Correction:
        """Says what is really in the picture of one of your own answers, instead of what was said before.

        Args:
            answer_id: the answer's `id`.
            kind: `right`, `class`, `none` or `new_class`.
            label: what is in the picture, for `class` and `new_class`.

        Raises:
            Problem: the server refuses.
            Unreachable: it does not answer.
        """
        return calls.one(await self._send(calls.correct(answer_id, kind, label)), answers.correction)

    async def withdraw(self, answer_id: str) -> None:
        """Takes back what was said of one of your own answers. Raises as `correct` does."""
        calls.done(await self._send(calls.withdraw(answer_id)))

    async def delete(self, answer_id: str) -> None:
        """Deletes one of your own answers, with its picture. Raises as `correct` does."""
        calls.done(await self._send(calls.delete(answer_id)))

    async def activate(self, version: str) -> Activation:
        """Begins to make a version the one that answers; see `activation`. Raises as `correct` does."""
        return calls.one(await self._send(calls.activate(version)), answers.activation)

    async def activation(self, number: int) -> Activation:
        """What has become of an activation, by its `id`. Raises as `correct` does."""
        return calls.one(await self._send(calls.activation(number)), answers.activation)

    async def projects(self) -> list[AsyncProject]:
        """Your projects in Studio, the newest first; needs a key. Raises as `correct` does."""
        return await async_projects.projects(self._send)

    async def project(self, name: str) -> AsyncProject:
        """Your newest project of this name in Studio, made where there is none. Raises as `correct` does."""
        return await async_projects.project(self._send, name)

    async def _outcomes(self, batch: list[Loaded], *, heatmap: bool, keep: bool) -> list[Outcome]:
        sent = [each for each in batch if isinstance(each.data, bytes)]
        if not sent:
            return []
        together = calls.outcomes(await self._send(calls.classify(sent, heatmap=heatmap, keep=keep)), len(sent))
        if together is not None:
            return together
        return [outcome for each in sent for outcome in await self._outcomes([each], heatmap=heatmap, keep=keep)]

    async def _send(self, call: Call) -> httpx2.Response:
        waits = Waits(self._retries)
        while True:
            try:
                response = await self._http.request(**call.async_arguments())
            except (httpx2.RequestError, httpx2.InvalidURL) as err:
                raise problems.unreachable(self._http.base_url, err) from err
            wait_s = waits.after(response)
            if wait_s is None:
                return response
            await asyncio.sleep(wait_s)
