"""Bulk classification of picture files, at the engine's full throughput.

    paths -> threads: read, decode, network -> answers in the order of the paths

A few threads more than there are cores, so that some pictures are decoded while the engine works on others. Only a
few pictures are ahead of the one that is answered next, so memory does not grow with their number.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

from recognizer import machine
from recognizer.errors import ImageError, without_traceback
from recognizer.images.decode import read_file
from recognizer.predictions import Prediction
from recognizer.recognizer import Recognizer

Answer = Prediction | ImageError

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
    threads = machine.cores() + _SPARE_THREADS
    ahead: deque[tuple[str, Future[Answer]]] = deque()
    with ThreadPoolExecutor(threads, thread_name_prefix="classify") as pool:
        try:
            for path in paths:
                ahead.append((path, pool.submit(_answer, recognizer, path)))
                if len(ahead) == threads * _AHEAD_PER_THREAD:
                    yield _next_of(ahead)
            while ahead:
                yield _next_of(ahead)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)


def _next_of(ahead: deque[tuple[str, Future[Answer]]]) -> tuple[str, Answer]:
    path, future = ahead.popleft()
    return path, future.result()


def _answer(recognizer: Recognizer, path: str) -> Answer:
    try:
        return recognizer.classify(_read(path))
    except ImageError as err:
        return without_traceback(err)


def _read(path: str) -> bytes:
    try:
        return read_file(Path(path))
    except OSError as err:
        raise UnreadableFile(f"{err.strerror or err}.") from err
