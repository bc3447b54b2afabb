"""Zip files for tests, good and hostile ones."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
from collections.abc import Callable
from zipfile import ZipFile, ZipInfo

from tests.recognizer.fakes import RED, plain

PICTURE = plain(RED)
Entries = dict[str, bytes]


def zipped(entries: Entries, method: int = zipfile.ZIP_STORED) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", method) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def with_entry(info: ZipInfo, data: bytes = PICTURE) -> bytes:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr(info, data)
    return buffer.getvalue()


def linked() -> bytes:
    info = ZipInfo("a.jpg")
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return with_entry(info, b"/etc/passwd")


def encrypted() -> bytes:
    data = bytearray(zipped({"a.jpg": PICTURE}))
    for mark, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        data[data.index(mark) + at] |= 1
    return bytes(data)


def twice() -> bytes:
    data = zipped({"a.jpg": PICTURE, "b.jpg": PICTURE})
    return data.replace(b"b.jpg", b"a.jpg")


def badly_named() -> bytes:
    """A name that is said to be UTF-8, and is not."""
    return zipped({"ä.jpg": PICTURE}).replace("ä".encode(), b"\xff\xfe")


def claiming(unpacked_bytes: int, entries: int = 1) -> bytes:
    """Entries that say they have so many bytes once they are unpacked, and have a few."""
    names = {f"{number}.jpg": PICTURE for number in range(entries)}
    data = bytearray(zipped(names, zipfile.ZIP_DEFLATED))
    for mark, at in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        found = data.find(mark)
        while found >= 0:
            struct.pack_into("<L", data, found + at, unpacked_bytes)
            found = data.find(mark, found + 4)
    return bytes(data)


def bomb() -> bytes:
    """A megabyte for each thousand bytes."""
    return zipped({f"{number}.jpg": bytes(2**20) for number in range(20)}, zipfile.ZIP_DEFLATED)


def of_empty_files(count: int) -> bytes:
    """A zip file with so many entries, as small as they can be; their own headers are left out."""
    entry = struct.pack("<4s6H3L5H2L", b"PK\x01\x02", 20, 20, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0) + b"a"
    listed = entry * count
    shown = min(count, 0xFFFF)
    end = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, shown, shown, len(listed), 0, 0)
    if count <= 0xFFFF:
        return listed + end
    end_64 = struct.pack("<4sQ2H2L4Q", b"PK\x06\x06", 44, 45, 45, 0, 0, count, count, len(listed), 0)
    return listed + end_64 + struct.pack("<4sLQL", b"PK\x06\x07", 0, len(listed), 1) + end


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "a name that leads out": ("unsafe_name", lambda: zipped({"../a.jpg": PICTURE})),
    "one with backslashes": ("unsafe_name", lambda: zipped({"photos\\..\\..\\a.jpg": PICTURE})),
    "an absolute name": ("unsafe_name", lambda: zipped({"/etc/a.jpg": PICTURE})),
    "a drive": ("unsafe_name", lambda: zipped({"C:\\a.jpg": PICTURE})),
    "a link": ("link", linked),
    "an encrypted entry": ("encrypted", encrypted),
    "a name twice": ("duplicate_name", twice),
    "a name in no encoding": ("name_encoding", badly_named),
    "LZMA": ("compression", lambda: zipped({"a.jpg": PICTURE}, zipfile.ZIP_LZMA)),
    "a zip that is cut off": ("damaged", lambda: zipped({"a.jpg": PICTURE})[:-30]),
    "no zip at all": ("damaged", lambda: b"PK\x03\x04 and no more"),
    "a list that is longer than the file": ("damaged", lambda: of_empty_files(3)[50:]),
    "a list that is none": ("damaged", lambda: of_empty_files(3).replace(b"PK\x01\x02", b"PK\x01\x03")),
    "an end that lies about ZIP64": (
        "damaged",
        lambda: of_empty_files(70_000).replace(b"PK\x06\x06", b"PK\x06\x05"),
    ),
    "100,000 entries": ("too_many", lambda: of_empty_files(100_000)),
    "more pictures than may be": ("too_many", lambda: zipped({f"{number}.jpg": PICTURE for number in range(31)})),
    "a bomb": ("unpacked", bomb),
    "entries that say they are large": ("unpacked", lambda: claiming(2**31)),
}
"""What it is, with the reason that refuses it where 30 pictures and 10 MB are allowed."""
