"""The live page before a camera that Chromium draws: a green picture with a disc that goes round."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.webui.factories import make_user
from webui.history.models import Answer

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser


@pytest.fixture
def browser(browser_with_camera: Browser) -> Browser:
    """In place of the browser of other tests."""
    return browser_with_camera


@pytest.fixture
def asked(page: Page) -> list[str]:
    """The addresses that were asked about pictures."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if "/classify" in request.url else None)
    return found


@pytest.fixture
def live(page: Page, asked: list[str]) -> Page:
    """The page with the camera running."""
    page.context.grant_permissions(["camera"])
    page.goto("/live/")
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function("() => document.getElementById('pace').textContent")
    return page


def test_the_bars_follow_the_camera_and_nothing_is_kept(live: Page, asked: list[str]) -> None:
    live.wait_for_function("() => parseFloat(document.getElementById('pace').textContent) > 0.2")

    assert live.locator("#name").inner_text() == "Chicken"
    assert live.locator(".bar-best .bar-label").inner_text() == "chicken"
    assert live.locator("#bars .bar-score").first.inner_text().endswith("%")
    assert len(asked) > 1
    assert all(url.endswith("?keep=false") for url in asked)
    assert not Answer.objects.exists()


def test_a_frame_that_is_kept_is_in_the_history_and_on_the_home_page(live: Page) -> None:
    live.get_by_role("button", name="Keep this one").click()
    link = live.locator("#kept a")
    link.wait_for()

    while not Answer.objects.exists():  # It is written behind the answer.
        live.wait_for_timeout(100)
    answer = Answer.objects.get()
    assert answer.filename.startswith("Camera ")
    assert link.inner_text() == "Chicken, kept in your history"
    link.click()
    live.get_by_text(answer.filename).first.wait_for()
    live.goto("/")
    assert live.locator(".result-card-file").inner_text() == answer.filename


def test_a_double_click_keeps_one_frame(live: Page, asked: list[str]) -> None:
    live.get_by_role("button", name="Keep this one").dblclick()
    live.locator("#kept a").wait_for()
    live.locator("#keep:enabled").wait_for()

    assert len([url for url in asked if "keep=false" not in url]) == 1


def test_it_stops_when_told_and_when_the_page_is_left(live: Page, asked: list[str]) -> None:
    live.get_by_role("button", name="Stop").click()

    assert live.evaluate("document.getElementById('video').srcObject") is None
    assert live.get_by_role("button", name="Start the camera").is_visible()
    before = len(asked)
    live.wait_for_timeout(1000)
    assert len(asked) <= before + 1  # The look that was under way.


def test_a_camera_that_is_allowed_when_the_page_has_been_left_is_not_started(page: Page, asked: list[str]) -> None:
    page.context.grant_permissions(["camera"])
    page.goto("/live/")
    page.evaluate("""() => {
        const ask = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
        navigator.mediaDevices.getUserMedia = async (wanted) => {
            window.given = await ask(wanted);
            Object.defineProperty(document, "hidden", { value: true });
            return window.given;
        };
    }""")
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function("() => window.given?.getTracks().every((track) => track.readyState === 'ended')")

    assert page.get_by_role("button", name="Start the camera").is_enabled()
    assert not asked


def test_a_page_that_is_left_just_after_the_start_looks_no_further(page: Page, asked: list[str]) -> None:
    page.context.grant_permissions(["camera"])
    page.goto("/live/")
    page.evaluate("""() => {
        navigator.mediaDevices.enumerateDevices = async () => {
            Object.defineProperty(document, "hidden", { value: true });
            document.dispatchEvent(new Event("visibilitychange"));
            setTimeout(() => { window.isOver = true; });
            return [{ kind: "videoinput" }, { kind: "videoinput" }];
        };
    }""")
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function("() => window.isOver")

    assert not page.get_by_role("button", name="Other camera").is_visible()
    assert page.evaluate("document.getElementById('video').srcObject") is None
    assert not asked


def test_the_focus_stays_with_what_starts_and_stops_the_camera(page: Page) -> None:
    page.context.grant_permissions(["camera"])
    page.goto("/live/")

    page.get_by_role("button", name="Start the camera").press("Enter")
    page.wait_for_function("() => document.activeElement.id === 'stop'")
    page.keyboard.press("Enter")

    assert page.evaluate("document.activeElement.id") == "start"


@pytest.mark.parametrize(
    ("camera", "sentence"),
    [
        ("() => Promise.reject(new DOMException('', 'NotAllowedError'))", "was not allowed"),
        ("() => Promise.reject(new DOMException('', 'NotFoundError'))", "No camera was found"),
        ("() => Promise.reject(new DOMException('', 'NotReadableError'))", "in use by another program"),
        ("() => Promise.reject(new DOMException('', 'AbortError'))", "could not be started"),
        ("undefined", "only to pages over HTTPS"),
    ],
)
def test_why_there_is_no_camera_is_said(page: Page, camera: str, sentence: str) -> None:
    page.goto("/live/")
    page.evaluate(f"void (navigator.mediaDevices.getUserMedia = {camera})")
    page.get_by_role("button", name="Start the camera").click()

    assert sentence in page.get_by_role("alert").inner_text()
    assert page.get_by_role("button", name="Start the camera").is_enabled()


def test_where_the_server_has_enough_it_waits_as_long_as_it_is_told(live: Page, asked: list[str]) -> None:
    busy = {"status": 429, "headers": {"Retry-After": "2"}, "json": {"code": "throttled"}}
    live.route("**/api/v1/classify*", lambda route: route.fulfill(**busy))
    trouble = live.get_by_role("alert")
    trouble.wait_for()

    assert trouble.inner_text() == "Too much at once: the next look is in 2 s."
    live.unroute("**/api/v1/classify*")
    trouble.wait_for(state="hidden")


def test_where_nothing_is_kept_a_frame_is_saved_as_a_file(
    new_page: Callable[..., Page], settings: Any, data_folder: object
) -> None:
    settings.ENVIRONMENT = settings.ENVIRONMENT.model_copy(update={"keep_days": 0})
    page = new_page(permissions=["camera"])
    page.goto("/live/")
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function("() => document.getElementById('pace').textContent")

    with page.expect_download() as download:
        page.get_by_role("button", name="Save this one").click()

    assert download.value.suggested_filename.startswith("Camera ")


def test_it_stops_when_somebody_else_has_logged_in(page: Page, asked: list[str], base_url: str) -> None:
    def log_in(name: str) -> None:
        client = Client()
        client.force_login(make_user(name))
        session = {"name": "sessionid", "value": client.cookies["sessionid"].value, "url": base_url}
        page.context.add_cookies([session])  # type: ignore[list-item]

    log_in("mia")
    page.context.grant_permissions(["camera"])
    page.goto("/live/")
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_function("() => document.getElementById('pace').textContent")

    log_in("tom")
    page.context.new_page().goto("/")  # Another tab tells the others who is logged in.

    page.get_by_text("You are logged in as tom now.").wait_for()
    page.get_by_role("button", name="Start the camera").wait_for()
    before = len(asked)
    page.get_by_role("button", name="Keep this one").click()
    page.get_by_role("button", name="Start the camera").click()
    page.wait_for_timeout(1000)
    assert len(asked) <= before + 1  # The look that was under way.
    assert not Answer.objects.exists()
