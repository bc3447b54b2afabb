"""What is sent to a server, and how its answers are read; nothing here touches the network.

pictures -> batches -> Call -> (HTTP) -> outcomes
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, TypeAlias, TypeVar
from urllib.parse import quote

import httpx2

from recognizer.addresses import is_web_address
from recognizer.bulk.classify_files import read_picture
from recognizer.client import answers, problems
from recognizer.client.answers import Answer, ModelName
from recognizer.errors import CallerError, ImageError, without_traceback
from recognizer.predictions import Prediction

Picture: TypeAlias = str | os.PathLike[str] | bytes
"""A picture: the path of its file, or its bytes."""
Outcome: TypeAlias = Answer | ImageError
Read = TypeVar("Read")

HISTORY_PAGE = 100
# A server reads 16 pictures and, unless it was told otherwise, 64 MB in one request.
_MOST_PICTURES = 16
_MOST_BYTES = 32 * 2**20
_PIECE_BYTES = 2**18


@dataclass(frozen=True)
class Call:
    """A request, but for the server's address and the key."""

    method: str
    path: str
    params: dict[str, str | int] = field(default_factory=dict)
    files: list[tuple[str, tuple[str, bytes]]] | None = None
    json: Mapping[str, str | bool] | None = None
    upload: BinaryIO | None = None
    """A file that is the body; sent in pieces, and from its beginning each time."""

    def arguments(self) -> dict[str, Any]:
        """For `httpx2.Client.request`."""
        asked: dict[str, Any] = {"method": self.method, "url": self.path, "params": self.params, "files": self.files}
        asked |= {"json": self.json} if self.json is not None else {}
        return asked if self.upload is None else asked | {"content": _pieces(self.upload), "headers": self._length()}

    def async_arguments(self) -> dict[str, Any]:
        """For `httpx2.AsyncClient.request`."""
        asked = self.arguments()
        return asked if self.upload is None else asked | {"content": _async_pieces(self.upload)}

    def _length(self) -> dict[str, str]:
        size = self.upload.seek(0, os.SEEK_END) if self.upload else 0
        return {"Content-Length": str(size)}


def _pieces(file: BinaryIO) -> Iterator[bytes]:
    file.seek(0)
    while piece := file.read(_PIECE_BYTES):
        yield piece


async def _async_pieces(file: BinaryIO) -> AsyncIterator[bytes]:
    for piece in _pieces(file):
        yield piece


@dataclass(frozen=True)
class Loaded:
    """A picture that is about to be sent."""

    picture: Picture
    data: bytes | ImageError
    """Or why its file cannot be read."""

    @property
    def name(self) -> str:
        """A name to send it by."""
        if isinstance(self.picture, bytes):
            return "picture"
        return Path(self.picture).name.encode("utf-8", "replace").decode()


