"""Studio's camera: when it runs, and what is taken while a button is held."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from tests.webui.studio.factories import make_project
from webui.accounts.models import User
from webui.studio.models import Picture, PictureClass, Project

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

# A camera that the page gets when window.give() is called; what it films is in window.given.
WAITS = """() => {
    window.given = [];
    window.give = () => {};
    navigator.mediaDevices.getUserMedia = async () => {
        await new Promise((resolve) => { const before = window.give; window.give = () => { before(); resolve(); }; });
        const canvas = document.createElement("canvas");
        canvas.getContext("2d").fillRect(0, 0, 300, 150);
        window.given.push(canvas.captureStream());
        return window.given.at(-1);
    };
}"""
FILMS = "() => window.given.flatMap((each) => each.getTracks()).filter((track) => track.readyState === 'live').length"


@pytest.fixture
def browser(browser_with_camera: Browser) -> Browser:
    """In place of the browser of other tests."""
    return browser_with_camera


@pytest.fixture
def project(member: User) -> Project:
    project = make_project(member)
    PictureClass.objects.create(project=project, name="ball")
    return project


@pytest.fixture
def page(page_of: Callable[..., Page], member: User, project: Project) -> Page:
    """The page of the project."""
    page = page_of(member, permissions=["camera"])
    page.goto(f"/studio/{project.id}/")
    return page


def test_the_camera_fills_a_class_while_a_button_is_held(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").click()
    button = page.get_by_role("button", name="Hold to take pictures")
    button.hover()
    page.mouse.down()
    page.locator(".studio-hold output", has_text="4").wait_for()
    page.mouse.up()
    page.get_by_text("Added: ").wait_for()
    page.get_by_role("button", name="Stop the camera").click()

    assert not button.is_visible()
    by_mouse = Picture.objects.filter(picture_class__name="ball").count()
    assert by_mouse >= 4
    page.reload()  # Else as many by key would be told in the words that stand there.
    page.get_by_role("button", name="Start the camera").click()
    page.get_by_role("button", name="Stop the camera").wait_for()
    button.focus()
    page.keyboard.down(" ")
    page.locator(".studio-hold output", has_text="2").wait_for()
    page.keyboard.up(" ")
    page.get_by_text("Added: ").wait_for()
    assert Picture.objects.count() >= by_mouse + 2


def test_a_short_press_takes_one_picture(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function("() => document.querySelector('#studio-camera video').videoWidth")

    page.get_by_role("button", name="Hold to take pictures").click()

    page.get_by_text("Added: 1").wait_for()
    assert Picture.objects.count() == 1
    assert page.locator(".studio-hold output").inner_text() == ""


def test_the_end_of_one_press_does_not_end_the_next(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function("() => document.querySelector('#studio-camera video').videoWidth")
    button = page.get_by_role("button", name="Hold to take pictures")
    button.hover()

    page.mouse.down()
    page.mouse.up()
    page.mouse.down()

    page.locator(".studio-hold output", has_text="3").wait_for()
    assert "studio-holding" in (button.get_attribute("class") or "")
    page.mouse.up()


def test_a_second_press_starts_no_second_camera(page: Page) -> None:
    page.evaluate(WAITS)

    page.evaluate("for (const _ of [1, 2]) document.querySelector('.studio-start').click()")
    page.evaluate("window.give()")
    page.get_by_role("button", name="Stop the camera").click()

    assert page.evaluate(FILMS) == 0


def test_a_page_that_is_left_while_the_camera_starts_is_not_filmed(page: Page) -> None:
    page.evaluate(WAITS)
    start = page.get_by_role("button", name="Start the camera")

    start.click()
    page.evaluate("Object.defineProperty(document, 'hidden', { value: true })")
    page.evaluate("window.give()")

    page.wait_for_function("() => window.given.length")
    start.click(trial=True)  # As soon as it can be pressed again.
    assert page.evaluate(FILMS) == 0


def test_a_camera_that_cannot_be_shown_is_stopped(page: Page) -> None:
    page.evaluate(WAITS)
    page.evaluate("void (HTMLVideoElement.prototype.play = () => Promise.reject(new DOMException('', 'AbortError')))")

    page.get_by_role("button", name="Start the camera").click()
    page.evaluate("window.give()")

    page.get_by_text("could not be started").wait_for()
    assert page.evaluate(FILMS) == 0


def test_the_focus_stays_with_what_starts_and_stops_the_camera(page: Page) -> None:
    page.get_by_role("button", name="Start the camera").press("Enter")
    page.wait_for_function("() => document.activeElement.matches('.studio-stop')")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.matches('.studio-start')")
