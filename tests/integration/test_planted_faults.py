"""The audit finds the faults that were planted among drawn pictures, and no others."""

from __future__ import annotations

import io
import json
import shutil
from collections import Counter
from collections.abc import Iterator
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from tests.training.drawings import draw_scenes, encoded
from training.cli import main

pytestmark = pytest.mark.slow

Found = tuple[dict[str, set[str]], dict[str, Any], Path]
"""What was planted, what the audit says of it, and where."""

CLASSES = ("barn", "bridge", "mill")
EACH = 60


class Planter:
    """Takes each picture of a data set once, and plants something that is made of it."""

    def __init__(self, data: Path) -> None:
        self._pictures = iter(sorted(data.rglob("*.jpg")))
        self.planted: dict[str, set[str]] = {}

    def plant(self, kind: str, count: int) -> Iterator[tuple[Path, Path]]:
        """Pairs of a picture and of the place of what is to be planted beside it."""
        for _, picture in zip(range(count), self._pictures, strict=False):
            place = picture.with_name(f"{kind}-{picture.name}")
            self.planted.setdefault(kind, set()).add(str(place))
            yield picture, place


def cropped(picture: Image.Image, number: int) -> Image.Image:
    """Without up to 15 % of its width and height, from another side each time."""
    share = 0.06 + 0.01 * number
    left, top = share * (number % 3) / 2, share * (number % 2)
    width, height = picture.size
    box = (left * width, top * height, (1 - share + left) * width, (1 - share + top) * height)
    return picture.crop(tuple(round(side) for side in box))


def plant_everything(data: Path, test: Path) -> dict[str, set[str]]:
    """Returns the planted files by what they are."""
    planter = Planter(data)
    for picture, place in planter.plant("same", 20):
        shutil.copy(picture, place)
    for number, (picture, place) in enumerate(planter.plant("reencoded", 20)):
        original = Image.open(picture)
        smaller = original.resize((original.width * (10 - number % 5) // 10, original.height * (10 - number % 5) // 10))
        place.write_bytes(encoded(smaller, quality=35 + 3 * number))
    for number, (picture, place) in enumerate(planter.plant("cropped", 10)):
        place.write_bytes(encoded(cropped(Image.open(picture), number), quality=80))
    for number, (picture, place) in enumerate(planter.plant("leak", 10)):
        copy = test / picture.parent.name / place.name
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(picture.read_bytes() if number % 2 else encoded(Image.open(picture), quality=60))
    for number, (picture, place) in enumerate(planter.plant("cut", 5)):
        whole = picture.read_bytes()
        place.write_bytes(whole[: len(whole) * (2 + number) // 8])
        picture.unlink()
    for picture, _ in planter.plant("cmyk", 3):
        picture.write_bytes(encoded(Image.open(io.BytesIO(picture.read_bytes())).convert("CMYK")))
    for orientation, (picture, _) in zip((3, 6, 8), planter.plant("turned", 3), strict=True):
        exif = Image.Exif()
        exif[0x0112] = orientation
        picture.write_bytes(encoded(Image.open(io.BytesIO(picture.read_bytes())), exif=exif))
    return planter.planted


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    root = tmp_path_factory.mktemp("planted")
    data = draw_scenes(root / "data", classes=CLASSES, each=EACH)
    draw_scenes(root / "test", classes=CLASSES, each=3, first_seed=1000)
    planted = plant_everything(data, root / "test")
    arguments = [
        "--against",
        str(root / "test"),
        "--html",
        str(root / "audit.html"),
        "--quarantine",
        str(root / "aside"),
    ]
    with redirect_stdout(io.StringIO()) as printed:
        assert main(["audit", "--data", str(data), *arguments, "--json"]) == 0
    return planted, json.loads(printed.getvalue()), root


def files(answer: dict[str, Any], *kinds: str) -> list[set[str]]:
    return [{file["path"] for file in finding["files"]} for finding in answer["findings"] if finding["kind"] in kinds]


def test_exactly_what_was_planted_is_found(found: Found) -> None:
    _, answer, _ = found

    assert answer["counts"] == {
        "truncated": 5,
        "leak": 5,
        "near_leak": 5,
        "copy": 20,
        "near_copy": 30,
        "rotated": 3,
        "colour_mode": 3,
    }


@pytest.mark.parametrize(
    ("planted_as", "found_as"),
    [("same", "copy"), ("reencoded", "near_copy"), ("cropped", "near_copy"), ("cut", "truncated")],
)
def test_each_is_found_as_what_it_is(found: Found, planted_as: str, found_as: str) -> None:
    planted, answer, _ = found

    assert planted[planted_as] <= set().union(*files(answer, found_as))


def test_what_should_not_be_trained_on_is_moved_and_nothing_else(
    found: Found,
) -> None:
    _, answer, root = found

    assert Counter(move["reason"] for move in answer["moved"]) == {
        "truncated": 5,
        "leak": 5,
        "near_leak": 5,
        "copy": 20,
        "near_copy": 30,
    }
    assert len(list((root / "data").rglob("*.jpg"))) == len(CLASSES) * EACH - 5 - 10
    assert len(list((root / "test").rglob("*.jpg"))) == 9 + 10


def test_the_page_shows_them(found: Found) -> None:
    _, _, root = found

    page = (root / "audit.html").read_text(encoding="utf-8")

    assert page.count("data:image/webp") >= 2 * 48
    assert len(page) < 3_000_000


def test_what_is_left_is_clean(found: Found, capsys: pytest.CaptureFixture[str]) -> None:
    _, _, root = found

    main(["audit", "--data", str(root / "data"), "--against", str(root / "test"), "--json"])

    assert json.loads(capsys.readouterr().out)["counts"] == {"rotated": 3, "colour_mode": 3}
