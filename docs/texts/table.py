"""The table of all texts: collected as for a translation, with the places where each of them is.

webui/ -> Django's makemessages, with locations -> catalogue -> one table for each place, English | Chinese
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs/texts.md"
_DJANGO = "manage.py"
CATALOGUE = "locale/zh_Hans/LC_MESSAGES/django.po"


def collected() -> Catalog:
    """The catalogue of the working tree with the places of each text; the one in the repository stays as it is."""
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder, "webui")
        shutil.copytree(ROOT / "webui", copy, ignore=shutil.ignore_patterns("static", "__pycache__"))
        subprocess.run(  # noqa: S603
            [sys.executable, ROOT / _DJANGO, "makemessages", "--locale", "zh_Hans", "--add-location", "file"],
            cwd=copy,
            check=True,
            stdout=subprocess.DEVNULL,
        )
        with (copy / CATALOGUE).open("rb") as file:
            return read_po(file)


def table(catalogue: Catalog) -> str:
    """The page, as Markdown; what stands before its first table stays as it is."""
    messages = sorted((message for message in catalogue if message.id), key=_place)
    parts = [PAGE.read_text(encoding="utf-8").partition("\n## ")[0].rstrip() + "\n"]
    for place, of_place in groupby(messages, key=_place):
        parts.append(f"## {place}\n\n| English | 简体中文 |\n| --- | --- |\n{''.join(map(_row, of_place))}")
    return "\n".join(parts)


def _place(message: Message) -> str:
    places = [path.removeprefix("./").removesuffix(".py") for path, _ in message.locations]
    return min(places, default="") if message.locations else ""


def _row(message: Message) -> str:
    context = f" <sub>{message.context}</sub>" if message.context else ""
    return f"| {_cell(message.id)}{context} | {_cell(message.string)} |\n"


def _cell(text: str | Iterable[str] | None) -> str:
    forms = [text] if isinstance(text, str) else list(text or ())
    return " / ".join(" ".join(form.split()).replace("|", "\\|").replace("<", "&lt;") for form in forms)
