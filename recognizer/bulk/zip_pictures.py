"""The pictures in a zip file: which there are, and the bytes of each when it is its turn.

    zip -> how long is its list? -> the list -> names, links, encryption, sizes: refused whole, with the entry's name
                                             -> hidden, the system's, no picture: passed over, each with a reason
                                             -> pictures, in the order of the zip

Nothing is unpacked to the disk, and of what is unpacked one picture at a time is in a thread's memory.
"""

from __future__ import annotations

import re
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import BinaryIO
from zipfile import BadZipFile, ZipFile, ZipInfo

from recognizer import files
from recognizer.bulk import image_files
from recognizer.bulk.image_files import PassedOver, PassOver
from recognizer.errors import CallerError, DamagedImage
from recognizer.images.decode import MAX_BYTES
from recognizer.images.formats import SNIFFED_BYTES

BEGINNINGS = (b"PK\x03\x04", b"PK\x05\x06")
"""What a zip file begins with; the second is an empty one's."""

# Its list is read whole: 46 bytes of an entry become an object of a kilobyte.
_LEAST_ENTRY_BYTES = 46
_MOST_LIST_BYTES = 16 * 2**20
# APPNOTE.TXT of PKWARE, sections 4.3.14 to 4.3.16.
_END, _END_64, _LOCATOR_64 = b"PK\x05\x06", b"PK\x06\x06", b"PK\x06\x07"
_END_BYTES, _END_64_BYTES, _LOCATOR_BYTES, _MOST_COMMENT_BYTES = 22, 56, 20, 2**16 - 1

_UTF_8, _ENCRYPTED = 0x800, 0x1
_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
# What zipfile raises of damaged and hostile files; a name of the wrong encoding is a ValueError.
_DAMAGED = (
    BadZipFile,
    zlib.error,
    EOFError,
    NotImplementedError,
    RuntimeError,
    ValueError,
    struct.error,
    OverflowError,
)
_DRIVE = re.compile(r"[A-Za-z]:")
_SHOWN = 100


class InvalidZip(CallerError):
    """The file is no zip, a damaged one, or one with entries that are not taken; `reason` says which."""

    code = "invalid_zip"
    title = "The zip file cannot be used"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


class TooMuch(CallerError):
    """There are more pictures than a batch may have, or more bytes; `reason` says which."""

    code = "batch_too_large"
    title = "There is too much in the batch"

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True)
class Limits:
    """What a zip file may hold."""

    pictures: int
    unpacked_bytes: int
    """Of all pictures together."""


@dataclass(frozen=True)
class ZipPicture:
    """A picture in a zip file."""

    path: str
    """Its name with its folders, with slashes."""
    entry: ZipInfo


@contextmanager
def opened(path: Path, *, most_entries: int | None = None) -> Iterator[ZipFile]:
    """Opens a zip file whose list is not too long.

    Args:
        path: the file.
        most_entries: folders and other files count, too; None: as many as there are.

    Raises:
        InvalidZip: it is no zip file, or a damaged one.
        TooMuch: it has more entries.
        OSError: it cannot be read.
    """
    with files.open_plain(path) as file, opened_file(file, most_entries=most_entries) as archive:
        yield archive


@contextmanager
def opened_file(file: BinaryIO, *, most_entries: int | None = None) -> Iterator[ZipFile]:
    """Opens a zip file that is open already, or in memory; see `opened`."""
    if most_entries is not None:
        _refuse_long_list(file, most_entries)
    try:
        archive = ZipFile(file)
    except UnicodeDecodeError as err:
        raise InvalidZip(
            "A name in the zip is said to be UTF-8, and is not. Pack the pictures again with another program.",
            "name_encoding",
        ) from err
    except _DAMAGED as err:
        raise _damaged() from err
    with archive:
        yield archive


def pictures(archive: ZipFile, pass_over: PassOver, limits: Limits | None = None) -> list[ZipPicture]:
    """The pictures in a zip file, in its order.

    Args:
        archive: as `opened` gives it.
        pass_over: is told of each file that is passed over.
        limits: of the number of pictures, and of their bytes; None: as many as there are.

    Raises:
        InvalidZip: an entry is encrypted, a link, has a name that leads elsewhere or that another has, or is
            compressed in a way that is not read.
        TooMuch: there are more than the limits allow.
    """
    found, names = list[ZipPicture](), set[str]()
    unpacked = 0
    for entry in archive.infolist():
        path = _path_of(entry)
        _refuse(entry, path)
        if entry.is_dir():
            continue
        if path in names:
            raise InvalidZip(
                f"The zip has {_shown(path)} twice. Give each picture a name of its own.", "duplicate_name"
            )
        names.add(path)
        passed = _passed_over(archive, entry, path)
        if passed:
            pass_over(passed)
            continue
        found.append(ZipPicture(path, entry))
        unpacked += entry.file_size
        if limits:
            _refuse_too_much(len(found), unpacked, limits)
    return found


def read(archive: ZipFile, picture: ZipPicture) -> bytes:
    """The bytes of a picture, but for what is past `MAX_BYTES`. Several threads may read one zip file.

    Raises:
        DamagedImage: the entry is damaged.
        OSError: the zip file cannot be read.
    """
    try:
        with archive.open(picture.entry) as file:
            return file.read(MAX_BYTES + 1)
    except _DAMAGED as err:
        raise DamagedImage("The picture is damaged in the zip file. Pack it again, and send it again.") from err


def too_many(limits: Limits) -> TooMuch:
    """The error of more pictures than a batch may have."""
    return TooMuch(f"Expected at most {limits.pictures:,} pictures. Send the others in another batch.", "too_many")


