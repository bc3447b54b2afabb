from __future__ import annotations

import base64
import hashlib
from pathlib import Path

import pytest

from webui.versions import report

PAGE = '<!doctype html><style>\nb { color: red }\n</style><p style="--strength: 0.5">&amp;</p><p style="x: &quot;">'


def written(folder: Path, text: str = PAGE) -> report.Report:
    path = folder / "animals-1.report.html"
    path.write_bytes(text.encode())
    found = report.read(path)
    assert found is not None
    return found


def digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


@pytest.mark.parametrize("style", ["\nb { color: red }\n", "--strength: 0.5", 'x: "'])
def test_the_policy_names_every_style_of_the_page(tmp_path: Path, style: str) -> None:
    assert digest(style) in written(tmp_path).policy


def test_the_policy_lets_in_nothing_else(tmp_path: Path) -> None:
    directives = written(tmp_path).policy.split("; ")

    assert directives[0] == "default-src 'none'"
    assert "sandbox" in directives
    assert "unsafe-inline" not in written(tmp_path).policy


def test_lines_end_as_browsers_read_them(tmp_path: Path) -> None:
    assert digest("\nb { color: red }\n") in written(tmp_path, PAGE.replace("\n", "\r\n")).policy


def test_a_page_without_styles_may_have_none(tmp_path: Path) -> None:
    assert written(tmp_path, "<p>bare</p>").policy.endswith("style-src 'none'")


def test_a_page_with_too_many_styles_is_not_shown(tmp_path: Path) -> None:
    many = "".join(f'<p style="--strength: 0.{number:03d}">' for number in range(200))

    assert not written(tmp_path, many).is_shown
    assert written(tmp_path).is_shown


def test_photographs_are_noticed(tmp_path: Path) -> None:
    assert written(tmp_path, '<img src="data:image/jpeg;base64,AA==">').has_pictures
    assert not written(tmp_path).has_pictures


def test_a_link_is_no_report(tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    (tmp_path / "animals-1.report.html").symlink_to(tmp_path / "secret")

    assert report.read(tmp_path / "animals-1.report.html") is None


def test_there_may_be_none(tmp_path: Path) -> None:
    assert report.read(tmp_path / "animals-1.report.html") is None


def test_a_report_that_changed_is_read_again(tmp_path: Path) -> None:
    written(tmp_path)

    assert written(tmp_path, "<p>another</p>").content == b"<p>another</p>"
