"""The report as people see it: on a phone, in the dark, and without barriers."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from PIL import Image

from tests.recognizer.fakes import make_recognizer
from tests.training.answers import make_prediction, make_unknown
from training.evaluation.evaluate import Answered, Evaluation
from training.evaluation.open_set import OpenSetEvaluation
from training.report.contents import Contents
from training.report.model_page import write

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

CLASSES = ("a cat", "x" * 200, *(f"class {number}" for number in range(3, 30)))
HISTORY = [{"loss": [0.5, 0.2], "val_loss": [0.6, 0.4], "accuracy": [0.8, 0.9], "val_accuracy": [0.7, 0.8]}]


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with everything on it, and with names that are far too long."""
    folder = tmp_path_factory.mktemp("report")
    Image.effect_noise((300, 200), 60).convert("RGB").save(folder / f"{'long' * 40}.png")
    answered = [
        Answered(next(folder.iterdir()), actual, make_prediction({predicted: 0.7, **rest(predicted)}))
        for number, actual in enumerate(CLASSES)
        for predicted in (actual, CLASSES[number - number % 5])
    ]
    contents = Contents(
        recognizer=make_recognizer(class_names=CLASSES, results={"history": HISTORY}, provenance={"digest": "0" * 64}),
        evaluation=Evaluation(CLASSES, tuple(answered), ()),
        origin="given",
        unknown=OpenSetEvaluation((make_unknown(f"animal/{'fox' * 60}", 0.6),), ()),
    )
    write(folder / "x.report.html", contents)
    return folder / "x.report.html"


def rest(predicted: str) -> dict[str, float]:
    others = [name for name in CLASSES if name != predicted]
    return {name: 0.3 / len(others) for name in others}


@pytest.fixture
def shown(new_page: Callable[..., Page], report: Path) -> Callable[..., Page]:
    """Opens the report with the options of `Browser.new_context`; anything that it tries to fetch fails the test."""

    def open_report(**options: Any) -> Page:
        page = new_page(**options).context.new_page()  # The first one may still be fetching its icon.
        page.on("request", lambda request: complaints.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        complaints: list[str] = []
        page.goto(report.as_uri())
        assert [text for text in complaints if not text.startswith(("data:", report.as_uri()))] == []
        return page

    return open_report


@pytest.mark.parametrize("width", [360, 1280])
def test_nothing_is_wider_than_the_screen(shown: Callable[..., Page], width: int) -> None:
    page = shown(viewport={"width": width, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") == width


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(shown: Callable[..., Page], scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page = shown(color_scheme=scheme, bypass_csp=True)

    found = axe.Axe().run(page)

    assert found.violations_count == 0, found.generate_report()
