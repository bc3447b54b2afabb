"""`classify --megadetector`: a results file of MegaDetector's, of whole pictures and of a detector's boxes."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from recognizer import cli
from recognizer.bulk import megadetector
from recognizer.images.decode import Picture
from recognizer.predictions import Prediction
from recognizer.preprocessing import fingerprint
from recognizer.recognizer import Recognizer
from tests.recognizer.fakes import (
    GREEN,
    RED,
    encoded,
    make_metadata,
    make_recognizer,
    orientation_exif,
    plain,
    quadrants,
)
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.recognizer.results_format import valid


@pytest.fixture(autouse=True)
def fake_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Recognizer, "open", lambda *_, **__: make_recognizer())


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two pictures, one of four colours in a folder below, and a broken one."""
    pictures = tmp_path / "pictures"
    (pictures / "camera 1").mkdir(parents=True)
    (pictures / "a.png").write_bytes(plain(RED))
    (pictures / "b.png").write_bytes(plain(GREEN))
    (pictures / "camera 1" / "c.png").write_bytes(encoded(quadrants(400, 240)))
    (pictures / "d.png").write_bytes(b"no picture")
    return pictures


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out.json"


@pytest.fixture
def boxes(tmp_path: Path) -> Path:
    return tmp_path / "boxes.json"


def classify(*arguments: Path | str) -> int:
    return cli.main(["classify", *map(str, arguments), "--model", "fake.h5"])


# Whole pictures


