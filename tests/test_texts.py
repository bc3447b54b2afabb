"""docs/texts.md has every text of the interface, as the catalogue has it."""

from __future__ import annotations

from pathlib import Path

import pytest
from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po

from docs.texts.table import CATALOGUE, PAGE, ROOT, table


@pytest.fixture(scope="module")
def catalogue() -> Catalog:
    with Path(ROOT, "webui", CATALOGUE).open("rb") as file:
        return read_po(file)


def rows(page: str) -> set[str]:
    return {line for line in page.splitlines() if line.startswith("| ") and "---" not in line}


def test_the_page_has_every_text_of_the_catalogue_and_no_other(catalogue: Catalog) -> None:
    assert len(rows(table(catalogue))) > 500
    assert rows(PAGE.read_text(encoding="utf-8")) == rows(table(catalogue)), "run: python -m docs.texts"


def test_a_text_is_written_as_one_cell() -> None:
    catalogue = Catalog()
    catalogue.add("a <b>|</b>\nline", "一 <b>|</b> 行", locations=[("./templates/x.html", 3)])
    catalogue.add(("%d day", "%d days"), ("%d 天",), locations=[("shell/y.py", 1)], context="time")

    page = table(catalogue)

    assert "## shell/y\n\n| English | 简体中文 |\n| --- | --- |\n| %d day / %d days <sub>time</sub> | %d 天 |\n" in page
    assert "## templates/x.html\n" in page
    assert "| a &lt;b>\\|&lt;/b> line | 一 &lt;b>\\|&lt;/b> 行 |" in page
