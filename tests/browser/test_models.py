from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recognizer import Recognizer
from tests.webui.factories import make_user
from tests.webui.fakes import image_bytes, share
from tests.webui.versions.conftest import opened, serve
from webui.versions import listing
from webui.versions.comparing import Guest

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser


@pytest.fixture
def trial(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """What is activated is tried until the event is set; then this process answers with it."""
    may_end = threading.Event()

    def try_slowly(path: Path, **options: object) -> Recognizer:
        may_end.wait(20)
        return serve(path)

    monkeypatch.setattr(Recognizer, "open", try_slowly)
    yield may_end
    may_end.set()


def activate(page: Page) -> None:
    page.goto("/models/")
    page.get_by_role("link", name="Activate animals-2").click()
    page.get_by_role("button", name="Activate animals-2").click()
    page.get_by_text("animals-2 is being tried.").wait_for()


def test_the_page_follows_an_activation_by_itself(staff_page: Page, trial: threading.Event) -> None:
    activate(staff_page)
    staff_page.evaluate("window.sameDocument = true")

    trial.set()

    staff_page.get_by_text("animals-2 is active.").wait_for()
    assert staff_page.locator("tr", has_text="animals-2").get_by_text("answers now").is_visible()
    assert staff_page.locator("#live").get_attribute("data-open") == "no"
    assert staff_page.evaluate("window.sameDocument")


def test_the_focus_stays_where_it_was(staff_page: Page, trial: threading.Event) -> None:
    activate(staff_page)
    staff_page.locator('#live a[href="/models/animals-1/"]').focus()

    trial.set()

    staff_page.get_by_text("animals-2 is active.").wait_for()
    assert staff_page.evaluate("document.activeElement.getAttribute('href')") == "/models/animals-1/"


def test_without_javascript_the_page_loads_itself_again(page_of: Callable[..., Page], trial: threading.Event) -> None:
    page = page_of(make_user("sam", is_staff=True), java_script_enabled=False)
    activate(page)

    trial.set()

    page.get_by_text("animals-2 is active.").wait_for()


def test_two_versions_answer_one_picture(page_of: Callable[..., Page], models: Path) -> None:
    share(guest=Guest(opened))
    page = page_of(make_user())
    page.goto("/models/compare/")

    page.locator("input[type=file]").set_input_files(
        [{"name": "felix.jpg", "mimeType": "image/jpeg", "buffer": image_bytes()}]
    )
    page.get_by_role("button", name="Compare").click()
    page.get_by_role("heading", name="They agree").wait_for()

    assert page.locator(".result-card-name").all_inner_texts() == ["Cat", "Cat"]


def test_the_report_has_its_styles_and_runs_no_script(page: Page, models: Path) -> None:
    listing.find("animals-1").report.write_text(  # type: ignore[union-attr]
        '<style>h1 { color: rgb(1, 2, 3) }</style><h1 style="margin-left: 7px">A report</h1>'
        "<script>document.title = 'ran'</script><p style='--x: 1' onclick='alert()'>"
    )

    page.goto("/models/animals-1/report/")

    style = "(name) => getComputedStyle(document.querySelector('h1'))[name]"
    assert page.evaluate(style, "color") == "rgb(1, 2, 3)"
    assert page.evaluate(style, "marginLeft") == "7px"
    assert page.title() != "ran"
