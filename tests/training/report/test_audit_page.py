"""The page about an audit: self-contained, safe, with the pictures side by side."""

from __future__ import annotations

import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest

from tests.training.drawings import draw_scenes
from training.audit.inspect import inspect
from training.data.dataset import scan
from training.report import audit_page


@pytest.fixture
def scenes(tmp_path: Path) -> Path:
    """Two classes of four scenes, barn/00.jpg twice and mill/broken.jpg a text."""
    folder = draw_scenes(tmp_path / "scenes")
    shutil.copy(folder / "barn" / "00.jpg", folder / "barn" / "copy.jpg")
    (folder / "mill" / "broken.jpg").write_bytes(b"no picture")
    return folder


def rendered(folder: Path) -> str:
    return audit_page.render(inspect(scan(folder)))


def test_copies_stand_side_by_side_with_the_surplus_one_marked(scenes: Path) -> None:
    page = rendered(scenes)

    [group] = re.findall(r'id="copy">.*?</section>', page, re.DOTALL)
    assert group.count("data:image/webp;base64,") == 2
    assert group.index("barn/00.jpg") < group.index("barn/copy.jpg")
    assert group.count("surplus") == 2  # A class and a word.


def test_what_cannot_be_shown_has_a_place_and_a_reason(scenes: Path) -> None:
    [group] = re.findall(r'id="unreadable">.*?</section>', rendered(scenes), re.DOTALL)

    assert "nothing to see" in group
    assert "This is not a picture that can be read here" in group


def test_nothing_is_loaded_from_anywhere_and_no_script_can_run(scenes: Path) -> None:
    page = rendered(scenes)

    assert "default-src 'none'" in page
    assert not re.findall(r"<script|https?://|url\(|@import", page)


def test_every_element_is_closed(scenes: Path) -> None:
    still_open: list[str] = []

    class Checker(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            if tag not in ("meta", "img", "br"):
                still_open.append(tag)

        def handle_endtag(self, tag: str) -> None:
            assert still_open.pop() == tag

    Checker().feed(rendered(scenes))

    assert still_open == []


def test_names_are_text(scenes: Path) -> None:
    (scenes / "mill" / "broken.jpg").rename(scenes / "mill" / "<img src=x onerror=alert(1)>.jpg")
    (scenes / "mill").rename(scenes / "<i>mill")

    page = rendered(scenes)

    assert "<img src=x" not in page
    assert "<i>mill" not in page
    assert "&lt;i&gt;mill" in page


def test_only_the_first_of_very_many_are_shown_and_the_rest_counted(
    scenes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit_page, "_MAX_FINDINGS", 3)
    monkeypatch.setattr(audit_page, "_MAX_FILES", 2)
    for number in range(5):
        (scenes / "mill" / f"text-{number}.jpg").write_bytes(f"{number}".encode())
        shutil.copy(scenes / "barn" / "00.jpg", scenes / "barn" / f"again-{number}.jpg")

    page = rendered(scenes)

    assert "3 more of this kind" in page
    assert "and 5 more like these" in page


def test_a_file_that_went_away_meanwhile_is_no_trouble(scenes: Path) -> None:
    found = inspect(scan(scenes))
    (scenes / "barn" / "copy.jpg").unlink()

    assert "nothing to see" in audit_page.render(found)


def test_the_page_is_written_whole_over_an_older_one(scenes: Path, tmp_path: Path) -> None:
    (tmp_path / "audit.html").write_text("old", encoding="utf-8")

    audit_page.write(tmp_path / "audit.html", inspect(scan(scenes)))

    assert (tmp_path / "audit.html").read_text(encoding="utf-8").startswith("<!doctype html>")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["audit.html", "scenes"]
