"""What answers a command's pictures: a model file here, or a server."""

from __future__ import annotations

import argparse
import io
import os
from collections.abc import Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

from PIL import Image

from recognizer.bulk.classify_files import Answer, classify_files
from recognizer.engines import one_blas_thread
from recognizer.engines.graph_files import Precision
from recognizer.errors import CallerError, ImageError, OperatorError
from recognizer.predictions import NamedModel
from recognizer.recognizer import Recognizer
from recognizer.registry import versions

if TYPE_CHECKING:
    from recognizer.client import Client

_KEY_VARIABLE = "MENAGERIE_KEY"
# Many pictures soon come to a server's limit for one client, which then asks for a minute or more.
_PATIENCE_S = 600


class Source(Protocol):
    """What answers pictures, and which model it is."""

    model: NamedModel
    digest: str

    def answers(self, paths: Sequence[str]) -> Generator[tuple[str, Answer], None, None]:
        """The answers in the order of the paths; a bad picture has its error."""

    def answer(self, data: bytes) -> Answer:
        """The answer to a picture's bytes; a bad picture has its error."""


class ModelChanged(OperatorError):
    """The server began to answer with another model in the middle of a command."""

    code = "model_changed"
    title = "The server has another model now"


def add_options(parser: argparse.ArgumentParser) -> None:
    """Adds the options that say what answers."""
    parser.add_argument("--model", metavar="FILE", help="a model file (default: the active one in models/)")
    parser.add_argument(
        "--no-second-look",
        action="store_false",
        dest="second_look",
        help="look at each picture once; else an unsure answer looks again, at the part that matters most",
    )
    parser.add_argument("--server", metavar="URL", help="let this server answer, instead of a model file here")
    parser.add_argument("--key", help=f"with --server: an API key with the scope classify (default: ${_KEY_VARIABLE})")


@contextmanager
def opened_source(options: argparse.Namespace) -> Iterator[Source]:
    """What the options name; the connections to a server are open until the block ends.

    Raises:
        CallerError: they do not belong together.
    """
    if not options.server:
        if options.key:
            raise CallerError("--key is about the server of --server URL, which is not given.")
        yield _ModelFile(opened(options.model, second_look=options.second_look))
        return
    if options.model or not options.second_look:
        raise CallerError("With --server, the server says which model answers, and how: leave the other option out.")
    from recognizer.client import Client, Retries  # Here, for it needs the extra `client`.

    key = options.key or os.environ.get(_KEY_VARIABLE)
    with Client(options.server, key=key, retries=Retries(most=100, longest_s=_PATIENCE_S)) as client:
        yield _Server(client)


def opened(
    model: Path | None, *, precision: Precision | Literal["auto"] = "auto", second_look: bool = True
) -> Recognizer:
    """A model file (default: the active one) that answers many pictures side by side."""
    one_blas_thread.keep_to_one_thread()
    return Recognizer.open(
        model or versions.active(), precision=precision, threads_per_picture=1, second_look=second_look
    )


class _ModelFile:
    def __init__(self, recognizer: Recognizer) -> None:
        self._recognizer = recognizer
        self.model: NamedModel = recognizer.metadata
        self.digest = recognizer.artifact.digest

    def answers(self, paths: Sequence[str]) -> Generator[tuple[str, Answer], None, None]:
        return classify_files(self._recognizer, paths)

    def answer(self, data: bytes) -> Answer:
        try:
            return self._recognizer.classify(data)
        except ImageError as err:
            return err


@dataclass(frozen=True)
class _ServedModel:
    name: str
    version: str
    class_names: tuple[str, ...]
    """In alphabetical order: an answer does not say the network's."""


def _white_picture() -> bytes:
    """A picture to ask a server which model it has, before the first one of the command."""
    buffer = io.BytesIO()
    Image.new("RGB", (8, 8), "white").save(buffer, "PNG")
    return buffer.getvalue()


class _Server:
    def __init__(self, client: Client) -> None:
        self._client = client
        probe = client.classify(_white_picture(), keep=False)
        class_names = tuple(sorted(each.label for each in probe.prediction.top))
        self.model: NamedModel = _ServedModel(probe.model.name, probe.model.version, class_names)
        self.digest = probe.model.digest

    def answers(self, paths: Sequence[str]) -> Generator[tuple[str, Answer], None, None]:
        for path, (_, outcome) in zip(paths, self._client.classify_many(paths, keep=False), strict=True):
            if isinstance(outcome, Exception):
                yield path, outcome
                continue
            if outcome.model.digest != self.digest:
                now = f"{outcome.model.name}-{outcome.model.version}"
                raise ModelChanged(f"It answers with {now} now. Give the command again, with a new file.")
            yield path, outcome.prediction

    def answer(self, data: bytes) -> Answer:
        try:
            return self._client.classify(data, keep=False).prediction
        except ImageError as err:
            return err
