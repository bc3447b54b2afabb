"""Zip files from outside: what is a picture in them, what is passed over, and what refuses them."""

from __future__ import annotations

import tracemalloc
import zipfile
from pathlib import Path

import pytest

from recognizer.bulk import zip_pictures
from recognizer.bulk.image_files import PassedOver
from recognizer.bulk.zip_pictures import InvalidZip, Limits, TooMuch
from recognizer.errors import DamagedImage
from tests.recognizer import zips
from tests.recognizer.zips import HOSTILE, PICTURE, zipped

LIMITS = Limits(pictures=30, unpacked_bytes=10 * 2**20)
MOST_ENTRIES = 90


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "pictures.zip"


def listed(path: Path, data: bytes) -> tuple[list[str], list[PassedOver]]:
    path.write_bytes(data)
    passed_over = list[PassedOver]()
    with zip_pictures.opened(path, most_entries=MOST_ENTRIES) as archive:
        found = zip_pictures.pictures(archive, passed_over.append, LIMITS)
    return [picture.path for picture in found], passed_over


def contents(path: Path, data: bytes) -> list[bytes]:
    path.write_bytes(data)
    with zip_pictures.opened(path) as archive:
        found = zip_pictures.pictures(archive, lambda _: None)
        return [zip_pictures.read(archive, picture) for picture in found]


@pytest.mark.parametrize("what", HOSTILE)
def test_a_hostile_zip_is_refused_whole_with_a_reason(what: str, path: Path) -> None:
    reason, make = HOSTILE[what]

    with pytest.raises((InvalidZip, TooMuch)) as refused:
        listed(path, make())

    assert refused.value.reason == reason


def test_pictures_come_in_the_order_of_the_zip_with_their_folders(path: Path) -> None:
    entries = {"dogs/b.png": PICTURE, "dogs/": b"", "./a.jpg": PICTURE, "cats\\c.webp": PICTURE, "no suffix": PICTURE}

    assert listed(path, zipped(entries)) == (["dogs/b.png", "a.jpg", "cats/c.webp", "no suffix"], [])


def test_what_is_no_picture_is_passed_over_with_a_reason(path: Path) -> None:
    entries = {
        "a.jpg": PICTURE,
        "__MACOSX/._a.jpg": b"\0\5\x16\7",
        ".DS_Store": b"\0\0\0\1",
        "notes.txt": b"notes",
        "more.zip": zipped({"b.jpg": PICTURE}),
        "empty": b"",
    }

    found, passed_over = listed(path, zipped(entries))

    assert found == ["a.jpg"]
    assert {str(each.path): each.reason for each in passed_over} == {
        "__MACOSX/._a.jpg": "A folder of the system, not of pictures.",
        ".DS_Store": "A hidden file.",
        "notes.txt": "No picture.",
        "more.zip": "Files of the kind archive are not read. Unpack it.",
        "empty": "It is empty.",
    }


def test_a_name_without_its_encoding_is_taken_for_utf_8_or_else_for_cp437(path: Path) -> None:
    flagged = bytearray(zipped({"Kätzchen.jpg": PICTURE, "猫.jpg": PICTURE}))
    for mark, at in ((b"PK\x03\x04", 7), (b"PK\x01\x02", 9)):
        found = flagged.find(mark)
        while found >= 0:
            flagged[found + at] &= ~8
            found = flagged.find(mark, found + 4)

    assert listed(path, bytes(flagged))[0] == ["Kätzchen.jpg", "猫.jpg"]
    assert listed(path, bytes(flagged).replace("ät".encode(), b"\x84t."))[0] == ["K\u00e4t.zchen.jpg", "猫.jpg"]


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_the_bytes_of_a_picture_are_those_that_were_packed(path: Path, method: int) -> None:
    assert contents(path, zipped({"a.jpg": PICTURE, "b.jpg": b"b"}, method)) == [PICTURE, b"b"]


@pytest.mark.parametrize(
    "data",
    [
        zipped({"a.jpg": PICTURE}).replace(PICTURE[:20], bytes(20)),
        zipped({"a.jpg": PICTURE}).replace(b"PK\x03\x04", b"PK\x03\x05"),
        zips.claiming(50),
    ],
    ids=["wrong bytes", "no header", "lies about its size"],
)
def test_a_damaged_entry_hurts_its_picture_alone(path: Path, data: bytes) -> None:
    with pytest.raises(DamagedImage, match="damaged in the zip"):
        contents(path, data)


def test_a_long_list_costs_no_memory(path: Path) -> None:
    path.write_bytes(zips.of_empty_files(300_000))
    tracemalloc.start()
    try:
        with pytest.raises(TooMuch), zip_pictures.opened(path, most_entries=MOST_ENTRIES):
            pass
        assert tracemalloc.get_traced_memory()[1] < 20 * 2**20
    finally:
        tracemalloc.stop()
