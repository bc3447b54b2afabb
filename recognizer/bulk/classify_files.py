"""Bulk classification of picture files, at the engine's full throughput.

    paths -> threads: read, decode, network -> answers in the order of the paths

A few threads more than there are cores, so that some pictures are decoded while the engine works on others. Only a
few pictures are ahead of the one that is answered next, so memory does not grow with their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import TypeVar

from recognizer import machine
from recognizer.errors import ImageError, without_traceback
from recognizer.images.decode import read_file
from recognizer.predictions import Prediction
from recognizer.recognizer import Recognizer

Answer = Prediction | ImageError
Asked = TypeVar("Asked")
Answered = TypeVar("Answered")

# So many pictures may be answered before an earlier one that takes long.
_AHEAD_PER_THREAD = 8
_SPARE_THREADS = 2


class UnreadableFile(ImageError):
    """A picture file that the file system does not give."""

    code = "unreadable_file"
    title = "The file cannot be read"


def classify_files(recognizer: Recognizer, paths: Iterable[str]) -> Generator[tuple[str, Answer], None, None]:
    """Answers picture files in their order; a bad one has its error and does not hurt the others.

    To stop early, close the iterator: files that nobody has begun with are then left alone.
    """
    return in_threads(partial(_answer, recognizer), paths)


def in_threads(
    answer: Callable[[Asked], Answered], asked: Iterable[Asked], *, threads: int | None = None
) -> Generator[tuple[Asked, Answered], None, None]:
    """Answers what is asked in several threads, in its order, and stops early as `classify_files` does.

    Args:
        answer: gives the answer.
        asked: to be answered, one by one.
        threads: how many; default: a few more than there are cores.
    """
    threads = threads or machine.cores() + _SPARE_THREADS
    ahead: deque[tuple[Asked, Future[Answered]]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="classify") as pool:
        try:
            for each in asked:
                ahead.append((each, pool.submit(answer, each)))
                if len(ahead) == threads * _AHEAD_PER_THREAD:
                    yield _next_of(ahead)
            while ahead:
                yield _next_of(ahead)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _next_of(ahead: deque[tuple[Asked, Future[Answered]]]) -> tuple[Asked, Answered]:
    each, future = ahead.popleft()
    return each, future.result()


def _answer(recognizer: Recognizer, path: str) -> Answer:
    try:
        return recognizer.classify(read_picture(path))
    except ImageError as err:
        return without_traceback(err)


def read_picture(path: str) -> bytes:
    """The bytes of a picture file.

    Raises:
        UnreadableFile: the file system does not give them.
    """
    try:
        return read_file(Path(path))
    except OSError as err:
        raise UnreadableFile(f"{err.strerror or err}.") from err