def test_whole_pictures_are_entries_in_order(folder: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code = classify(folder, "--megadetector", out)

    document = valid(out)
    entries = document["images"]
    assert code == 0
    assert [entry["file"] for entry in entries] == ["a.png", "b.png", "camera 1/c.png", "d.png"]
    [detection] = entries[0]["detections"]
    assert document["detection_categories"] == {"1": "animal"}
    assert document["classification_categories"] == {"0": "cat", "1": "chicken", "2": "dog", "3": "horse"}
    assert (detection["category"], detection["conf"], detection["bbox"]) == ("1", 1.0, [0, 0, 1, 1])
    assert [number for number, _ in detection["classifications"]] == ["0", "3", "1", "2"]
    assert entries[3]["failure"].startswith("The picture cannot be read: This is not a picture")
    assert document["info"]["classifier"] == "animals-1 sha256:0"
    assert "out.json has 4 pictures, 1 of them could not be read." in capsys.readouterr().err


def test_a_picture_of_no_class_has_no_detections_and_others_their_likeness(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = make_rejecting_recognizer(spread=0.1)
    monkeypatch.setattr(Recognizer, "open", lambda *_, **__: fake)
    known = {path.name: fake.classify(path.read_bytes()) for path in (folder / "a.png", folder / "b.png")}
    (folder / "c.png").write_bytes(plain((255, 255, 255)))

    assert classify(folder / "a.png", folder / "b.png", folder / "c.png", folder / "a.png", "--megadetector", out) == 0

    entries = {Path(entry["file"]).name: entry["detections"] for entry in valid(out)["images"]}
    assert len(valid(out)["images"]) == 3
    assert [entries[name][0]["conf"] for name in known] == [answer.likeness for answer in known.values()]
    assert entries["c.png"] == []


def test_only_bad_pictures_are_exit_code_2(folder: Path, out: Path) -> None:
    assert classify(folder / "d.png", "--megadetector", out) == 2
    assert valid(out)["images"][0]["detections"] is None


def test_a_name_that_is_not_utf_8_comes_back(tmp_path: Path, out: Path) -> None:
    odd = tmp_path / "odd"
    odd.mkdir()
    Path(os.fsdecode(os.fsencode(odd) + b'/caf\xe9 "2".png')).write_bytes(plain(RED))

    classify(odd, "--megadetector", out)

    document = json.loads(out.read_text(encoding="ascii"))
    assert os.fsencode(document["images"][0]["file"]) == b'caf\xe9 "2".png'


def test_a_file_that_is_there_stays_unless_it_is_to_be_overwritten(
    folder: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out.write_text("precious")

    refused = classify(folder, "--megadetector", out)

    assert (refused, out.read_text()) == (2, "precious")
    assert "out.json is there already. Choose another file, or add --overwrite." in capsys.readouterr().err
    assert classify(folder, "--megadetector", out, "--overwrite") == 0
    assert len(valid(out)["images"]) == 4


def test_a_link_stays_one_and_a_pipe_is_refused(folder: Path, tmp_path: Path, out: Path) -> None:
    (tmp_path / "link.json").symlink_to(out)
    os.mkfifo(tmp_path / "pipe.json")

    assert classify(folder, "--megadetector", tmp_path / "link.json") == 0
    assert (tmp_path / "link.json").is_symlink()
    assert len(valid(out)["images"]) == 4
    assert classify(folder, "--megadetector", tmp_path / "pipe.json", "--overwrite") == 1
    assert (tmp_path / "pipe.json").is_fifo()


def test_a_run_that_was_stopped_leaves_nothing(
    folder: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(megadetector, "classifications", stop)

    assert classify(folder, "--megadetector", out) == 1
    assert "Stopped. " in capsys.readouterr().err
    assert [path.name for path in out.parent.iterdir()] == ["pictures"]


# Boxes

TOP_RIGHT, BOTTOM_LEFT = [0.55, 0.1, 0.4, 0.35], [0.05, 0.55, 0.4, 0.4]
"""Of `quadrants`: green, a chicken, and blue, a dog."""


def detection(bbox: Any, conf: Any = 0.9, category: Any = "1", **others: Any) -> dict[str, Any]:
    return {"category": category, "conf": conf, "bbox": bbox, **others}


def written(boxes: Path, *images: dict[str, Any], **others: Any) -> dict[str, Any]:
    """A detector's file with these entries."""
    document = {
        "info": {"format_version": "1.6", "detector": "md_v5a.0.0.pt", "classifier": "another"},
        "detection_categories": {"1": "animal", "2": "person"},
        "images": list(images),
        **others,
    }
    boxes.write_text(json.dumps(document))
    return document


def best_of(out: Path, entry: int = 0) -> list[str | None]:
    """What each box of an entry is, by number; none where it has no classifications."""
    detections = valid(out)["images"][entry]["detections"]
    return [each["classifications"][0][0] if each.get("classifications") else None for each in detections]


def test_boxes_are_classified_and_all_else_stays(
    folder: Path, boxes: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    before = written(
        boxes,
        {"file": "camera 1/c.png", "detections": [detection(TOP_RIGHT, note="kept"), detection(BOTTOM_LEFT)]},
        {"file": "nowhere.jpg", "failure": "Failure image access", "detections": None},
        {"file": "a.png", "detections": [], "datetime": "2026:11:29 08:00:00"},
        classification_categories={"0": "of another classifier"},
        classification_category_descriptions={"0": "animalia"},
        note={"kept": [1, 2.5, None]},
    )

    code = classify(folder, "--boxes", boxes, "--megadetector", out)

    document = valid(out)
    assert code == 0
    assert best_of(out) == ["1", "2"]
    assert document["images"][1:] == before["images"][1:]
    assert document["images"][0]["detections"][0]["note"] == "kept"
    assert document["note"] == before["note"]
    assert document["info"]["detector"] == "md_v5a.0.0.pt"
    assert document["info"]["classifier"] == "animals-1 sha256:0"
    assert document["classification_categories"]["1"] == "chicken"
    assert "classification_category_descriptions" not in document
    assert "out.json has 2 classified boxes in 1 picture." in capsys.readouterr().err


def test_the_file_of_the_boxes_can_be_written_over(folder: Path, boxes: Path) -> None:
    written(boxes, {"file": "a.png", "detections": [detection([0, 0, 1, 1])]})

    assert classify(folder, "--boxes", boxes, "--megadetector", boxes) == 2
    assert classify(folder, "--boxes", boxes, "--megadetector", boxes, "--overwrite") == 0
    assert best_of(boxes) == ["0"]


def test_only_animals_that_the_detector_is_sure_of_are_classified(folder: Path, boxes: Path, out: Path) -> None:
    old = [["0", 0.7]]
    written(
        boxes,
        {
            "file": "a.png",
            "detections": [
                detection([0, 0, 1, 1], 0.1),
                detection([0, 0, 1, 1], 0.09, classifications=old),
                detection([0, 0, 1, 1], category="2"),
            ],
        },
    )

    classify(folder, "--boxes", boxes, "--megadetector", out)
    usual = best_of(out)
    classify(folder, "--boxes", boxes, "--megadetector", out, "--overwrite", "--least-confidence", "0.05")

    assert usual == ["0", None, None]
    assert best_of(out) == ["0", "0", None]


def test_a_detector_without_animals_has_all_its_boxes_classified(folder: Path, boxes: Path, out: Path) -> None:
    written(
        boxes,
        {"file": "a.png", "detections": [detection([0, 0, 1, 1], category="7")]},
        detection_categories={"7": "bird"},
    )

    classify(folder, "--boxes", boxes, "--megadetector", out)

    assert best_of(out) == ["0"]


def test_boxes_are_of_the_upright_picture(folder: Path, boxes: Path, out: Path) -> None:
    (folder / "turned.jpg").write_bytes(encoded(quadrants(400, 240), "JPEG", exif=orientation_exif(3)))
    written(boxes, {"file": "turned.jpg", "detections": [detection(TOP_RIGHT), detection(BOTTOM_LEFT)]})

    classify(folder, "--boxes", boxes, "--megadetector", out)

    assert best_of(out) == ["2", "1"]


def test_a_small_box_of_a_large_picture_is_seen_sharply(folder: Path, boxes: Path, out: Path) -> None:
    large = quadrants(4000, 2000)
    large.paste(RED, (2202, 402, 2206, 406))
    (folder / "large.png").write_bytes(encoded(large))
    written(boxes, {"file": "large.png", "detections": [detection([2202 / 4000, 402 / 2000, 4 / 4000, 4 / 2000])]})

    classify(folder, "--boxes", boxes, "--megadetector", out)

    assert best_of(out) == ["0"]


def test_the_network_sees_the_square_around_all_of_a_box(
    folder: Path, boxes: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cropping = make_metadata().preprocessing.model_copy(update={"crop_fraction": 0.8})
    fake, sizes = make_recognizer(preprocessing=cropping, preprocessing_fingerprint=fingerprint(cropping)), []
    really_classify = fake.classify_pictures

    def classify_pictures(pictures: list[Picture]) -> list[Prediction]:
        sizes.extend(picture.rgb.size for picture in pictures)
        return really_classify(pictures)

    monkeypatch.setattr(fake, "classify_pictures", classify_pictures)
    monkeypatch.setattr(Recognizer, "open", lambda *_, **__: fake)
    written(
        boxes,
        {"file": "camera 1/c.png", "detections": [detection([0.5, 0.5, 0.25, 0.1]), detection([0, 0, 1, 1])]},
    )

    classify(folder, "--boxes", boxes, "--megadetector", out)

    assert sizes == [(125, 125), (400, 240)]


def test_more_boxes_than_go_through_the_network_at_once_are_all_classified(
    folder: Path, boxes: Path, out: Path
) -> None:
    written(boxes, {"file": "camera 1/c.png", "detections": [detection(TOP_RIGHT), detection(BOTTOM_LEFT)] * 20})

    classify(folder, "--boxes", boxes, "--megadetector", out)

    assert best_of(out) == ["1", "2"] * 20


UNUSABLE = (
    [102.4, 88.1, 540.7, 470.2],
    [0.5, 0.5, 0.6, 0.1],
    [-0.2, 0, 0.5, 0.5],
    [0.5, 0.5, 0, 0.1],
    [0.5, 0.5, -0.1, 0.1],
    [1.005, 0, 0.001, 1],
    [0.1, 0.1, 0.1],
    [0.1, 0.1, 0.1, "0.1"],
    [True, 0, 1, 1],
    [0, 0, 10**400, 1],
    [[0], 0, 1, 1],
    {"x": 0},
    "0,0,1,1",
    None,
)


def test_boxes_that_are_none_are_left_alone_and_counted(
    folder: Path, boxes: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    detections = [detection(bbox) for bbox in UNUSABLE]
    odd = [None, 7, [], {}, detection([0, 0, 1, 1], conf="high"), detection([0, 0, 1, 1], category=["1"])]
    rounded = detection([-0.0004, 0, 1.001, 1])
    written(boxes, {"file": "a.png", "detections": [*detections, *odd, rounded]})

    code = classify(folder, "--boxes", boxes, "--megadetector", out)

    after = json.loads(out.read_text())["images"][0]["detections"]
    assert code == 0
    assert after[:-1] == [*detections, *odd]
    assert after[-1] == rounded | {"classifications": after[-1]["classifications"]}
    assert f"{len(UNUSABLE)} boxes left alone" in capsys.readouterr().err


def test_no_file_outside_the_folder_is_read(
    folder: Path, boxes: Path, out: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "secret.png").write_bytes(plain(RED))
    (tmp_path / "pictures 2").mkdir()
    (tmp_path / "pictures 2" / "a.png").write_bytes(plain(RED))
    outside = ["../secret.png", str(tmp_path / "secret.png"), "camera 1/../../secret.png", "..\\secret.png"]
    outside += [f"{folder} 2/a.png", "/dev/zero"]
    inside = [str(folder / "a.png"), "camera 1/../a.png", "camera 1\\c.png", "./a.png", "a.png", "a.png"]
    entries = [{"file": name, "detections": [detection([0, 0, 0.4, 0.4])]} for name in [*outside, *inside]]
    written(boxes, *entries)

    code = classify(folder, "--boxes", boxes, "--megadetector", out)

    assert code == 0
    assert valid(out)["images"][: len(outside)] == entries[: len(outside)]
    assert [best_of(out, len(outside) + number) for number in range(len(inside))] == [["0"]] * len(inside)
    assert "6 x The picture is not in the folder: Its path leads out of it." in capsys.readouterr().err


def test_what_is_no_picture_keeps_its_boxes(
    folder: Path, boxes: Path, out: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    os.mkfifo(folder / "pipe.jpg")
    names = ["d.png", "missing.jpg", "pipe.jpg", "camera 1", "", "nul\0.png", "\ud800.png", "x" * 5000]
    entries = [{"file": name, "detections": [detection([0, 0, 1, 1])]} for name in names]
    written(boxes, *entries)

    code = classify(folder, "--boxes", boxes, "--megadetector", out)

    assert code == 2
    assert json.loads(out.read_text())["images"] == entries
    assert "Left as they were: 8 pictures." in capsys.readouterr().err


DEEP = '[{"a":' * 100_000
HEAD = '"info": {"format_version": "1.6"}, "detection_categories": {"1": "animal"}'


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("", "it is no JSON"),
        ("\xff", "it is no JSON"),
        ("[]", "it is no JSON object"),
        ("{}", "its info are missing"),
        ('[{"file": "a.png", "detections": [{"category": "animal", "bbox": [1, 2, 3, 4]}]}]', "it is no JSON object"),
        (f'{{{HEAD}, "images": {{}}}}', "its images are missing"),
        (f'{{{HEAD}, "images": [{{"detections": []}}]}}', "entry 0 of its images names no file"),
        (f'{{{HEAD}, "images": [{{"file": "a", "detections": {{}}}}]}}', "entry 0 of its images has detections"),
        (f'{{{HEAD}, "images": [{{"file": "a", "detections": [{{"conf": NaN}}]}}]}}', "for NaN is none"),
        (f'{{{HEAD}, "images": [{{"file": "a", "detections": [{{"conf": 1e999}}]}}]}}', "it is no JSON"),
        (f'{{{HEAD}, "images": [], "note": {"9" * 5000}}}', "it is no JSON"),
        (f'{{{HEAD}, "images": [], "note": {DEEP}', "nested too deep"),
    ],
)
def test_a_file_that_is_no_detectors_is_refused_with_a_sentence(
    folder: Path, boxes: Path, out: Path, text: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    boxes.write_text(text, encoding="latin-1")

    code = classify(folder, "--boxes", boxes, "--megadetector", out)

    error = capsys.readouterr().err
    assert code == 2
    assert error.count("\n") == 1
    assert complaint in error
    assert not out.exists()


def test_a_file_that_is_too_large_or_a_pipe_is_not_read(
    folder: Path, boxes: Path, out: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written(boxes, note="x" * 1000)
    monkeypatch.setattr(megadetector, "MOST_BYTES", 1000)
    os.mkfifo(boxes.with_name("pipe"))

    codes = [classify(folder, "--boxes", path, "--megadetector", out) for path in (boxes, boxes.with_name("pipe"))]

    error = capsys.readouterr().err
    assert codes == [1, 1]
    assert "It has more than the 1,000 bytes" in error
    assert "It is no plain file but a pipe" in error


@pytest.mark.parametrize(
    "options",
    [
        ["--boxes", "boxes.json"],
        ["--boxes", "boxes.json", "--csv", "out.csv"],
        ["--boxes", "boxes.json", "--megadetector", "out.json", "--least-confidence", "nan"],
        ["--boxes", "boxes.json", "--megadetector", "out.json", "--least-confidence", "2"],
        ["--megadetector", "out.json", "--least-confidence", "0.5"],
    ],
)
def test_options_that_do_not_belong_together_are_refused(
    folder: Path, options: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert classify(folder, *options) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_the_boxes_need_one_folder(folder: Path, boxes: Path, out: Path, capsys: pytest.CaptureFixture[str]) -> None:
    written(boxes)

    for paths in ([folder / "a.png"], [folder, folder / "camera 1"], [folder / "missing"]):
        assert classify(*paths, "--boxes", boxes, "--megadetector", out) == 2
    assert capsys.readouterr().err.count("give one PATH: the folder") == 3