def too_many_bytes(limits: Limits) -> TooMuch:
    """The error of more bytes than the pictures of a batch may have."""
    return TooMuch(
        f"The pictures have more than {limits.unpacked_bytes // 2**20:,} MB once they are unpacked. Send fewer in one"
        " batch.",
        "unpacked",
    )


def _refuse_too_much(count: int, unpacked: int, limits: Limits) -> None:
    if count > limits.pictures:
        raise too_many(limits)
    if unpacked > limits.unpacked_bytes:
        raise too_many_bytes(limits)


def _refuse(entry: ZipInfo, path: str) -> None:
    """Refuses a zip file for one of its entries."""
    name = _shown(path)
    if path.startswith("/") or _DRIVE.match(path) or ".." in path.split("/"):
        raise InvalidZip(f"The name {name} in the zip leads out of its folder. Pack the pictures again.", "unsafe_name")
    kind = stat.S_IFMT(entry.external_attr >> 16)
    if kind not in {0, stat.S_IFREG, stat.S_IFDIR}:
        raise InvalidZip(f"{name} in the zip is a link or a device. Pack the picture itself.", "link")
    if entry.flag_bits & _ENCRYPTED:
        raise InvalidZip(f"{name} in the zip is encrypted. Pack the pictures without a password.", "encrypted")
    if entry.compress_type not in _METHODS and not entry.is_dir():
        raise InvalidZip(
            f"{name} is compressed in a way that is not read here. Pack the pictures as an ordinary zip file"
            " (deflate, or without compression).",
            "compression",
        )


def _first_bytes(archive: ZipFile, entry: ZipInfo) -> bytes:
    with archive.open(entry) as file:
        return file.read(SNIFFED_BYTES)


def _passed_over(archive: ZipFile, entry: ZipInfo, path: str) -> PassedOver | None:
    """Why an entry is passed over, as files in folders are; None: it is a picture."""
    place = Path(path)
    for folder in reversed(PurePosixPath(path).parents[:-1]):
        passed = image_files.why_no_folder(Path(folder))
        if passed:
            return PassedOver(place, passed.reason, is_picture=False)
    passed = image_files.why_no_name(place)
    if passed or image_files.is_named_so(place):
        return passed
    try:
        return image_files.why_no_content(place, _first_bytes(archive, entry))
    except _DAMAGED:
        return PassedOver(place, "It is damaged.", is_picture=False)


def _path_of(entry: ZipInfo) -> str:
    """Its path, with slashes. Where it does not say how its name is written it is UTF-8, or else cp437."""
    name = entry.filename
    if not entry.flag_bits & _UTF_8:
        with suppress(UnicodeError):
            name = name.encode("cp437").decode("utf-8")
    path = name.replace("\\", "/")
    return "/".join(part for number, part in enumerate(path.split("/")) if part != "." and (part or not number))


def _shown(path: str) -> str:
    return repr(path if len(path) <= _SHOWN else f"{path[:_SHOWN]}...")


def _damaged() -> InvalidZip:
    return InvalidZip("The file is no zip file, or a damaged or incomplete one. Pack and send it again.", "damaged")


def _refuse_long_list(file: BinaryIO, most_entries: int) -> None:
    """Counts the entries in the list of a zip file before `zipfile` makes objects of them."""
    start, length = _list_of(file)
    if length > _MOST_LIST_BYTES:
        raise _long_list(most_entries)
    file.seek(start)
    data = file.read(length)
    at = count = 0
    while data[at : at + 4] == b"PK\x01\x02" and at + _LEAST_ENTRY_BYTES <= len(data):
        at += _LEAST_ENTRY_BYTES + sum(struct.unpack_from("<3H", data, at + 28))  # Name, extra field, comment.
        count += 1
        if count > most_entries:
            raise _long_list(most_entries)
    file.seek(0)


def _long_list(most_entries: int) -> TooMuch:
    return TooMuch(
        f"Expected at most {most_entries:,} files and folders in the zip, with those that are no pictures. Send fewer"
        " in one batch.",
        "too_many",
    )


def _list_of(file: BinaryIO) -> tuple[int, int]:
    """Where the list of entries of a zip file begins, and how many bytes it has."""
    size = file.seek(0, 2)
    tail_at = max(0, size - _END_BYTES - _MOST_COMMENT_BYTES)
    file.seek(tail_at)
    tail = file.read()
    end = tail.rfind(_END, 0, len(tail) - _END_BYTES + 4)
    if end < 0:
        raise _damaged()
    length = struct.unpack_from("<L", tail, end + 12)[0]
    list_end = tail_at + end
    file.seek(max(0, list_end - _LOCATOR_BYTES))
    locator = file.read(_LOCATOR_BYTES)
    if list_end >= _LOCATOR_BYTES and locator.startswith(_LOCATOR_64):
        return _list_of_64(file, list_end)
    if length > list_end:
        raise _damaged()
    return list_end - length, length


def _list_of_64(file: BinaryIO, locator_end: int) -> tuple[int, int]:
    """The same of a zip file with more than 65,535 entries or 4 GB; zipfile finds its record where this does."""
    record_at = locator_end - _LOCATOR_BYTES - _END_64_BYTES
    file.seek(max(0, record_at))
    record = file.read(_END_64_BYTES)
    if record_at < 0 or not record.startswith(_END_64):
        raise _damaged()
    length = struct.unpack_from("<Q", record, 40)[0]
    if length > record_at:
        raise _damaged()
    return record_at - length, length
