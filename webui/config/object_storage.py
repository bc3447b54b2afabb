"""Django's storage for files that several servers share, in an S3-compatible object storage.

    MENAGERIE_STORAGE -> STORAGES["objects"] -> shared_storage.current() -> ObjectStorage, one of a process

django-storages does the work. This adds that all threads share one client (it makes one for each, of some megabytes),
that failures are errors of files with a sentence, and that nobody waits for a storage that is down: after one has
waited in vain, others fail at once for some seconds, so that they leave the threads to requests that do without it.
"""

from __future__ import annotations

import errno
import logging
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import cached_property
from typing import Any, NamedTuple, Protocol, TypeVar, cast

from boto3.exceptions import S3UploadFailedError
from boto3.s3.transfer import TransferConfig
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionError,  # noqa: A004 - what it is called there.
    HTTPClientError,
    NoCredentialsError,
    PartialCredentialsError,
)
from django.core.files.base import ContentFile, File
from storages.backends.s3 import S3Storage

from webui.config.shared_storage import StorageError, StorageUnusable
from webui.config.storage_address import StorageAddress

Result = TypeVar("Result")

_CONNECT_TIMEOUT_S, _READ_TIMEOUT_S = 3, 8
_TRIES = 2
_DOWN_S = 5.0
"""For so long after a vain wait, others do not wait."""
THREADS = 8
"""Of a process, that write and remove objects."""
# One request for all but the largest model files: not every server has S3's way of sending in parts.
_SENT_WHOLE_BYTES = 256 * 2**20
_CHUNK_BYTES = 2**20

_KEYS = "AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY"
_logger = logging.getLogger(__name__)


class Writable(Protocol):
    """What an object is copied into."""

    def write(self, data: bytes, /) -> int:
        """Takes a part of it."""


class _Refusal(NamedTuple):
    """What a server means by some of its answers."""

    codes: frozenset[str]
    statuses: frozenset[int]
    number: int
    sentence: str
    cure: str


_REFUSALS = (
    _Refusal(
        frozenset({"NoSuchBucket"}),
        frozenset(),
        errno.EIO,
        "The storage has no such bucket.",
        "Make it, or name another in MENAGERIE_STORAGE.",
    ),
    _Refusal(
        frozenset({"InvalidAccessKeyId", "SignatureDoesNotMatch", "InvalidToken", "ExpiredToken"}),
        frozenset(),
        errno.EACCES,
        "The storage does not take the keys.",
        f"Set {_KEYS} to valid ones.",
    ),
    _Refusal(
        frozenset({"PermanentRedirect", "AuthorizationHeaderMalformed"}),
        frozenset({301}),
        errno.EIO,
        "The bucket is in another region.",
        "Name the region in MENAGERIE_STORAGE: &region=eu-central-1.",
    ),
    _Refusal(
        frozenset({"InsufficientStorage", "QuotaExceeded", "XMinioStorageFull"}),
        frozenset({507}),
        errno.ENOSPC,
        "The storage is full.",
        "Make room, or let it take more.",
    ),
    _Refusal(
        frozenset({"AccessDenied", "AllAccessDisabled"}),
        frozenset({403}),
        errno.EACCES,
        "The keys may not do that in the storage.",
        "Let them read, write, delete and list below the prefix.",
    ),
)


def _options_of(address: StorageAddress) -> dict[str, Any]:
    """What django-storages is told, so that nothing depends on Django's settings."""
    return {
        "bucket_name": address.bucket,
        "location": address.prefix,
        "endpoint_url": address.endpoint_url,
        # A server of one's own has no regions, and signatures name one.
        "region_name": address.region or ("us-east-1" if address.endpoint_url else None),
        "file_overwrite": True,  # A name says what is in it: whoever writes it again writes the same.
        "transfer_config": TransferConfig(use_threads=False, multipart_threshold=_SENT_WHOLE_BYTES),
        "client_config": Config(
            connect_timeout=_CONNECT_TIMEOUT_S,
            read_timeout=_READ_TIMEOUT_S,
            retries={"total_max_attempts": _TRIES, "mode": "standard"},
            max_pool_connections=4 * THREADS,
            signature_version="s3v4",
            s3={"addressing_style": "path" if address.endpoint_url else "auto"},
            # Not every server knows AWS's newer checksums; one that does not keeps them as a part of the file.
            request_checksum_calculation="when_required",
            response_checksum_validation="when_required",
        ),
    }


