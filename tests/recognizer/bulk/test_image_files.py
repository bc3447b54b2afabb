"""Which files of a folder are pictures, and in which order."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from recognizer.bulk.image_files import PassedOver, picture_files
from tests.recognizer.fakes import encoded, quadrants


def found(folder: Path | str, passed_over: list[PassedOver] | None = None) -> list[str]:
    return list(picture_files(str(folder), pass_over=(passed_over if passed_over is not None else []).append))


def reasons(folder: Path) -> dict[str, str]:
    """Why each file and folder is passed over."""
    passed_over: list[PassedOver] = []
    found(folder, passed_over)
    return {str(entry.path.relative_to(folder)): entry.reason for entry in passed_over}


def make(folder: Path, *names: str) -> None:
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).touch()


def test_pictures_are_found_at_any_depth_by_their_suffix(tmp_path: Path) -> None:
    make(tmp_path, "a.jpg", "b/c.PNG", "b/d/e.webp", "b/notes.txt", "jpg", "b/README")

    assert found(tmp_path) == [f"{tmp_path}/a.jpg", f"{tmp_path}/b/c.PNG", f"{tmp_path}/b/d/e.webp"]


def test_the_order_is_that_of_sorted_paths(tmp_path: Path) -> None:
    make(tmp_path, "b.jpg", "b/z.jpg", "b-a/y.jpg", "a.jpg", "B.jpg", "b/10.jpg", "b/9.jpg", "猫.jpg")

    assert found(tmp_path) == [str(path) for path in sorted(tmp_path.rglob("*.jpg"))]


def test_folders_may_lie_in_each_other_deeper_than_calls_may(tmp_path: Path) -> None:
    deep = tmp_path / "deep"
    deep.mkdir()
    for _ in range(1200):
        deep /= "d"
        deep.mkdir()
    make(deep, "a.jpg")
    make(tmp_path, "b.jpg", "z/c.jpg")

    assert found(tmp_path) == [f"{tmp_path}/b.jpg", f"{deep}/a.jpg", f"{tmp_path}/z/c.jpg"]

    (deep / "a.jpg").unlink()
    os.removedirs(deep)  # What removes the folders of tests would call itself as often.


def test_hidden_files_and_folders_are_left_out(tmp_path: Path) -> None:
    make(tmp_path, ".a.jpg", ".thumbnails/b.jpg", "c.jpg")

    assert found(tmp_path) == [f"{tmp_path}/c.jpg"]


def test_a_hidden_folder_can_be_named_itself(tmp_path: Path) -> None:
    make(tmp_path, ".thumbnails/b.jpg")

    assert found(tmp_path / ".thumbnails") == [f"{tmp_path}/.thumbnails/b.jpg"]


def test_a_folder_called_like_a_picture_is_a_folder(tmp_path: Path) -> None:
    make(tmp_path, "folder.png/a.jpg")

    assert found(tmp_path) == [f"{tmp_path}/folder.png/a.jpg"]


def test_links_to_files_are_followed_and_links_to_folders_are_not(tmp_path: Path) -> None:
    make(tmp_path, "here/a.jpg")
    (tmp_path / "here/linked.jpg").symlink_to("a.jpg")
    (tmp_path / "here/again").symlink_to(tmp_path / "here", target_is_directory=True)

    assert found(tmp_path) == [f"{tmp_path}/here/a.jpg", f"{tmp_path}/here/linked.jpg"]


def test_broken_links_and_circles_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").symlink_to("nowhere.jpg")
    (tmp_path / "circle.jpg").symlink_to("circle.jpg")

    assert found(tmp_path) == []


def test_of_the_current_folder_names_come_without_a_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    make(tmp_path, "a.jpg", "b/c.jpg")

    assert found(".") == ["a.jpg", "b/c.jpg"]


def test_a_folder_that_cannot_be_read_is_said_and_the_others_are_searched(tmp_path: Path) -> None:
    passed_over: list[PassedOver] = []

    assert found(tmp_path / "gone", passed_over) == []
    reason = "The folder cannot be read: No such file or directory."
    assert passed_over == [PassedOver(tmp_path / "gone", reason, is_folder=True)]


def test_names_that_are_not_utf_8_come_as_the_system_gives_them(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.jpg")).touch()

    assert [os.fsencode(path) for path in found(tmp_path)] == [os.fsencode(tmp_path) + b"/caf\xe9.jpg"]


NAMES = (
    "a.jpg_large",
    "a.jpg:orig",
    "a.jpg!w700wp",
    "IMG at 10.12.13",
    "a.jpg?width=640",
    "a.mpo",
    "a.pjpeg",
    "noname",
)


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_picture_is_one_by_its_first_bytes_whatever_its_name(tmp_path: Path, kind: str) -> None:
    for name in (*NAMES, "notes.txt", "x.svg"):
        (tmp_path / name).write_bytes(encoded(quadrants(), kind))

    assert {Path(path).name for path in found(tmp_path)} == {*NAMES, "notes.txt", "x.svg"}


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("notes", b"BMW and other cars: a text that begins as a bitmap does", "No picture."),
        ("labels.csv", b"a,b\n", "No picture."),
        ("nothing", b"", "It is empty."),
        ("a.NEF", b"MM\0*" + bytes(60), "Files of the kind camera raw are not read. Save it as JPEG or PNG."),
        ("raw", b"II*\0\x10\0\0\0CR" + bytes(60), "Files of the kind camera raw are not read. Save it as JPEG or PNG."),
        (
            "clip",
            b"\0\0\0\x14ftypqt  " + bytes(60),
            "Files of the kind video are not read. Save single pictures of it.",
        ),
        ("more", b"PK\x03\x04" + bytes(60), "Files of the kind archive are not read. Unpack it."),
        (".IMG_1.jpg.icloud", b"bplist00", "Its content is in iCloud. Download it first."),
        ("Thumbs.db", b"\xd0\xcf\x11\xe0", "A file of the system."),
        (".hidden.jpg", b"x", "A hidden file."),
    ],
)
def test_a_file_that_is_passed_over_has_a_reason(tmp_path: Path, name: str, content: bytes, reason: str) -> None:
    (tmp_path / name).write_bytes(content)

    assert reasons(tmp_path) == {name: reason}


SYSTEM = (
    *("lost+found", "$RECYCLE.BIN", "System Volume Information", "#recycle", "@eaDir", "__MACOSX", "FOUND.000"),
    *("TheVolumeSettingsFolder", "PaxHeaders.0", "$WinREAgent", "@database", "CVS"),
    *("$AV_ASW", "$RECYCLE.BIN.bak", "Recycle Bin", "Trash-1000", "SYNOINDEX_MEDIA", "Windows.old"),
)


def test_folders_of_the_system_are_passed_over_with_what_is_in_them(tmp_path: Path) -> None:
    make(tmp_path, "cat.jpg", *(f"{folder}/cat.jpg" for folder in (*SYSTEM, ".thumbnails", "b/@eaDir")))

    assert found(tmp_path) == [f"{tmp_path}/cat.jpg"]
    assert reasons(tmp_path) == {
        **dict.fromkeys((*SYSTEM, "b/@eaDir"), "A folder of the system, not of pictures."),
        ".thumbnails": "A hidden folder.",
    }


def test_libraries_of_programs_are_passed_over_for_they_hold_each_picture_twice(tmp_path: Path) -> None:
    libraries = ("My Photos.photoslibrary", "b/Catalogue Previews.lrdata")
    make(tmp_path, "cat.jpg", *(f"{folder}/originals/cat.jpg" for folder in libraries))

    assert found(tmp_path) == [f"{tmp_path}/cat.jpg"]
    assert reasons(tmp_path) == dict.fromkeys(libraries, "The library of a program. Export the pictures from it.")


def test_a_folder_named_after_a_sum_of_money_is_no_systems(tmp_path: Path) -> None:
    make(tmp_path, "$5/note.jpg")

    assert found(tmp_path) == [f"{tmp_path}/$5/note.jpg"]


def test_pipes_and_devices_are_never_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "x.jpg")
    os.mkfifo(tmp_path / "noname")
    (tmp_path / "zero.jpg").symlink_to("/dev/zero")

    assert set(reasons(tmp_path).values()) == {"A pipe, a socket or a device, not a plain file."}
    assert len(reasons(tmp_path)) == 3


def test_links_that_lead_nowhere_or_to_folders_are_told(tmp_path: Path) -> None:
    make(tmp_path, "here/a.jpg")
    (tmp_path / "circle.jpg").symlink_to("circle.jpg")
    (tmp_path / "again").symlink_to("here")

    assert reasons(tmp_path) == {
        "again": "A link to a folder; those are not followed.",
        "circle.jpg": "A link that leads nowhere.",
    }