def settings(server: str, key: str | None) -> dict[str, Any]:
    """Address and headers, for `httpx2.Client`.

    Raises:
        CallerError: the address or the key cannot be one.
    """
    if not is_web_address(server):
        raise CallerError(f"Expected the address of a server, such as http://127.0.0.1:8000. Received: {server!r}")
    if key is not None and not (key and key.isascii() and key.isprintable()):
        raise CallerError("The API key cannot be one: it has letters that no key has.")
    headers = {"Accept": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
    return {"base_url": server, "headers": headers}


def batches(pictures: Iterable[Picture]) -> Iterator[list[Loaded]]:
    """Pictures in their order, so many at once as a server reads in one request."""
    batch: list[Loaded] = []
    size = 0
    for picture in pictures:
        loaded = Loaded(picture, load(picture))
        more = len(loaded.data) if isinstance(loaded.data, bytes) else 0
        if batch and (len(batch) == _MOST_PICTURES or size + more > _MOST_BYTES):
            yield batch
            batch, size = [], 0
        batch.append(loaded)
        size += more
    if batch:
        yield batch


def load(picture: Picture) -> bytes | ImageError:
    """The bytes of a picture, or why its file cannot be read."""
    if isinstance(picture, bytes):
        return picture
    try:
        return read_picture(os.fspath(picture))
    except ImageError as err:
        return without_traceback(err)


def classify(loaded: Sequence[Loaded], *, heatmap: bool, keep: bool) -> Call:
    """Asks what is in pictures whose files could be read."""
    files = [("image", (each.name, each.data)) for each in loaded if isinstance(each.data, bytes)]
    params: dict[str, str | int] = {"heatmap": str(heatmap).lower(), "keep": str(keep).lower()}
    return Call("POST", "api/v1/classify", params, files)


def history(before: str | None) -> Call:
    """Asks for a page of the history."""
    return Call("GET", "api/v1/history", {"limit": HISTORY_PAGE} | ({"before": before} if before else {}))


def models() -> Call:
    """Asks for the versions that can be used."""
    return Call("GET", "api/v1/models")


def activate(version: str) -> Call:
    """Asks for a version to be made the one that answers."""
    return Call("POST", f"api/v1/models/{quote(version, safe='')}/activate")


def activation(number: int) -> Call:
    """Asks what has become of that."""
    return Call("GET", f"api/v1/activations/{number}")


def correct(answer_id: str, kind: str, label: str | None) -> Call:
    """Says what is really in a picture."""
    said = {"kind": kind} | ({"label": label} if label is not None else {})
    return Call("POST", f"{_answer(answer_id)}/correction", json=said)


def withdraw(answer_id: str) -> Call:
    """Takes back what was said."""
    return Call("DELETE", f"{_answer(answer_id)}/correction")


def delete(answer_id: str) -> Call:
    """Deletes an answer."""
    return Call("DELETE", _answer(answer_id))


def _answer(answer_id: str) -> str:
    return f"api/v1/history/{quote(answer_id, safe='')}"


def outcomes(response: httpx2.Response, number: int) -> list[Outcome] | None:
    """The answers to that many pictures in one request; None: they are too many bytes, and are to be sent one by one.

    Raises:
        Problem: it is no answer to pictures.
    """
    document = problems.document_of(response)
    if response.is_success:
        return checked(response, lambda: _outcomes(document, document["predictions"], number))
    if "errors" in document:
        return checked(response, lambda: _outcomes(document, document["errors"], number))
    problem = problems.of_response(response)
    if not isinstance(problem, ImageError):
        raise problem
    return [problem] if number == 1 else None


def _outcomes(document: dict[str, Any], entries: list[dict[str, Any]], number: int) -> list[Outcome]:
    if len(entries) != number:
        raise ValueError(f"Expected {number} answers. Received: {len(entries)}")
    return [
        outcome(answers.model_name(document["model"]) if "error" not in entry else None, entry) for entry in entries
    ]


def outcome(model: ModelName | None, entry: dict[str, Any]) -> Outcome:
    """What an entry of an answer says of one picture."""
    if model is not None and "error" not in entry:
        return Answer(Prediction.from_dict(entry), model, entry.get("id"))
    return problems.of_document(entry["error"], problems.PictureProblem)


def checked(response: httpx2.Response, read: Callable[[], Read]) -> Read:
    """What is read from an answer.

    Raises:
        Problem: it is not what docs/api.md describes.
    """
    try:
        return read()
    except (LookupError, TypeError, ValueError, AttributeError) as err:
        raise problems.not_understood(response) from err


def listed(response: httpx2.Response, name: str, read: Callable[[dict[str, Any]], Read]) -> list[Read]:
    """The entries of a list in an answer.

    Raises:
        Problem: it is a refusal, or not what docs/api.md describes.
    """
    if not response.is_success:
        raise problems.of_response(response)
    document = problems.document_of(response)
    return checked(response, lambda: [read(entry) for entry in document[name]])


def one(response: httpx2.Response, read: Callable[[dict[str, Any]], Read]) -> Read:
    """An answer that is one object.

    Raises:
        Problem: it is a refusal, or not what docs/api.md describes.
    """
    done(response)
    document = problems.document_of(response)
    return checked(response, lambda: read(document))


def done(response: httpx2.Response) -> None:
    """Makes sure of an answer that says nothing.

    Raises:
        Problem: it is a refusal.
    """
    if not response.is_success:
        raise problems.of_response(response)


def merged(batch: Sequence[Loaded], outcomes: Iterable[Outcome]) -> Iterator[tuple[Picture, Outcome]]:
    """Each picture of a batch with its outcome: the server's, or why its file could not be sent."""
    answered = iter(outcomes)
    for each in batch:
        yield each.picture, next(answered) if isinstance(each.data, bytes) else each.data
