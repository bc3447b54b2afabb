"""Right or wrong, below each answer on the upload page."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.recognizer.fakes import BLUE, RED
from tests.recognizer.rejections import make_rejecting_recognizer
from tests.webui.fakes import image_bytes, ready_model, share
from webui import services
from webui.history.models import Answer, Correction

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Iterator[Page]:
    """The upload page with one answer; anything that the console complains about fails the test."""
    complaints: list[str] = []
    page = new_page()
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.set_input_files("#choose", picture())
    page.locator(".judgement").wait_for()
    yield page
    assert [text for text in complaints if "Failed to load resource" not in text] == []


def picture(colour: tuple[int, int, int] = RED) -> Any:
    return {"name": "felix.png", "mimeType": "image/png", "buffer": image_bytes(colour, kind="PNG")}


def outcome(page: Page, text: str) -> Locator:
    """The line that says what was noted, once it says this."""
    line = page.locator(".judgement-said", has_text=text)
    line.wait_for()
    return line


def said() -> list[tuple[str, str]]:
    return list(Correction.objects.values_list("kind", "label"))


def test_right_is_one_press(page: Page) -> None:
    page.get_by_role("button", name="Right").click()

    outcome(page, "Thank you. Noted: cat.")
    assert said() == [("right", "cat")]


def test_a_wrong_answer_is_corrected_and_the_page_stays(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()
    page.get_by_role("button", name="dog").click()

    outcome(page, "Noted: dog.")
    assert said() == [("class", "dog")]
    assert page.locator("#result-cards .result-card-name").inner_text() == "Cat"


def test_the_other_classes_and_none_of_these_are_offered(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()

    buttons = page.locator(".judgement-choices button").all_inner_texts()

    assert sorted(buttons) == ["None of these", "Send", "chicken", "dog", "horse"]


def test_enter_sends_a_class_that_the_model_does_not_have(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()
    page.get_by_label("Something else").fill("red panda")
    page.keyboard.press("Enter")

    outcome(page, "Noted: red panda.")
    assert said() == [("new_class", "red panda")]


def test_a_name_that_cannot_be_is_said_and_can_be_mended(page: Page) -> None:
    page.locator(".judgement-wrong summary").click()
    page.get_by_label("Something else").fill("../x")
    page.keyboard.press("Enter")
    outcome(page, "begins with a letter or a digit")

    page.get_by_label("Something else").fill("fox")
    page.keyboard.press("Enter")

    outcome(page, "Noted: fox.")
    assert said() == [("new_class", "fox")]


def test_undo_takes_it_back_and_asks_again(page: Page) -> None:
    page.get_by_role("button", name="Right").click()
    outcome(page, "Noted")
    assert page.evaluate("document.activeElement.textContent.trim()") == "Undo"

    page.keyboard.press("Enter")

    outcome(page, "Taken back.")
    assert said() == []
    assert page.get_by_role("button", name="Right").is_visible()


def test_what_became_of_it_is_announced(page: Page) -> None:
    assert page.locator(".judgement-said").get_attribute("role") == "status"


def test_a_server_that_cannot_be_reached_is_said(page: Page) -> None:
    page.route("**/correction/", lambda route: route.abort())

    page.get_by_role("button", name="Right").click()

    outcome(page, "cannot be reached")
    page.unroute("**/correction/")
    page.get_by_role("button", name="Right").click()
    outcome(page, "Noted")


def test_an_answer_that_was_deleted_meanwhile_is_said(page: Page) -> None:
    services.current().recorder.flush()
    Answer.objects.all().delete()

    page.get_by_role("button", name="Right").click()

    outcome(page, "no longer kept")


def test_of_a_picture_that_was_turned_away_none_of_these_is_right(new_page: Callable[..., Page]) -> None:
    share(model=ready_model(make_rejecting_recognizer()))
    page = new_page()
    page.set_input_files("#choose", picture(BLUE))

    page.get_by_role("button", name="Right").click()

    outcome(page, "Noted: none of these.")
    assert said() == [("none", "")]


def test_where_nothing_is_kept_nothing_is_asked(new_page: Callable[..., Page], settings: Any) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_days": 0})
    page = new_page()
    page.set_input_files("#choose", picture())

    page.locator(".result-card-name", has_text="cat").wait_for()

    assert page.locator(".judgement").count() == 0
