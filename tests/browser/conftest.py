"""Chromium before a real server whose model is the fake one.

Skipped where Chromium or Playwright is missing; with MENAGERIE_REQUIRE_BROWSER=1 that is an error.
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Any

import pytest
from django.core.servers.basehttp import ThreadedWSGIServer, WSGIRequestHandler

from tests.recognizer.fakes import make_recognizer
from tests.webui.fakes import ready_model
from webui import serving

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def _missing() -> str | None:
    if importlib.util.find_spec("playwright") is None:
        return "Playwright is not installed: pip install -r requirements-dev.txt"
    return None if CHROMIUM else "Chromium is not installed: apt-get install chromium"


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    reason = _missing()
    if reason is None or item.get_closest_marker("browser") is None:
        return
    if os.environ.get("MENAGERIE_REQUIRE_BROWSER") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


class QuietHandler(WSGIRequestHandler):
    def log_message(self, *args: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="session")
def base_url() -> Iterator[str]:
    """Address of the server."""
    from webui.wsgi import application

    server = ThreadedWSGIServer(("127.0.0.1", 0), QuietHandler)
    server.set_app(application)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """Debian's Chromium; Playwright's own is never downloaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def new_page(browser: Browser, base_url: str) -> Iterator[Callable[..., Page]]:
    """Opens a page in a browser without history; the options are those of `Browser.new_context`."""
    with contextlib.ExitStack() as contexts:

        def open_page(**options: Any) -> Page:
            context = contexts.enter_context(browser.new_context(base_url=base_url, **options))
            page = context.new_page()
            page.goto("/")
            return page

        yield open_page


@pytest.fixture
def page(new_page: Callable[..., Page]) -> Page:
    """The upload page."""
    return new_page()


@pytest.fixture(autouse=True)
def _fake_model() -> Iterator[None]:
    serving.use(ready_model(make_recognizer()))
    yield
    serving.use(None)
