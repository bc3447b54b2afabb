"""Takes the pictures of `docs/first-recogniser.md`, while two mugs are filmed: python -m docs.screenshots.mugs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks import studio
from docs.screenshots import montage
from docs.screenshots.stage import ROOT

if TYPE_CHECKING:
    from playwright.sync_api import Page

TAKEN = {"held": "mugs-camera", "result": "mugs-result", "answer": "mugs-answer"}
"""Step of the visit -> name of its picture; where a step comes twice, of the second time."""
_WIDTH_PX = 720


def main() -> None:
    """Goes the whole way once; some minutes."""
    from playwright.sync_api import sync_playwright

    with studio.serving("2") as (address, folder), sync_playwright() as playwright:
        studio.film_mugs(playwright, address, folder, _take)


def _take(step: str, page: Page) -> None:
    if step in TAKEN:
        shot = montage.opened(page.screenshot(animations="disabled", caret="hide"))
        path = ROOT / "docs" / "images" / f"{TAKEN[step]}.png"
        size = montage.write(shot.resize((_WIDTH_PX, round(shot.height * _WIDTH_PX / shot.width))), path)
        print(f"{path.relative_to(ROOT)}  {size / 1000:.0f} kB")


if __name__ == "__main__":
    main()