class ObjectStorage(S3Storage):  # type: ignore[misc]  # It has no types.
    """The objects below the prefix of a bucket. Thread-safe; every failure is an `OSError`."""

    def __init__(self, address: StorageAddress, *, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(**_options_of(address))
        self._clock = clock
        self._lock = threading.Lock()
        self._shared: Any = None
        self._down_until: float | None = None

    @property
    def connection(self) -> Any:
        """The one of all threads."""
        with self._lock:
            if self._shared is None:
                self._shared = super().connection
            return self._shared

    def write(self, name: str, data: bytes | File[bytes]) -> None:
        """Writes an object, whole or not at all.

        Raises:
            StorageError: it cannot be written.
        """
        with self._asking():
            self.save(name, data if isinstance(data, File) else ContentFile(data))

    def read(self, name: str) -> bytes:
        """All of an object, by one request.

        Raises:
            FileNotFoundError: there is none.
            StorageError: the storage cannot be asked.
        """
        with self._asking():
            return cast("bytes", self._object(name).get()["Body"].read())

    def copy_to(self, name: str, target: Writable) -> None:
        """Copies an object into a file; raises as `read` does, perhaps in the middle of it."""
        with self._asking():
            for chunk in self._object(name).get()["Body"].iter_chunks(_CHUNK_BYTES):
                target.write(chunk)

    def has(self, name: str) -> bool:
        """Whether there is such an object; raises `StorageError`."""
        with self._asking():
            return bool(self.exists(name))

    def remove(self, name: str) -> None:
        """Removes an object, if there is one; raises `StorageError`."""
        with self._asking():
            self.delete(name)

    def written_before(self, folder: str, time_s: float) -> Iterator[str]:
        """Names of the objects below a folder that were written before a time, in seconds since 1970."""
        with self._asking():
            start = self._normalize_name(folder) + "/"
            listed = [(each.key, each.last_modified.timestamp()) for each in self.bucket.objects.filter(Prefix=start)]
        for key, written_s in listed:
            if written_s < time_s:
                yield key[len(self.location) :].lstrip("/")

    def at_the_same_time(self, work: Callable[[Any], Result], items: Iterable[Any]) -> list[Result]:
        """Does the same to several things, a few at a time; the first error is raised when all have ended."""
        futures = [self._pool.submit(work, item) for item in items]
        errors = [error for future in futures if (error := future.exception())]
        if errors:
            raise errors[0]
        return [future.result() for future in futures]

    def soon(self, work: Callable[[], object]) -> None:
        """Does something in the background; where it fails, the log says so once in a while."""

        def quietly() -> None:
            try:
                work()
            except OSError as err:
                _logger.warning("The storage: %s", err.strerror)

        self._pool.submit(quietly)

    @cached_property
    def _pool(self) -> ThreadPoolExecutor:
        return ThreadPoolExecutor(THREADS, thread_name_prefix="storage")

    def _object(self, name: str) -> Any:
        return self.bucket.Object(self._normalize_name(name))

    @contextmanager
    def _asking(self) -> Iterator[None]:
        """Turns what goes wrong into errors of files; raises at once while the storage is known to be down."""
        self._refuse_while_down()
        try:
            yield
        except (BotoCoreError, ClientError, S3UploadFailedError, HTTPClientError) as err:
            error = _translated(err)
            if error.errno == errno.ETIMEDOUT:
                self._down_until = self._clock() + _DOWN_S
            else:
                self._down_until = None
            raise error from err
        self._down_until = None

    def _refuse_while_down(self) -> None:
        with self._lock:
            if self._down_until is None:
                return
            now = self._clock()
            if now < self._down_until:
                raise _unreachable()
            self._down_until = now + _DOWN_S  # This one tries, and the others see what comes of it.


def check(address: StorageAddress) -> None:
    """Writes, reads, lists and removes an object.

    Raises:
        StorageUnusable: with cause and cure.
    """
    storage = ObjectStorage(address)
    name, text = f"check/{secrets.token_hex(8)}", secrets.token_bytes(32)
    try:
        storage.write(name, text)
        came_back = storage.read(name)
        with suppress(StopIteration):
            next(storage.written_before("check", 0))
        storage.remove(name)
    except OSError as err:
        cure = getattr(err, "cure", "") or "The server's documentation may know more."
        raise StorageUnusable(f"MENAGERIE_STORAGE ({address}): {err.strerror} {cure}") from err
    if came_back != text:
        raise StorageUnusable(f"MENAGERIE_STORAGE ({address}): what was written came back as something else.")


def _unreachable() -> StorageError:
    return StorageError(
        errno.ETIMEDOUT,
        "The storage cannot be reached.",
        cure="See that its server runs, that endpoint_url in MENAGERIE_STORAGE is its address, and that no firewall is"
        " between.",
    )


def _translated(error: Exception) -> OSError:
    cause = error.__context__ if isinstance(error, S3UploadFailedError) else error
    if isinstance(cause, NoCredentialsError | PartialCredentialsError):
        return StorageError(errno.EACCES, "There are no keys for the storage.", cure=f"Set {_KEYS}.")
    if isinstance(cause, ConnectionError | HTTPClientError):
        return _unreachable()
    if isinstance(cause, ClientError):
        return _refused(cause)
    return StorageError(errno.EIO, f"The storage failed: {type(cause).__name__}.", cure=str(cause))


def _refused(error: ClientError) -> OSError:
    code = str(error.response.get("Error", {}).get("Code", ""))
    status = int(error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    if code in {"NoSuchKey", "404"}:
        return FileNotFoundError(errno.ENOENT, "There is no such object in the storage")
    known = next((refusal for refusal in _REFUSALS if code in refusal.codes or status in refusal.statuses), None)
    if known is not None:
        return StorageError(known.number, known.sentence, cure=known.cure)
    return StorageError(errno.EIO, f"The storage refused: {code or status}.", cure=f"It said: {error}")
