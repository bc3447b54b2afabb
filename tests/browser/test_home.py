from __future__ import annotations

import base64
import re
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest

from tests.recognizer.fakes import BLUE, GREEN, RED
from tests.webui.fakes import image_bytes

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PNG = "image/png"
# Hands files to the page the way the browser does on a drop or a paste.
DISPATCH = """([selector, kind, files]) => {
    const transfer = new DataTransfer();
    for (const [name, type, content] of files) {
        const bytes = Uint8Array.from(atob(content), (letter) => letter.charCodeAt(0));
        transfer.items.add(new File([bytes], name, { type }));
    }
    const event = kind === "paste"
        ? new ClipboardEvent("paste", { clipboardData: transfer, bubbles: true, cancelable: true })
        : new DragEvent(kind, { dataTransfer: transfer, bubbles: true, cancelable: true });
    document.querySelector(selector).dispatchEvent(event);
}"""


def upload(name: str, content: bytes, media_type: str = PNG) -> Any:
    return {"name": name, "mimeType": media_type, "buffer": content}


def picture(name: str, colour: tuple[int, int, int]) -> Any:
    return upload(name, image_bytes(colour, kind="PNG", size=(300, 200)))


def dispatch(page: Page, kind: str, *files: Any) -> None:
    encoded = [[f["name"], f["mimeType"], base64.b64encode(f["buffer"]).decode()] for f in files]
    page.evaluate(DISPATCH, ["#upload", kind, encoded])


def labels(page: Page, count: int) -> list[str]:
    """The names on the plates, once there are so many answers."""
    page.locator(".plate:not(.plate-waiting)").nth(count - 1).wait_for()
    return page.locator("#plates .plate-name").all_inner_texts()


@pytest.fixture
def home(page: Page) -> Iterator[Page]:
    """The upload page; anything that the console complains about fails the test."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    yield page
    assert [text for text in complaints if "the server responded with a status of 422" not in text] == []


def test_a_chosen_picture_is_answered_with_bars_for_all_classes(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))

    assert labels(home, 1) == ["Cat"]
    assert home.locator("#plates meter").count() == 4
    assert re.fullmatch(r"Answered in \d+ ms", home.locator("#plates .plate-time").inner_text())


def test_dropped_pictures_are_answered(home: Page) -> None:
    dispatch(home, "drop", picture("a.png", RED), picture("b.png", BLUE))

    assert labels(home, 2) == ["Cat", "Dog"]


def test_a_pasted_picture_is_answered(home: Page) -> None:
    dispatch(home, "paste", picture("image.png", GREEN))

    assert labels(home, 1) == ["Chicken"]


def test_the_preview_is_shown(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)

    assert home.locator("#plates img").evaluate("image => image.naturalWidth") == 300


def test_a_file_that_is_no_picture_gets_a_useful_message(home: Page) -> None:
    home.set_input_files("#choose", upload("notes.txt", b"no picture", "text/plain"))

    assert labels(home, 1) == ["No answer"]
    assert "Choose a JPEG, PNG" in home.locator("#plates .plate-error").inner_text()


def test_one_bad_file_among_several_does_not_hurt_the_others(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), upload("b", b"x"), picture("c.png", BLUE)])

    assert labels(home, 3) == ["Cat", "No answer", "Dog"]
    assert home.locator("#progress-text").inner_text() == "3 of 3 answered"


def test_answers_are_announced(home: Page) -> None:
    home.set_input_files("#choose", picture("felix.png", RED))
    labels(home, 1)

    assert re.fullmatch(r"felix.png: cat, .*%", home.locator("#announcer").inner_text())


def test_a_server_that_cannot_be_reached_is_said_and_can_be_tried_again(page: Page) -> None:
    page.route("**/api/**", lambda route: route.abort())
    page.set_input_files("#choose", picture("felix.png", RED))
    assert labels(page, 1) == ["No answer"]
    page.unroute("**/api/**")

    page.get_by_role("button", name="Try again").click()

    page.locator(".plate-name", has_text="cat").wait_for()


def test_a_removed_picture_goes_and_the_focus_stays_on_the_page(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)

    home.get_by_role("button", name="Remove a.png").click()

    assert labels(home, 1) == ["Dog"]
    assert home.evaluate("document.activeElement.getAttribute('aria-label')") == "Remove b.png"


def test_starting_over_empties_the_page(home: Page) -> None:
    home.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])
    labels(home, 2)

    home.get_by_role("button", name="Start over").click()

    assert home.locator("#plates .plate").count() == 0
    assert home.evaluate("document.activeElement.id") == "choose"


def test_the_keyboard_reaches_the_file_field_past_the_skip_link(home: Page) -> None:
    home.keyboard.press("Tab")
    first = home.evaluate("document.activeElement.textContent")
    for _ in range(10):
        if home.evaluate("document.activeElement.id") == "choose":
            break
        home.keyboard.press("Tab")

    assert first == "Skip to the content"
    assert home.evaluate("document.activeElement.id") == "choose"


def test_pictures_are_answered_without_javascript(new_page: Callable[..., Page]) -> None:
    page = new_page(java_script_enabled=False)
    page.set_input_files("#choose", [picture("a.png", RED), picture("b.png", BLUE)])

    page.get_by_role("button", name="Say what is in them").click()

    assert labels(page, 2) == ["Cat", "Dog"]


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_never_scrolls_sideways(home: Page, width: int) -> None:
    home.set_viewport_size({"width": width, "height": 800})
    home.set_input_files("#choose", [picture("a-very-long-name-without-a-break" * 5 + ".png", RED), upload("b", b"x")])
    labels(home, 2)

    assert home.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("script", [True, False])
def test_the_language_switch_changes_page_and_answers(new_page: Callable[..., Page], script: bool) -> None:
    page = new_page(java_script_enabled=script, locale="en-GB")

    page.get_by_role("button", name="简体中文").click()
    page.get_by_role("heading", name="图片里是什么").wait_for()
    page.set_input_files("#choose", picture("a.png", RED))
    if not script:
        page.get_by_role("button", name="开始识别").click()

    assert labels(page, 1) == ["猫"]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_no_barrier(home: Page, scheme: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    home.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    home.set_input_files("#choose", [picture("a.png", RED), upload("b", b"x"), picture("c.png", BLUE)])
    labels(home, 3)

    found = axe.Axe().run(home)

    assert found.violations_count == 0, found.generate_report()
