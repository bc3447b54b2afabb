"""The pictures of the pages: each is there, shown in a document, and small."""

from __future__ import annotations

import re

from docs.screenshots.scenes import BEFORE_ANYBODY_CAME, PAGE, SCENES
from tests.test_docs import ROOT

IMAGES = ROOT / "docs" / "images"
MOST_BYTES, MOST_BYTES_IN_ALL = 160_000, 1_600_000


def test_every_page_has_its_picture_and_is_shown_once() -> None:
    shown = re.findall(r"\]\(images/([\w-]+)\.png\)", (ROOT / "docs/pages.md").read_text(encoding="utf-8"))

    assert sorted(shown) == sorted(scene.name for scene in (*BEFORE_ANYBODY_CAME, *SCENES))


def test_there_is_no_picture_that_nobody_takes() -> None:
    taken = {scene.name for scene in (*BEFORE_ANYBODY_CAME, *SCENES, PAGE)} | {"pages"}

    assert {path.stem for path in IMAGES.iterdir()} == taken


def test_the_pictures_are_small() -> None:
    sizes = {path.name: path.stat().st_size for path in IMAGES.iterdir()}

    assert {name: size for name, size in sizes.items() if size > MOST_BYTES} == {}
    assert sum(sizes.values()) <= MOST_BYTES_IN_ALL
