"""A form that is pressed twice is sent once, and can be sent again where the page stays."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

from tests.webui.factories import make_answer, make_correction
from webui.accounts import people_views
from webui.accounts.models import User
from webui.history.models import Correction, State

if TYPE_CHECKING:
    from playwright.sync_api import CDPSession, Page

pytestmark = pytest.mark.browser


class SlowServer:
    """Makes no account until it may; `came` counts those that were asked for."""

    def __init__(self) -> None:
        self.came = threading.Semaphore(0)
        self.may_go = threading.Event()

    def random_password(self) -> str:
        self.came.release()
        assert self.may_go.wait(20)
        return "a password"

    def is_asked(self) -> bool:
        return self.came.acquire(timeout=20)

    def is_asked_again(self) -> bool:
        return self.came.acquire(blocking=False)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Iterator[SlowServer]:
    server = SlowServer()
    monkeypatch.setattr(people_views, "random_password", server.random_password)
    yield server
    server.may_go.set()


@pytest.fixture
def people(staff_page: Page) -> Page:
    """The accounts, with the name of a new one filled in."""
    staff_page.goto("/account/people/")
    staff_page.fill("[name=username]", "nina")
    return staff_page


@pytest.fixture
def browser_of(people: Page) -> CDPSession:
    """What does not wait for the next page, as Playwright does."""
    return people.context.new_cdp_session(people)


def press(browser: CDPSession) -> None:
    """Enter, in the field of the name: while a page is on its way, no script of a test is run, but keys arrive."""
    enter = {"key": "Enter", "code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"}
    browser.send("Input.dispatchKeyEvent", {"type": "keyDown", **enter})
    browser.send("Input.dispatchKeyEvent", {"type": "keyUp", **enter})


def test_a_second_press_while_the_server_is_slow_does_nothing(
    people: Page, browser_of: CDPSession, slow: SlowServer
) -> None:
    press(browser_of)
    assert slow.is_asked()
    press(browser_of)
    slow.may_go.set()
    people.get_by_role("heading", name="nina has an account").wait_for()

    assert not slow.is_asked_again()


def test_what_was_stopped_can_be_sent_again(people: Page, browser_of: CDPSession, slow: SlowServer) -> None:
    press(browser_of)
    assert slow.is_asked()
    browser_of.send("Page.stopLoading")
    people.evaluate("document.title")  # Answered once the page knows.
    press(browser_of)

    assert slow.is_asked()


def test_who_is_asked_whether_to_leave_and_stays_can_send_it_later(people: Page) -> None:
    people.evaluate("addEventListener('beforeunload', (event) => event.preventDefault(), { once: true })")
    people.click("h1")  # A page that nobody has touched does not ask.
    send = people.get_by_role("button", name="Create account")
    people.once("dialog", lambda dialog: dialog.dismiss())
    send.click()
    assert not User.objects.filter(username="nina").exists()

    send.click()

    people.get_by_role("heading", name="nina has an account").wait_for()


def test_after_a_download_the_page_goes_on(staff_page: Page) -> None:
    make_correction(state=State.ACCEPTED)
    make_correction(make_answer(filename="next.jpg"))
    staff_page.goto("/review/")

    for _ in range(2):
        with staff_page.expect_download():
            staff_page.get_by_role("button", name="Download").click()
    with staff_page.expect_navigation():
        staff_page.keyboard.press("a")

    assert not Correction.objects.filter(state=State.PENDING).exists()
