"""docs/architecture.md shows the code as it is."""

from __future__ import annotations

import re

from docs.architecture.flow import FOLDER, draw
from docs.architecture.ways import WAYS
from tests.test_docs import ROOT

PACKAGES = ("recognizer", "training", "webui")
# What Django asks for by these names, and what is in no package's own words.
NOT_ROOMS = {"locale", "static", "templates", "templatetags", "recipes"}
PAGE = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")


def rooms() -> set[str]:
    return {
        f"{package}/{folder.name}/"
        for package in PACKAGES
        for folder in (ROOT / package).iterdir()
        if folder.is_dir() and folder.name not in NOT_ROOMS and any(folder.glob("*.py"))
    }


def test_the_pictures_are_drawn_from_the_steps_of_today() -> None:
    for name, way in WAYS.items():
        assert (FOLDER / f"{name}.svg").read_text(encoding="utf-8") == draw(way), "run: python -m docs.architecture"


def test_every_step_of_a_picture_is_at_a_place_that_exists() -> None:
    places = [step.place for way in WAYS.values() for step in way.steps]

    assert [place for place in places if not (ROOT / place).exists()] == []


def test_every_room_is_in_the_tables_and_no_other() -> None:
    assert set(re.findall(r"^\| `(\w+/\w+/)` \|", PAGE, re.MULTILINE)) == rooms()


def test_few_modules_lie_flat_in_a_package() -> None:
    for package in PACKAGES:
        assert len(list((ROOT / package).glob("*.py"))) <= 12, package
