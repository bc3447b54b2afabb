"""What is true of every page, whoever opens it: no barrier, nothing cut off, no complaint, one language."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from django.test import Client

from tests.browser.every_page import ADMIN_VISITS, VISITS, Visit, World, make_world
from webui.accounts.models import User

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

MOST_BYTES = 150_000
# All that is read, seen or heard, but for code, and what is said to be in another language or comes from people.
WORDS = """() => {
    const copy = document.body.cloneNode(true);
    const other = "script, style, template, code, pre, kbd, datalist, [lang]:not([lang=zh-hans]), .notice .reason";
    for (const node of copy.querySelectorAll(other)) node.remove();
    const walker = document.createTreeWalker(copy, NodeFilter.SHOW_TEXT);
    const words = [document.title];
    while (walker.nextNode()) words.push(walker.currentNode.data);
    for (const name of ["aria-label", "alt", "title", "placeholder"])
        for (const node of copy.querySelectorAll(`[${name}]`)) words.push(node.getAttribute(name));
    return words;
}"""
ENGLISH = re.compile(r"[A-Za-z']{2,}[,:;]? [A-Za-z']+[,:;]? [A-Za-z']{2,}")


class Window:
    """One browser window that opens page after page, each time as somebody else."""

    def __init__(self, page: Page, base_url: str) -> None:
        self.page = page
        self.base_url = base_url
        self.complaints: list[str] = []
        """What the console said of the page that was visited last; axe, which comes later, makes it complain, too."""
        self._heard: list[str] = []
        page.on("console", lambda message: self._note(message.type, message.text))
        page.on("pageerror", lambda error: self._note("error", str(error)))

    def visit(self, visit: Visit, world: World) -> Page:
        """Opens a page in a browser without cookies, and does there what is to be done."""
        self.page.unroute_all()
        self.page.context.clear_cookies()
        if visit.who:
            self._log_in(getattr(world, visit.who))
        self._heard.clear()
        self.page.goto(visit.address.format(answer=world.answer.pk))
        visit.act(self.page)
        self.complaints = [text for text in self._heard if f"responded with a status of {visit.status}" not in text]
        return self.page

    def _log_in(self, user: User) -> None:
        client = Client()
        client.force_login(user)
        session = client.cookies["sessionid"].value
        self.page.context.add_cookies([{"name": "sessionid", "value": session, "url": self.base_url}])

    def _note(self, kind: str, text: str) -> None:
        if kind in ("error", "warning"):
            self._heard.append(text)


@pytest.fixture(scope="module")
def desk(browser: Browser, base_url: str) -> Iterator[Window]:
    """A large screen, light, English."""
    yield from window(browser, base_url, viewport={"width": 1280, "height": 900}, locale="en-GB", color_scheme="light")


@pytest.fixture(scope="module")
def phone(browser: Browser, base_url: str) -> Iterator[Window]:
    """The smallest phone, dark, Chinese."""
    small = {"viewport": {"width": 320, "height": 640}, "is_mobile": True, "has_touch": True}
    yield from window(browser, base_url, locale="zh-CN", color_scheme="dark", **small)


def window(browser: Browser, base_url: str, **options: Any) -> Iterator[Window]:
    with browser.new_context(base_url=base_url, reduced_motion="reduce", **options) as context:
        yield Window(context.new_page(), base_url)


@pytest.fixture(autouse=True)
def _left_in_the_end(desk: Window, phone: Window, data_folder: Path) -> Iterator[None]:
    """Windows that stay open ask for nothing more once the test's database is gone."""
    yield
    desk.page.goto("about:blank")
    phone.page.goto("about:blank")


@pytest.fixture
def world(models: Path, monkeypatch: pytest.MonkeyPatch, settings: Any) -> World:
    return make_world(monkeypatch, settings)


def barriers(page: Page, *rules: str) -> list[str]:
    """What axe-core finds, each with the element where it is; with rules, only these are looked at."""
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    found = axe.Axe().run(page, options={"runOnly": list(rules)} if rules else None).response["violations"]
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


@pytest.mark.parametrize("visit", VISITS, ids=str)
def test_a_page_is_whole_on_a_large_screen_and_on_a_small_phone_in_the_dark_in_chinese(
    desk: Window, phone: Window, world: World, visit: Visit
) -> None:
    visit.arrange(world)

    page = desk.visit(visit, world)

    assert barriers(page) == []
    assert page.locator("h1").count() == 1
    assert re.fullmatch(r".+ · Menagerie", page.title())
    assert page.locator("html").get_attribute("lang") == "en"
    assert desk.complaints == []

    page = phone.visit(visit, world)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    assert barriers(page, "color-contrast", "target-size", "scrollable-region-focusable") == []
    assert page.locator("html").get_attribute("lang") == "zh-hans"
    assert [text for text in page.evaluate(WORDS) if ENGLISH.search(text)] == []
    assert phone.complaints == []


@pytest.mark.parametrize("visit", ADMIN_VISITS, ids=str)
def test_a_page_of_the_admin_is_whole(desk: Window, world: World, visit: Visit) -> None:
    page = desk.visit(visit, world)

    assert barriers(page) == []
    assert page.locator("h1").count() == 1
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280
    assert desk.complaints == []


@pytest.mark.parametrize(
    "address", ["/", "/history/", "/review/", "/models/", "/models/animals-1/", "/learn/convolution/"]
)
def test_a_page_takes_little_to_load(desk: Window, world: World, address: str) -> None:
    page = desk.visit(Visit("", address, "staff"), world)

    sizes = page.evaluate("""performance.getEntriesByType("resource").concat(performance.getEntriesByType("navigation"))
        .filter((entry) => entry.initiatorType !== "img").map((entry) => entry.decodedBodySize)""")
    assert len(sizes) > 2
    assert sum(sizes) < MOST_BYTES
