"""Takes one scene as four people see it: large screen and phone, light and dark, English and Chinese."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from docs.screenshots.scenes import Scene

if TYPE_CHECKING:
    from playwright.sync_api import Browser


@dataclass(frozen=True)
class View:
    """Through what somebody looks."""

    locale: str
    scheme: str
    is_phone: bool = False
    height: int = 800

    def options(self) -> dict[str, Any]:
        """As `Browser.new_context` takes them."""
        return {
            "viewport": {"width": 390 if self.is_phone else 1200, "height": self.height},
            "is_mobile": self.is_phone,
            "has_touch": self.is_phone,
            "locale": self.locale,
            "timezone_id": "Europe/Berlin",
            "color_scheme": self.scheme,
            "reduced_motion": "reduce",
        }


EVERY_VIEW = (
    View("en-GB", "light"),
    View("zh-CN", "light", is_phone=True),
    View("zh-CN", "dark"),
    View("en-GB", "dark", is_phone=True),
)
"""As they stand in a picture: two rows of a large screen and a phone."""
LARGE_VIEWS = (View("en-GB", "light"), View("zh-CN", "dark"), View("en-GB", "dark"), View("zh-CN", "light"))
HIGH_VIEW = View("en-GB", "light", height=1180)


@dataclass(frozen=True)
class Camera:
    """A browser before a server."""

    browser: Browser
    address: str

    def take(self, scene: Scene, view: View) -> bytes:
        """A PNG of what fits on the screen."""
        context = self.browser.new_context(base_url=self.address, **view.options())
        if scene.who:
            context.add_cookies([{"name": "sessionid", "value": _session(scene.who), "url": self.address}])
        page = context.new_page()
        page.goto(re.sub(r"\{(.+)\}", lambda found: _answer(found[1]), scene.address), wait_until="networkidle")
        scene.act(page)
        page.wait_for_load_state("networkidle")
        shot = page.screenshot(animations="disabled", caret="hide")
        context.close()
        return shot


@contextmanager
def opened(address: str) -> Iterator[Camera]:
    """Starts Debian's Chromium; Playwright's own is never downloaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        yield Camera(browser, address)
        browser.close()


def _session(username: str) -> str:
    """The cookie of somebody who has logged in."""
    from django.test import Client

    from webui.accounts.models import User

    client = Client()
    client.force_login(User.objects.get(username=username))
    return client.cookies["sessionid"].value


def _answer(filename: str) -> str:
    """The id of the answer to the picture of a name."""
    from webui.history.models import Answer

    return str(Answer.objects.filter(filename=filename).earliest("created").pk)
