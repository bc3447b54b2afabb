"""Ways over several pages, as people go them: by keyboard alone, without JavaScript, from answer to export."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest

from tests.recognizer.fakes import RED
from tests.webui.factories import PASSWORD, make_user
from tests.webui.fakes import image_bytes
from webui.history.models import Answer, Correction

if TYPE_CHECKING:
    from playwright.sync_api import Page, Route

pytestmark = pytest.mark.browser

FELIX: Any = {"name": "felix.png", "mimeType": "image/png", "buffer": image_bytes(RED, kind="PNG")}
MOST_TABS = 40
UNKNOWN: Any = {
    "model": {"name": "animals", "version": "1", "digest": "sha256:0"},
    "predictions": [
        {
            "filename": "felix.png",
            "width": 40,
            "height": 24,
            "known": False,
            "label": None,
            "score": None,
            "likeness": 0.1,
            "passes": 1,
            "top": [{"label": "dog", "score": 0.6}, {"label": "cat", "score": 0.4}],
        }
    ],
}


def tab_to(page: Page, name: str) -> None:
    """Presses Tab until what has this name has the focus."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "(document.activeElement.labels?.[0] ?? document.activeElement).textContent.replace(/[^\\w ]/g, '').trim()"
        )
        if focused == name:
            return
    pytest.fail(f"Nothing that is called {name!r} is reached by Tab.")


def said() -> list[tuple[str, str, str]]:
    return list(Correction.objects.values_list("state", "kind", "label"))


def test_a_picture_is_chosen_and_its_answer_corrected_by_keyboard_alone(page: Page) -> None:
    tab_to(page, "Choose pictures")
    with page.expect_file_chooser() as chooser:
        page.keyboard.press("Space")
    chooser.value.set_files([FELIX])
    page.get_by_role("group", name="Is the answer right?").wait_for()

    tab_to(page, "Wrong")
    page.keyboard.press("Enter")
    tab_to(page, "horse")
    page.keyboard.press("Enter")

    page.locator(".judgement-said", has_text="Noted: horse.").wait_for()
    assert said() == [("pending", "class", "horse")]


def test_a_correction_goes_from_the_answer_over_the_review_into_the_export(
    page: Page, page_of: Callable[..., Page]
) -> None:
    page.get_by_label("Choose pictures").set_input_files([FELIX])
    page.locator("summary", has_text="Wrong").click()
    page.get_by_role("button", name="dog").click()
    page.locator(".judgement-said", has_text="Noted: dog.").wait_for()

    staff = page_of(make_user("sam", is_staff=True))
    with staff.expect_navigation():
        staff.get_by_role("link", name="Review").click()
    with staff.expect_navigation():
        staff.keyboard.press("a")
    with staff.expect_download() as download:
        staff.get_by_role("button", name="Download").click()

    names = zipfile.ZipFile(download.value.path()).namelist()
    assert len([name for name in names if "/classes/dog/" in name]) == 1


def test_without_javascript_a_member_logs_in_asks_corrects_and_deletes(new_page: Callable[..., Page]) -> None:
    make_user("mia")
    page = new_page(java_script_enabled=False)

    page.get_by_role("link", name="Log in").click()
    page.get_by_label("Username").fill("mia")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Log in").click()
    page.get_by_label("Choose pictures").set_input_files([FELIX])
    page.get_by_role("button", name="Say what is in them").click()
    page.locator("summary", has_text="Wrong").click()
    page.get_by_role("button", name="chicken").click()
    page.get_by_text("Noted: chicken.").wait_for()
    corrected = said()
    page.get_by_role("link", name="In your history").click()
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("button", name="Delete 1 answer").click()
    page.get_by_text("1 answer deleted.").wait_for()

    assert corrected == [("pending", "class", "chicken")]
    assert not Answer.objects.exists()


@pytest.mark.parametrize(("wish", "moves"), [("reduce", False), ("no-preference", True)])
def test_nothing_moves_for_who_wants_that(new_page: Callable[..., Page], wish: str, moves: bool) -> None:
    page = new_page(reduced_motion=wish)
    page.route("**/api/**", lambda route: None)

    page.get_by_label("Choose pictures").set_input_files([FELIX])
    page.get_by_role("heading", name="Looking").wait_for()

    assert page.evaluate("document.getAnimations().length > 0") is moves


def test_in_forced_colours_the_place_and_the_language_of_the_page_are_marked(new_page: Callable[..., Page]) -> None:
    page = new_page(forced_colors="active")

    for place in (".places", ".language-switch"):
        style = page.locator(f"{place} [aria-current]").evaluate("(node) => getComputedStyle(node).borderBottomWidth")
        assert style == "3px", place
    assert page.evaluate("getComputedStyle(document.querySelector('progress')).appearance") != "none"


def test_on_paper_only_what_can_be_read_is_left(page: Page) -> None:
    page.get_by_label("Choose pictures").set_input_files([FELIX])
    page.locator("summary", has_text="Wrong").wait_for()

    page.emulate_media(media="print")

    assert page.locator("button:visible, a.button:visible, .site-header:visible, summary:visible").count() == 0
    assert page.locator(".result-card-name").is_visible()


def test_the_cat_looks_where_a_picture_is_dragged_thinks_and_wonders(page: Page) -> None:
    cat = page.locator("#cat")
    page.evaluate("""() => {
        const at = { clientX: 5, clientY: 5, dataTransfer: new DataTransfer(), bubbles: true };
        const over = new DragEvent("dragover", at);
        document.body.dispatchEvent(over);
    }""")
    x, y = re.findall(r"-?[\d.]+", cat.locator(".cat-eyes").get_attribute("transform") or "")
    assert (float(x) < 0, float(y) < 0) == (True, True)

    waiting: list[Route] = []
    page.route("**/api/v1/classify*", lambda route: waiting.append(route))  # noqa: PLW0108 - Playwright marks functions.
    page.get_by_label("Choose pictures").set_input_files([FELIX])
    page.locator("#cat.cat-thinking").wait_for()
    while not waiting:
        page.wait_for_timeout(50)
    waiting[0].fulfill(json=UNKNOWN)
    page.locator("#cat.cat-puzzled:not(.cat-thinking)").wait_for()
    page.get_by_role("button", name="Start over").click()
    page.locator("#cat:not(.cat-puzzled)").wait_for()
