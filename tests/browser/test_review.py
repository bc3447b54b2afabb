from __future__ import annotations

import zipfile
from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.webui.factories import make_answer, make_correction, make_user
from webui.history.models import Correction, CorrectionKind, State

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def corrections() -> list[Correction]:
    """Three that wait, in the order of the queue; each says that a cat is a dog. Key 1 is a chicken, 2 a horse."""
    return [
        make_correction(
            make_answer(filename=f"{name}.jpg", top=[["cat", 0.9], ["chicken", 0.06], ["dog", dog], ["horse", 0.001]])
        )
        for name, dog in (("a", 0.01), ("b", 0.02), ("c", 0.03))
    ]


@pytest.fixture
def review(staff_page: Page, corrections: list[Correction]) -> Page:
    """The first of them, before somebody of the staff."""
    staff_page.goto("/review/")
    return staff_page


def press(page: Page, key: str) -> None:
    """Presses a key that leads to another page."""
    with page.expect_navigation():
        page.keyboard.press(key)


def click(target: Locator) -> None:
    """Clicks on what leads to another page, which may look the same."""
    with target.page.expect_navigation():
        target.click()


def position(page: Page) -> str:
    return page.locator("#review-position").inner_text()


def focused(page: Page) -> str:
    """The value or the name of what has the focus."""
    found: str = page.evaluate(
        "(({value, innerText, tagName}) => value || (tagName === 'BUTTON' ? innerText : tagName))"
        "(document.activeElement)"
    )
    return found


def verdicts() -> list[tuple[str, str, str]]:
    """What was decided about each, in the order in which they were made."""
    return list(Correction.objects.order_by("pk").values_list("state", "kind", "label"))


def test_a_whole_queue_is_reviewed_by_keyboard(review: Page) -> None:
    assert focused(review) == "BODY"
    press(review, "a")
    assert focused(review) == "accept"
    press(review, "r")
    assert focused(review) == "accept"
    press(review, "1")

    assert focused(review) == "Undo U"
    assert review.get_by_text("No corrections are waiting for review.").is_visible()
    assert verdicts() == [("accepted", "class", "dog"), ("rejected", "class", "dog"), ("accepted", "class", "chicken")]


def test_keys_choose_classes_and_none_of_these(review: Page) -> None:
    press(review, "2")
    press(review, "n")

    assert [found[1:] for found in verdicts()[:2]] == [("class", "horse"), ("none", "")]


def test_a_new_class_is_written_without_its_letters_counting_as_keys(review: Page) -> None:
    review.keyboard.press("c")
    review.keyboard.type("arabian ass")
    press(review, "Enter")

    assert verdicts()[0] == ("accepted", "new_class", "arabian ass")
    assert position(review) == "1 of 2"


def test_escape_leaves_the_field_and_the_keys_count_again(review: Page) -> None:
    review.keyboard.press("c")
    review.keyboard.press("Escape")
    press(review, "r")

    assert verdicts()[0][0] == "rejected"


def test_skip_and_back_move_through_the_queue(review: Page) -> None:
    press(review, "s")
    assert position(review) == "2 of 3"
    press(review, "b")
    assert position(review) == "1 of 3"
    press(review, "b")
    assert position(review) == "3 of 3"


def test_undo_brings_the_picture_back(review: Page) -> None:
    press(review, "2")
    press(review, "u")

    assert verdicts()[0] == ("pending", "class", "dog")
    assert review.get_by_text("a.jpg").is_visible()


def test_a_key_that_is_held_down_decides_once(review: Page) -> None:
    review.keyboard.down("a")
    with review.expect_navigation():
        pass
    review.keyboard.down("a")
    review.keyboard.up("a")

    assert [state for state, _kind, _label in verdicts()].count("accepted") == 1


def test_keys_with_control_are_the_browsers(review: Page) -> None:
    review.keyboard.press("Control+a")
    review.keyboard.press("Alt+r")
    press(review, "s")

    assert {state for state, _kind, _label in verdicts()} == {"pending"}


def test_the_keys_can_be_switched_off_and_stay_off(review: Page) -> None:
    review.keyboard.press("?")
    review.get_by_label("Use these keys").uncheck()
    review.reload()
    review.keyboard.press("a")
    review.keyboard.press("s")

    assert position(review) == "1 of 3"
    assert not review.locator(".review-decisions kbd").first.is_visible()


def test_uncertain_answers_are_judged_by_keyboard(staff_page: Page) -> None:
    make_answer(filename="unsure.jpg", score=0.4)
    staff_page.goto("/review/uncertain/")

    press(staff_page, "a")

    assert verdicts() == [("accepted", "right", "cat")]


def test_without_javascript_the_buttons_do_the_same(
    page_of: Callable[..., Page], corrections: list[Correction]
) -> None:
    page = page_of(make_user("tea", is_staff=True), java_script_enabled=False)
    page.goto("/review/")

    click(page.get_by_role("button", name="Accept"))
    click(page.get_by_role("button", name="horse"))
    click(page.get_by_role("link", name="Skip", exact=True))
    page.get_by_label("Another class").fill("fox")
    click(page.get_by_role("button", name="Save"))

    assert verdicts() == [
        ("accepted", "class", "dog"),
        ("accepted", "class", "horse"),
        ("accepted", "new_class", "fox"),
    ]
    assert not page.locator("kbd").first.is_visible()


def test_the_zip_is_downloaded(staff_page: Page) -> None:
    make_correction(kind=CorrectionKind.CLASS, label="dog", state=State.ACCEPTED)
    staff_page.goto("/review/")

    with staff_page.expect_download() as download:
        staff_page.get_by_role("button", name="Download").click()

    names = zipfile.ZipFile(download.value.path()).namelist()
    assert len([name for name in names if "/classes/dog/" in name]) == 1
