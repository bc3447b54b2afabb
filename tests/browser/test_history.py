"""What the script adds to the history and to secrets: the reader's own days, a button that counts, a copy."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from tests.webui.factories import make_answer, make_user

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NIGHTS = [datetime(2026, 3, day, hour, tzinfo=UTC) for day, hour in ((3, 1), (2, 23), (2, 12))]
"""In Shanghai, eight hours ahead, the first two are of one day; of UTC the last two are."""


def test_answers_stand_below_the_readers_own_days_and_are_selected_together(page_of: Callable[..., Page]) -> None:
    mia = make_user("mia")
    for created in NIGHTS:
        make_answer(user=mia, created=created)
    page = page_of(mia, timezone_id="Asia/Shanghai", locale="en-GB")
    page.goto("/history/")
    days, remove = page.locator(".history-day"), page.locator("[data-some]")

    assert page.locator(".history-date").all_inner_texts() == ["Tuesday, 3 March 2026", "Monday, 2 March 2026"]
    assert [days.nth(number).locator("li").count() for number in range(2)] == [2, 1]
    assert page.locator(".history-facts time").all_inner_texts() == ["09:00", "07:00", "20:00"]
    assert not remove.is_visible()

    page.locator(".history [name=ids]").first.check()
    assert remove.inner_text() == "Delete selected (1)"
    page.get_by_label("Select all on this page").check()
    assert remove.inner_text() == "Delete selected (3)"
    page.mouse.wheel(0, 2000)
    assert remove.is_visible()

    with page.expect_navigation():
        remove.click()
    assert page.get_by_role("heading", name="Delete 3 answers?").is_visible()


def test_the_link_of_an_answer_is_copied(page_of: Callable[..., Page], base_url: str) -> None:
    mia = make_user("mia")
    answer = make_answer(user=mia)
    page = page_of(mia, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"/history/{answer.pk}/")
    with page.expect_navigation():
        page.get_by_role("button", name="Create a link").click()

    page.get_by_role("button", name="Copy").click()

    page.get_by_role("button", name="Copied").wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == page.locator("#secret").input_value()
    assert copied.startswith(f"{base_url}/shared/")
