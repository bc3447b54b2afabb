"""The audit: broken pictures are left out, nonsense is refused."""

from __future__ import annotations

import errno
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageFilter

from recognizer.images import decode
from tests.training.drawings import draw_scenes, encoded, scene
from training.audit.findings import Finding, FindingKind, Weight
from training.audit.inspect import Audit, audit, inspect, near_copies
from training.data.dataset import Dataset, pictures_in, scan
from training.errors import DatasetError


def test_unreadable_pictures_are_listed_and_left_out(class_folders: Path) -> None:
    whole = (class_folders / "red" / "00.png").read_bytes()
    (class_folders / "red" / "cut.png").write_bytes(whole[: len(whole) // 2])
    (class_folders / "blue" / "text.jpg").write_text("no picture", encoding="utf-8")

    found = audit(scan(class_folders))

    assert sorted(image.path.name for image, _ in found.left_out) == ["cut.png", "text.jpg"]
    assert found.dataset.counts() == {"blue": 12, "green": 12, "red": 12}


def test_one_class_is_refused(class_folders: Path) -> None:
    shutil.rmtree(class_folders / "green")
    shutil.rmtree(class_folders / "red")

    with pytest.raises(DatasetError, match="only one class, 'blue'"):
        audit(scan(class_folders))


def test_a_class_whose_pictures_are_all_unreadable_is_refused(class_folders: Path) -> None:
    for path in (class_folders / "green").iterdir():
        path.write_bytes(b"")

    with pytest.raises(DatasetError, match="'green' has 0 different usable pictures"):
        audit(scan(class_folders))


def test_copies_of_one_picture_are_not_enough_for_a_class(class_folders: Path) -> None:
    for path in (class_folders / "green").glob("*.png"):
        path.write_bytes((class_folders / "green" / "00.png").read_bytes())

    with pytest.raises(DatasetError, match="'green' has 1 different usable pictures"):
        audit(scan(class_folders))


def test_a_picture_that_cannot_be_opened_is_left_out_with_the_reason(
    class_folders: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_to_open(class_folders / "red" / "00.png", monkeypatch)

    found = audit(scan(class_folders))

    [(image, problem)] = found.left_out
    assert image.path.name == "00.png"
    assert "Permission denied" in str(problem)
    assert found.dataset.counts() == {"blue": 12, "green": 12, "red": 11}


def test_a_picture_in_two_classes_is_left_out_of_both(class_folders: Path) -> None:
    shutil.copy(class_folders / "red" / "00.png", class_folders / "blue" / "copy.png")

    found = audit(scan(class_folders))

    assert {(image.path.name, str(problem)) for image, problem in found.left_out} == {
        ("00.png", "The same picture is in the classes 'blue' and 'red'."),
        ("copy.png", "The same picture is in the classes 'blue' and 'red'."),
    }
    assert found.dataset.counts() == {"blue": 12, "green": 12, "red": 11}


def test_classes_of_the_same_pictures_are_refused(class_folders: Path) -> None:
    for name in ("one", "two"):
        shutil.copytree(class_folders / "red", class_folders.parent / "both" / name)

    with pytest.raises(DatasetError, match="'one' has 0 different usable pictures"):
        audit(scan(class_folders.parent / "both"))


def refuse_to_open(locked: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What chmod 000 does, but for root as well."""
    really_open = os.open

    def open_or_refuse(path: Any, *args: Any, **kwargs: Any) -> int:
        if path == locked:
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return really_open(path, *args, **kwargs)

    monkeypatch.setattr(os, "open", open_or_refuse)


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Two classes of four scenes each, no two of them alike."""
    return draw_scenes(tmp_path / "scenes")


def found_as(found: Audit, kind: FindingKind) -> list[Finding]:
    return [finding for finding in found.findings if finding.kind is kind]


def names(finding: Finding) -> list[str]:
    return ["/".join(path.parts[-2:]) for path in finding.files]


def save(path: Path, picture: Image.Image, **options: Any) -> None:
    path.write_bytes(encoded(picture, **options))


def test_nothing_is_found_in_good_pictures(scenes: Path) -> None:
    found = inspect(scan(scenes))

    assert found.findings == ()
    assert found.surplus() == {}


def test_of_a_file_that_is_there_twice_one_is_surplus_and_both_are_trained_on(scenes: Path) -> None:
    shutil.copy(scenes / "barn" / "00.jpg", scenes / "barn" / "copy.jpg")

    found = inspect(scan(scenes))

    [finding] = found_as(found, FindingKind.COPY)
    assert names(finding) == ["barn/00.jpg", "barn/copy.jpg"]
    assert found.surplus() == {scenes / "barn" / "copy.jpg": FindingKind.COPY}
    assert found.counts() == {FindingKind.COPY: 1}
    assert found.dataset.counts() == {"barn": 5, "mill": 4}


def test_of_a_picture_and_links_to_it_the_links_are_surplus(scenes: Path) -> None:
    (scenes / "barn" / "album").mkdir()
    (scenes / "barn" / "album" / "best.jpg").symlink_to("../00.jpg")
    (scenes / "barn" / "0-first.jpg").symlink_to("album/best.jpg")

    found = inspect(scan(scenes))

    [finding] = found_as(found, FindingKind.COPY)
    assert finding.files[0] == scenes / "barn" / "00.jpg"
    assert set(found.surplus()) == {scenes / "barn" / "album" / "best.jpg", scenes / "barn" / "0-first.jpg"}


def test_of_links_to_a_picture_elsewhere_one_stays_that_leads_there(scenes: Path, tmp_path: Path) -> None:
    save(tmp_path / "elsewhere.jpg", scene(99), quality=80)
    (scenes / "barn" / "b.jpg").symlink_to(tmp_path / "elsewhere.jpg")
    (scenes / "barn" / "a.jpg").symlink_to("b.jpg")

    assert set(inspect(scan(scenes)).surplus()) == {scenes / "barn" / "a.jpg"}


def test_of_near_copies_that_are_links_none_loses_what_it_leads_to(scenes: Path) -> None:
    save(scenes / "barn" / "large.jpg", scene(0, size=(320, 240)).resize((640, 480)), quality=90)
    (scenes / "barn" / "a-link.jpg").symlink_to("00.jpg")

    found = inspect(scan(scenes))

    assert set(found.surplus()) == {scenes / "barn" / "00.jpg", scenes / "barn" / "a-link.jpg"}


def test_what_a_link_in_the_test_folder_leads_to_stays(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "x.jpg").symlink_to(scenes / "barn" / "00.jpg")
    shutil.copy(scenes / "barn" / "00.jpg", scenes / "barn" / "same.jpg")

    found = inspect(scan(scenes), pictures_in(tmp_path / "test"))

    assert found_as(found, FindingKind.LEAK)
    assert set(found.surplus()) == {scenes / "barn" / "same.jpg"}


def test_what_a_correction_leads_to_stays(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "corrections" / "barn").mkdir(parents=True)
    (tmp_path / "corrections" / "barn" / "was-mill.jpg").symlink_to(scenes / "mill" / "00.jpg")

    found = inspect(scan(scenes, tmp_path / "corrections"))

    assert found_as(found, FindingKind.OUTRANKED)
    assert found.surplus() == {}


def test_the_same_folder_behind_a_link_is_no_copy_to_move(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "more").mkdir()
    (tmp_path / "more" / "barn").symlink_to(scenes / "barn")

    assert inspect(scan(scenes, tmp_path / "more")).surplus() == {}


def test_of_copies_of_a_photograph_all_but_the_largest_are_surplus(scenes: Path) -> None:
    save(scenes / "barn" / "large.jpg", scene(0, size=(320, 240)).resize((640, 480)), quality=90)
    save(scenes / "barn" / "small.jpg", scene(0).resize((160, 120)), quality=90)

    found = inspect(scan(scenes))

    [finding] = found_as(found, FindingKind.NEAR_COPY)
    assert names(finding) == ["barn/large.jpg", "barn/00.jpg", "barn/small.jpg"]
    assert set(found.surplus()) == {scenes / "barn" / "00.jpg", scenes / "barn" / "small.jpg"}


def test_copies_in_several_classes_are_for_a_person_to_decide(scenes: Path) -> None:
    save(scenes / "mill" / "copy.jpg", scene(0), quality=50)

    found = inspect(scan(scenes))

    [finding] = found_as(found, FindingKind.NEAR_CONFLICT)
    assert names(finding) == ["barn/00.jpg", "mill/copy.jpg"]
    assert finding.kind.weight is Weight.LOOK
    assert found.surplus() == {}
    assert found.dataset.counts() == {"barn": 4, "mill": 5}


def test_a_file_that_is_in_the_test_folder_too_is_a_leak_and_stays_in_the_test(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    shutil.copy(scenes / "barn" / "00.jpg", tmp_path / "test" / "x.jpg")
    save(tmp_path / "test" / "y.jpg", scene(5), quality=40)

    found = inspect(scan(scenes), pictures_in(tmp_path / "test"))

    [exact] = found_as(found, FindingKind.LEAK)
    [near] = found_as(found, FindingKind.NEAR_LEAK)
    assert names(exact) == ["barn/00.jpg", "test/x.jpg"]
    assert set(names(near)) == {"mill/01.jpg", "test/y.jpg"}
    assert set(found.surplus()) == {scenes / "barn" / "00.jpg", scenes / "mill" / "01.jpg"}


def test_every_copy_of_a_leaked_picture_is_surplus(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    shutil.copy(scenes / "barn" / "00.jpg", tmp_path / "test" / "x.jpg")
    shutil.copy(scenes / "barn" / "00.jpg", scenes / "barn" / "same.jpg")
    save(scenes / "barn" / "near.jpg", scene(0), quality=50)
    shutil.copy(scenes / "barn" / "near.jpg", scenes / "barn" / "near-same.jpg")

    found = inspect(scan(scenes), pictures_in(tmp_path / "test"))

    assert {path.name for path in found.surplus()} == {"00.jpg", "same.jpg", "near.jpg", "near-same.jpg"}


def test_what_is_doubled_or_broken_in_the_test_folder_alone_is_not_ours(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "test").mkdir()
    for name in ("x.jpg", "y.jpg"):
        save(tmp_path / "test" / name, scene(99), quality=80)
    save(tmp_path / "test" / "z.jpg", scene(99), quality=50)
    (tmp_path / "test" / "broken.jpg").write_bytes(b"no picture")

    assert inspect(scan(scenes), pictures_in(tmp_path / "test")).findings == ()


def test_copies_and_near_copies_are_one_group_and_everything_else_is_its_own(scenes: Path) -> None:
    shutil.copy(scenes / "barn" / "00.jpg", scenes / "barn" / "same.jpg")
    save(scenes / "barn" / "near.jpg", scene(0), quality=50)

    found = audit(scan(scenes))

    groups = {image.path.name: number for image, number in found.groups.items() if image.path.parent.name == "barn"}
    assert groups["00.jpg"] == groups["same.jpg"] == groups["near.jpg"]
    assert len(set(found.groups.values())) == 8
    assert set(found.groups) == set(found.dataset.images)


def test_what_is_unreadable_or_cut_off_is_left_out_and_surplus(scenes: Path) -> None:
    whole = (scenes / "barn" / "00.jpg").read_bytes()
    (scenes / "barn" / "cut.jpg").write_bytes(whole[: len(whole) // 2])
    (scenes / "barn" / "text.jpg").write_text("no picture", encoding="utf-8")

    found = inspect(scan(scenes))

    assert found.surplus() == {
        scenes / "barn" / "text.jpg": FindingKind.UNREADABLE,
        scenes / "barn" / "cut.jpg": FindingKind.TRUNCATED,
    }
    assert {image.path.name for image, _ in found.left_out} == {"cut.jpg", "text.jpg"}


def test_oddities_of_single_pictures_are_never_surplus(scenes: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 8
    save(scenes / "barn" / "turned.jpg", scene(50), exif=exif)
    save(scenes / "barn" / "print.jpg", scene(51).convert("CMYK"))
    save(scenes / "barn" / "really-png.jpg", scene(52), image_format="PNG")
    save(scenes / "barn" / "tiny.jpg", scene(53, size=(90, 70)))
    save(scenes / "barn" / "long.jpg", scene(54, size=(900, 200)))
    save(scenes / "barn" / "blurred.jpg", scene(55).filter(ImageFilter.GaussianBlur(4)))
    (scenes / "barn" / "layers.psd").write_bytes(b"x")

    found = inspect(scan(scenes))

    assert found.surplus() == {}
    assert {finding.kind: finding.files[0].name for finding in found.findings} == {
        FindingKind.BLURRED: "blurred.jpg",
        FindingKind.TINY: "tiny.jpg",
        FindingKind.ODD_SHAPE: "long.jpg",
        FindingKind.PASSED_OVER: "layers.psd",
        FindingKind.ROTATED: "turned.jpg",
        FindingKind.COLOUR_MODE: "print.jpg",
        FindingKind.WRONG_SUFFIX: "really-png.jpg",
    }


def test_small_pictures_are_not_tiny_where_all_are_small(tmp_path: Path) -> None:
    for place, name in enumerate(("one", "two")):
        (tmp_path / "digits" / name).mkdir(parents=True)
        for number in range(3):
            save(
                tmp_path / "digits" / name / f"{number}.png",
                scene(10 * place + number, size=(28, 28)),
                image_format="PNG",
            )

    assert inspect(scan(tmp_path / "digits")).findings == ()


def test_classes_of_very_different_size_are_named(scenes: Path) -> None:
    for number in range(18):
        save(scenes / "mill" / f"more-{number}.jpg", scene(200 + number))

    [finding] = found_as(inspect(scan(scenes)), FindingKind.UNBALANCED)

    assert finding.detail == "'mill' has 22 pictures, 'barn' has 4."
    assert finding.count == 1


def test_a_class_too_small_is_a_finding_for_who_looks_and_an_error_for_who_trains(scenes: Path) -> None:
    for path in (scenes / "barn").iterdir():
        path.write_bytes(b"")

    [finding] = found_as(inspect(scan(scenes)), FindingKind.TOO_FEW)

    assert "'barn' has 0 different usable pictures" in finding.detail
    with pytest.raises(DatasetError, match="'barn' has 0 different usable pictures"):
        audit(scan(scenes))


def test_the_gravest_comes_first(scenes: Path) -> None:
    save(scenes / "barn" / "print.jpg", scene(51).convert("CMYK"))
    (scenes / "mill" / "broken.jpg").write_bytes(b"no picture")

    assert [finding.kind for finding in inspect(scan(scenes)).findings] == [
        FindingKind.UNREADABLE,
        FindingKind.COLOUR_MODE,
    ]


def test_each_file_is_decoded_once(scenes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    decoded: list[int] = []
    really_decode = decode.decode

    def counted(data: bytes, *, needed_short_side: int | None = None) -> decode.Picture:
        decoded.append(len(data))
        return really_decode(data, needed_short_side=needed_short_side)

    monkeypatch.setattr(decode, "decode", counted)

    inspect(scan(scenes))

    assert len(decoded) == 8


def test_the_summary_counts_what_the_folder_holds(scenes: Path) -> None:
    (scenes / "mill" / "broken.jpg").write_bytes(b"no picture")

    summary = inspect(scan(scenes)).summary

    assert (summary.files, summary.usable) == ({"barn": 4, "mill": 5}, {"barn": 4, "mill": 4})
    assert (summary.formats, summary.modes) == ({"JPEG": 8}, {"RGB": 8})
    assert summary.short_sides_px == {"smallest": 240, "middle": 240, "largest": 240}


def test_pictures_of_which_none_can_be_read_still_have_a_summary(scenes: Path) -> None:
    for path in scenes.rglob("*.jpg"):
        path.write_bytes(b"")

    found = inspect(scan(scenes))

    assert found.summary.short_sides_px == {}
    assert found.dataset == Dataset(("barn", "mill"), (), folders=(scenes,))
    assert found.counts()[FindingKind.UNREADABLE] == 8


def test_files_that_show_nearly_the_same_have_one_number(tmp_path: Path) -> None:
    for number in range(4):
        save(tmp_path / f"{number}.jpg", scene(number))
    save(tmp_path / "0-again.jpg", scene(0), quality=50)
    shutil.copy(tmp_path / "1.jpg", tmp_path / "1-again.jpg")
    (tmp_path / "broken-1.jpg").write_bytes(b"no picture")
    (tmp_path / "broken-2.jpg").write_bytes(b"no picture")
    files = sorted(tmp_path.iterdir())

    found = dict(zip((path.stem for path in files), near_copies(files), strict=True))

    assert found["0-again"] == found["0"]
    assert found["1-again"] == found["1"]
    assert len(set(found.values())) == 6


def test_of_no_files_there_are_no_copies() -> None:
    assert near_copies(()) == ()
