"""Lays out in build/pages what the site is made of, as it lies in the repository, so that links between pages hold."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PAGES = ROOT / "build" / "pages"
_AT_THE_ROOT = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md", "LICENSE")
_ELSEWHERE = (
    "models/README.md",
    "models/animals-3.report.html",
    "benchmarks/README.md",
    "benchmarks/tutorial_app.py",
)
_KINDS = frozenset({".md", ".png", ".svg", ".json", ".yml", ".conf"})


def sources() -> Iterator[Path]:
    """Every file of the site, relative to the repository."""
    yield from map(Path, (*_AT_THE_ROOT, *_ELSEWHERE))
    for path in sorted((ROOT / "docs").rglob("*")):
        if path.suffix in _KINDS:
            yield path.relative_to(ROOT)


def lay_out(folder: Path = PAGES) -> None:
    """Copies them into an empty folder."""
    shutil.rmtree(folder, ignore_errors=True)
    for path in sources():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(ROOT / path, folder / path)


if __name__ == "__main__":
    lay_out()
